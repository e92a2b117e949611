import { connect, type Socket } from 'node:net';
import {
  readUint24,
  REPLY_BODY_SIZE_OFFSET,
  REPLY_HEADER_BYTES,
  type RelayStatus,
} from '@raida-wallet/protocol';

import type { RaidaAddress } from './address-book.ts';
import { type Carrier, type Exchange, NO_FRAME, statusOfError } from './exchange.ts';

/**
 * One exchange by TCP: connect, send, read 32 bytes and as many as they announce, close. What a
 * RAIDA sends beyond that is not looked at. The connection alone says whose answer it is.
 */
export class TcpExchange implements Carrier {
  readonly #socket: Socket;
  readonly #maxReplyBytes: number;
  readonly #done: (exchange: Exchange, status: RelayStatus, frame: Uint8Array) => void;
  readonly #chunks: Buffer[] = [];
  #received = 0;
  #exchange: Exchange | null;

  constructor(
    exchange: Exchange,
    frame: Uint8Array,
    address: RaidaAddress,
    maxBodyBytes: number,
    done: (exchange: Exchange, status: RelayStatus, frame: Uint8Array) => void,
  ) {
    this.#exchange = exchange;
    this.#maxReplyBytes = REPLY_HEADER_BYTES + maxBodyBytes;
    this.#done = done;
    exchange.carrier = this;
    this.#socket = connect({ host: address.ip, port: address.port, noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('error', (error) => this.#finish(statusOfError(error), NO_FRAME));
    this.#socket.on('close', () => this.#finish('refused', NO_FRAME));
    this.#socket.write(frame);
  }

  abort(): void {
    this.#exchange = null;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    if (this.#received < REPLY_HEADER_BYTES) return;
    const header = this.#joined();
    const replyBytes = REPLY_HEADER_BYTES + readUint24(header, REPLY_BODY_SIZE_OFFSET);
    if (replyBytes > this.#maxReplyBytes) this.#finish('tooBig', NO_FRAME);
    else if (this.#received >= replyBytes)
      this.#finish('ok', this.#joined().subarray(0, replyBytes));
  }

  /** All bytes so far; joined only when the answer came in pieces. */
  #joined(): Buffer {
    if (this.#chunks.length > 1) this.#chunks.splice(0, Infinity, Buffer.concat(this.#chunks));
    return this.#chunks[0]!;
  }

  #finish(status: RelayStatus, frame: Uint8Array): void {
    const exchange = this.#exchange;
    if (!exchange) return;
    this.abort();
    this.#done(exchange, status, frame);
  }
}
