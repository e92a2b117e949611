import type { ClockPort } from './ports.ts';

type Clock = Pick<ClockPort, 'now' | 'sleep'>;

/** A device that slept wakes with an old timer: the clock is looked at this often. */
const LOOK_EVERY_MS = 10_000;

interface Sleeper {
  woken: boolean;
  wake: () => void;
}

/** Sleeps that can be cut short, and that notice when the clock has jumped. */
export class Waker {
  readonly #clock: Clock;
  readonly #sleepers = new Set<Sleeper>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves at that time, or when everybody is woken. */
  async sleepUntil(atMs: number): Promise<void> {
    const sleeper = { woken: false, wake: () => {} };
    const alarm = new Promise<void>((resolve) => {
      sleeper.wake = resolve;
    });
    this.#sleepers.add(sleeper);
    while (!sleeper.woken) {
      const leftMs = atMs - this.#clock.now();
      if (leftMs <= 0) break;
      await Promise.race([this.#clock.sleep(Math.min(leftMs, LOOK_EVERY_MS)), alarm]);
    }
    this.#sleepers.delete(sleeper);
  }

  wakeAll(): void {
    for (const sleeper of this.#sleepers) {
      sleeper.woken = true;
      sleeper.wake();
    }
  }
}
