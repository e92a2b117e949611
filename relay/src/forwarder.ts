import type { RelayRequest, RelayStatus } from '@raida-wallet/protocol';

import type { AddressBook } from './address-book.ts';
import { DeadlineWheel } from './deadline-wheel.ts';
import { Exchange, type ExchangeOwner, NO_FRAME } from './exchange.ts';
import { checkFrame } from './frame-check.ts';
import type { Limits } from './limits.ts';
import type { Network } from './network-file.ts';
import { TcpExchange } from './tcp-exchange.ts';
import { UdpPools } from './udp-pools.ts';

/**
 * Takes requests to RAIDA and brings each exactly one answer:
 *
 *   request -> checks -> open -> UDP or TCP -> answer | refused | deadline -> settled
 *                 \-> malformed, forbidden, tooBig, overload
 *
 * An exchange whose owner is gone is given up, and nobody is answered.
 */
export class Forwarder {
  readonly #network: Network;
  readonly #addresses: AddressBook;
  readonly #limits: Limits;
  readonly #udp: UdpPools;
  readonly #deadlines: DeadlineWheel<Exchange>;
  #open = 0;
  #openTcp = 0;
  #whenIdle: (() => void) | undefined;

  constructor(network: Network, addresses: AddressBook, limits: Limits) {
    this.#network = network;
    this.#addresses = addresses;
    this.#limits = limits;
    this.#udp = new UdpPools(network.servers.length, limits, this.#settle);
    this.#deadlines = new DeadlineWheel((exchange) => {
      exchange.carrier?.abort();
      this.#settle(exchange, 'timeout', NO_FRAME);
    });
  }

  forward(owner: ExchangeOwner, request: RelayRequest): void {
    const { raida, exchange: number, frame } = request;
    const verdict = checkFrame(request, this.#network);
    if (verdict !== 'ok') return owner.answer(raida, number, verdict, NO_FRAME);
    if (this.#isFull(owner, request.tcp)) return owner.answer(raida, number, 'overload', NO_FRAME);
    const address = this.#addresses.get(raida);
    // A RAIDA whose name does not resolve is one that nobody listens for.
    if (!address) return owner.answer(raida, number, 'refused', NO_FRAME);
    const exchange = new Exchange(owner, raida, number);
    owner.open.add(exchange);
    this.#open += 1;
    this.#deadlines.add(exchange, request.deadlineMs);
    if (!request.tcp) return this.#udp.send(exchange, frame, address);
    this.#openTcp += 1;
    new TcpExchange(exchange, frame, address, this.#limits.replyBodyBytes, this.#settle);
  }

  /** Gives up all that is under way for someone who left. */
  cancelAll(owner: ExchangeOwner): void {
    for (const exchange of owner.open) {
      exchange.carrier?.abort();
      this.#close(exchange);
    }
  }

  /** Takes nothing new; resolves when nothing is open, and at the latest after `limitMs`. */
  drain(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#open === 0) this.#whenIdle();
    });
  }

  /** For tests and measurements. */
  counts(): { readonly open: number; readonly udpSockets: number } {
    return { open: this.#open, udpSockets: this.#udp.counts().all };
  }

  close(): void {
    this.#udp.close();
  }

  #isFull(owner: ExchangeOwner, tcp: boolean): boolean {
    return (
      this.#whenIdle !== undefined ||
      owner.open.size >= this.#limits.openExchangesPerConnection ||
      this.#open >= this.#limits.openExchanges ||
      (tcp && this.#openTcp >= this.#limits.tcpExchanges)
    );
  }

  readonly #settle = (exchange: Exchange, status: RelayStatus, frame: Uint8Array): void => {
    if (!this.#close(exchange)) return;
    exchange.owner.answer(exchange.raida, exchange.number, status, frame);
  };

  /** False when the exchange is closed already: each has one answer. */
  #close(exchange: Exchange): boolean {
    if (!exchange.owner.open.delete(exchange)) return false;
    this.#deadlines.remove(exchange);
    this.#open -= 1;
    if (exchange.carrier instanceof TcpExchange) this.#openTcp -= 1;
    exchange.carrier = null;
    if (this.#open === 0) this.#whenIdle?.();
    return true;
  }
}
