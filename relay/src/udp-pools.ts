import type { RaidaAddress } from './address-book.ts';
import type { Exchange, Settle } from './exchange.ts';
import type { Limits } from './limits.ts';
import { type SocketBudget, UdpPool } from './udp-pool.ts';

/** A pool for each RAIDA, and one budget of sockets for all of them. */
export class UdpPools implements SocketBudget {
  readonly #pools: readonly UdpPool[];
  readonly #limits: Limits;
  readonly #idleTimer: NodeJS.Timeout;
  #count = 0;

  constructor(raidaCount: number, limits: Limits, settle: Settle) {
    this.#limits = limits;
    this.#pools = Array.from({ length: raidaCount }, () => new UdpPool(limits, this, settle));
    this.#idleTimer = setInterval(() => this.#closeIdle(), limits.udpSocketIdleMs);
    this.#idleTimer.unref();
  }

  send(exchange: Exchange, frame: Uint8Array, address: RaidaAddress): void {
    this.#pools[exchange.raida]!.send(exchange, frame, address);
  }

  /** Sockets that are open, in all and for each RAIDA. */
  counts(): { readonly all: number; readonly byRaida: readonly number[] } {
    return { all: this.#count, byRaida: this.#pools.map(({ count }) => count) };
  }

  close(): void {
    clearInterval(this.#idleTimer);
    for (const pool of this.#pools) pool.closeFree();
  }

  /** With all sockets open, a free one of the RAIDA that has most of them makes room. */
  take(): boolean {
    if (this.#count >= this.#limits.udpSockets) {
      const richest = this.#pools.reduce((a, b) => (b.freeCount > a.freeCount ? b : a));
      if (richest.freeCount === 0) return false;
      richest.closeOneFree();
    }
    this.#count += 1;
    return true;
  }

  giveBack(): void {
    this.#count -= 1;
  }

  #closeIdle(): void {
    const oldest = performance.now() - this.#limits.udpSocketIdleMs;
    for (const pool of this.#pools) pool.closeIdleSince(oldest);
  }
}
