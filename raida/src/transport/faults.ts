import type { CommandName } from '@raida-wallet/protocol';

import { REORDER_HOLD_MS } from '../limits.ts';

/**
 * What a node can be made to do wrong, for tests. Probabilities from 0 to 1. By TCP there is
 * nothing to repeat or reorder: a drop closes the connection, and delays hold.
 */
export interface Faults {
  /** Each exchange takes so much longer: anything between the two, in milliseconds. */
  readonly delayMs: readonly [min: number, max: number];
  readonly dropRequests: number;
  readonly dropReplies: number;
  /** A datagram, request or reply, arrives twice. */
  readonly duplicate: number;
  /** A datagram, request or reply, is overtaken by the next one. */
  readonly reorder: number;
  /** Commands that are answered with a status (1 to 255) and not carried out. */
  readonly refuse: Readonly<Partial<Record<CommandName, number>>>;
}

export const NO_FAULTS: Faults = {
  delayMs: [0, 0],
  dropRequests: 0,
  dropReplies: 0,
  duplicate: 0,
  reorder: 0,
  refuse: {},
};

type Direction = 'request' | 'reply';

/** Lets requests and replies of one node pass, or does to them what its faults say. */
export class FaultInjector {
  /** May be changed at any time; what is on its way keeps its fate. */
  faults: Faults = NO_FAULTS;
  readonly #random: () => number;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #held: Record<Direction, (() => void) | null> = { request: null, reply: null };

  /** `random` is uniform in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  /**
   * The delays of one exchange, before and after the request is carried out. By chance all of it
   * comes before or after, because a late POWN and a late answer are different misfortunes.
   */
  drawDelays(): { readonly beforeMs: number; readonly afterMs: number } {
    const [min, max] = this.faults.delayMs;
    if (max === 0) return { beforeMs: 0, afterMs: 0 };
    const delayMs = min + this.#random() * (max - min);
    return this.#happens(0.5)
      ? { beforeMs: delayMs, afterMs: 0 }
      : { beforeMs: 0, afterMs: delayMs };
  }

  drops(direction: Direction): boolean {
    const { dropRequests, dropReplies } = this.faults;
    return this.#happens(direction === 'request' ? dropRequests : dropReplies);
  }

  /** Calls `deliver` for a datagram: later, twice, after the next one, or never. */
  pass(direction: Direction, delayMs: number, deliver: () => void): void {
    if (this.drops(direction)) return;
    const times = this.#happens(this.faults.duplicate) ? 2 : 1;
    for (let i = 0; i < times; i++) this.after(delayMs, () => this.#order(direction, deliver));
  }

  /** Calls `action` after a time, at once when there is none, and never after `forget`. */
  after(delayMs: number, action: () => void): void {
    if (delayMs <= 0) return action();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }

  /** How much is held up at this moment. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Drops everything that is on its way. */
  forget(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#held.request = null;
    this.#held.reply = null;
  }

  #order(direction: Direction, deliver: () => void): void {
    const overtaken = this.#held[direction];
    if (overtaken) {
      this.#held[direction] = null;
      deliver();
      overtaken();
    } else if (this.#happens(this.faults.reorder)) {
      this.#held[direction] = deliver;
      this.after(REORDER_HOLD_MS, () => {
        if (this.#held[direction] !== deliver) return;
        this.#held[direction] = null;
        deliver();
      });
    } else {
      deliver();
    }
  }

  #happens(probability: number): boolean {
    return probability > 0 && this.#random() < probability;
  }
}
