import type { ClockPort } from '@raida-wallet/web/wallet/ports';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/** A clock that jumps from one timer to the next, so that hours of waiting cost nothing. */
export class VirtualTime implements ClockPort {
  #nowMs: number;
  #order = 0;
  readonly #timers: Timer[] = [];

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  steadyMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.#nowMs + ms, resolve));
  }

  at(atMs: number, fire: () => void): void {
    const timer = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, fire };
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#timers[middle]!;
      if (other.atMs > timer.atMs || (other.atMs === timer.atMs && other.order > timer.order)) {
        low = middle + 1;
      } else high = middle;
    }
    this.#timers.splice(low, 0, timer);
  }

  /** Runs until `done` holds or that much time has passed. Returns whether it holds. */
  async run(done: () => boolean, forMs: number): Promise<boolean> {
    const endMs = this.#nowMs + forMs;
    for (;;) {
      // Everything that promises still have to say comes before the next timer.
      await new Promise((resolve) => setImmediate(resolve));
      if (done()) return true;
      const next = this.#timers.at(-1);
      if (!next || next.atMs > endMs) {
        this.#nowMs = endMs;
        return done();
      }
      this.#timers.pop();
      this.#nowMs = next.atMs;
      next.fire();
    }
  }
}

/** A repeatable source of chance (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 up to, but not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  hits(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  fill(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.below(256);
  }
}
