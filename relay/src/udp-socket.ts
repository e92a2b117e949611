import { createSocket, type Socket } from 'node:dgram';
import {
  ECHO_OFFSET,
  readUint16,
  REPLY_ECHO_OFFSET,
  REPLY_HEADER_BYTES,
} from '@raida-wallet/protocol';

import type { RaidaAddress } from './address-book.ts';
import type { Carrier, Exchange } from './exchange.ts';

/** Who lends sockets and hears from them. */
export interface UdpSocketKeeper {
  /** The answer to the leased exchange; the socket is free again. */
  onAnswer(socket: UdpSocket, exchange: Exchange, datagram: Uint8Array): void;
  /** The socket is closed; with it fell the exchange that it was leased to, if any. */
  onError(socket: UdpSocket, exchange: Exchange | null, error: Error): void;
  onClosed(): void;
}

type LookupCallback = (error: Error | null, address: string, family: number) => void;

/**
 * A UDP socket connected to one RAIDA, leased to one exchange at a time. The kernel gives it a
 * random source port and drops what comes from elsewhere.
 */
export class UdpSocket implements Carrier {
  readonly address: RaidaAddress;
  idleSinceMs = 0;
  closed = false;
  /** Why the socket could not be opened, or was closed. */
  failure: Error | undefined;
  readonly #keeper: UdpSocketKeeper;
  readonly #socket: Socket;
  #exchange: Exchange | null = null;
  #echo = 0;

  constructor(address: RaidaAddress, keeper: UdpSocketKeeper) {
    this.address = address;
    this.#keeper = keeper;
    const { family } = address;
    // The address is resolved already. Answering at once makes bind and connect synchronous.
    const lookup = (ip: string, _options: unknown, callback: LookupCallback) =>
      callback(null, ip, family);
    this.#socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4', lookup });
    this.#socket.on('message', (datagram) => this.#receive(datagram));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.connect(address.port, address.ip);
  }

  lease(exchange: Exchange, frame: Uint8Array): void {
    this.#exchange = exchange;
    this.#echo = readUint16(frame, ECHO_OFFSET);
    exchange.carrier = this;
    this.#socket.send(frame, this.#sent);
  }

  abort(): void {
    this.#exchange = null;
    this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#socket.close();
    this.#keeper.onClosed();
  }

  readonly #sent = (error: Error | null): void => {
    if (error) this.#fail(error);
  };

  /** What fits no outstanding request is dropped: late, repeated and foreign datagrams. */
  #receive(datagram: Uint8Array): void {
    const exchange = this.#exchange;
    const fits =
      exchange !== null &&
      datagram.length >= REPLY_HEADER_BYTES &&
      datagram[0] === exchange.raida &&
      readUint16(datagram, REPLY_ECHO_OFFSET) === this.#echo;
    if (!fits) return;
    this.#exchange = null;
    this.#keeper.onAnswer(this, exchange, datagram);
  }

  #fail(error: Error): void {
    if (this.closed) return;
    const exchange = this.#exchange;
    this.failure = error;
    this.abort();
    this.#keeper.onError(this, exchange, error);
  }
}
