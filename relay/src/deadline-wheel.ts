import { DEADLINE_UNIT_MS, MAX_DEADLINE_UNITS } from '@raida-wallet/protocol';

/** What can expire. `dueTick` belongs to the wheel. */
export interface Expiring {
  dueTick: number;
}

/** A power of two above the longest deadline, with room for a late sweep. */
const SLOTS = 512;

/**
 * Deadlines of any number of exchanges with a single timer. A deadline is a multiple of 250 ms,
 * so each tick of 250 ms sweeps one slot; adding and removing touch one set. An entry never
 * expires early, and at most two ticks late.
 */
export class DeadlineWheel<Entry extends Expiring> {
  readonly #slots: readonly Set<Entry>[] = Array.from({ length: SLOTS }, () => new Set());
  readonly #expire: (entry: Entry) => void;
  #swept = 0;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(expire: (entry: Entry) => void) {
    this.#expire = expire;
  }

  add(entry: Entry, deadlineMs: number): void {
    const now = performance.now();
    const longest = MAX_DEADLINE_UNITS * DEADLINE_UNIT_MS;
    entry.dueTick = Math.ceil((now + Math.min(deadlineMs, longest)) / DEADLINE_UNIT_MS);
    this.#slots[entry.dueTick % SLOTS]!.add(entry);
    this.#size += 1;
    if (this.#timer) return;
    this.#swept = Math.floor(now / DEADLINE_UNIT_MS);
    // Datagrams that lie in the kernel are read before the sweep: an answer in time stays in time.
    this.#timer = setInterval(() => setImmediate(() => this.#sweep()), DEADLINE_UNIT_MS);
  }

  remove(entry: Entry): void {
    if (this.#slots[entry.dueTick % SLOTS]!.delete(entry)) this.#size -= 1;
  }

  #sweep(): void {
    const current = Math.floor(performance.now() / DEADLINE_UNIT_MS);
    // After a long pause of the process every slot is looked at once, not every tick.
    for (let tick = Math.max(this.#swept, current - SLOTS) + 1; tick <= current; tick++) {
      for (const entry of this.#slots[tick % SLOTS]!) {
        if (entry.dueTick > current) continue;
        this.remove(entry);
        this.#expire(entry);
      }
    }
    this.#swept = current;
    if (this.#size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
