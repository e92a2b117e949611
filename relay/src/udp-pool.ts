import { randomInt } from 'node:crypto';

import type { RaidaAddress } from './address-book.ts';
import { type Exchange, NO_FRAME, type Settle, statusOfError } from './exchange.ts';
import type { Limits } from './limits.ts';
import { UdpSocket, type UdpSocketKeeper } from './udp-socket.ts';

/** How many sockets there are in all pools, and how to get room for one more. */
export interface SocketBudget {
  /** False when every socket is in use. */
  take(): boolean;
  giveBack(): void;
}

/**
 * Connected UDP sockets of one RAIDA. A request takes a free one at random, so that a client's
 * requests have no port in common, and a forger cannot know where an answer is awaited.
 */
export class UdpPool implements UdpSocketKeeper {
  readonly #limits: Limits;
  readonly #budget: SocketBudget;
  readonly #settle: Settle;
  readonly #free: UdpSocket[] = [];
  /** Where the sockets are connected to; those to an earlier address are not used again. */
  #address: RaidaAddress | undefined;
  /** Free and leased together. */
  #count = 0;

  constructor(limits: Limits, budget: SocketBudget, settle: Settle) {
    this.#limits = limits;
    this.#budget = budget;
    this.#settle = settle;
  }

  get freeCount(): number {
    return this.#free.length;
  }

  get count(): number {
    return this.#count;
  }

  send(exchange: Exchange, frame: Uint8Array, address: RaidaAddress): void {
    if (this.#address !== address) {
      this.closeFree();
      this.#address = address;
    }
    const socket = this.#takeFree() ?? this.#open(exchange, address);
    socket?.lease(exchange, frame);
  }

  closeFree(): void {
    for (const socket of this.#free.splice(0)) socket.close();
  }

  closeOneFree(): void {
    this.#free.pop()?.close();
  }

  closeIdleSince(timeMs: number): void {
    for (const socket of this.#free.splice(0)) {
      if (socket.idleSinceMs < timeMs) socket.close();
      else this.#free.push(socket);
    }
  }

  onAnswer(socket: UdpSocket, exchange: Exchange, datagram: Uint8Array): void {
    if (socket.address === this.#address) {
      socket.idleSinceMs = performance.now();
      this.#free.push(socket);
    } else {
      socket.close();
    }
    this.#settle(exchange, 'ok', datagram);
  }

  onError(socket: UdpSocket, exchange: Exchange | null, error: Error): void {
    const index = this.#free.indexOf(socket);
    if (index >= 0) this.#free.splice(index, 1);
    if (exchange) this.#settle(exchange, statusOfError(error), NO_FRAME);
  }

  onClosed(): void {
    this.#count -= 1;
    this.#budget.giveBack();
  }

  #takeFree(): UdpSocket | undefined {
    const free = this.#free;
    if (free.length === 0) return undefined;
    const index = randomInt(free.length);
    const taken = free[index];
    free[index] = free[free.length - 1]!;
    free.pop();
    return taken;
  }

  /** Undefined when there cannot be one more socket; the exchange is settled then. */
  #open(exchange: Exchange, address: RaidaAddress): UdpSocket | undefined {
    if (this.#count >= this.#limits.udpSocketsPerRaida || !this.#budget.take()) {
      this.#settle(exchange, 'overload', NO_FRAME);
      return undefined;
    }
    this.#count += 1;
    const socket = new UdpSocket(address, this);
    if (!socket.failure) return socket;
    this.#settle(exchange, statusOfError(socket.failure), NO_FRAME);
    return undefined;
  }
}
