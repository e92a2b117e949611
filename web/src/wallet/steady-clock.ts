import type { ClockPort } from './ports.ts';

/**
 * The time by which the wallet waits. A device's clock may be set forward while a previous owner's
 * tickets still live, or back by a week, also while the page is closed. So this one goes on from the
 * latest moment that it has stored, and then counts only what has really passed: neither the time
 * between two lives of the page nor, perhaps, the sleep of the device. Waiting too long is safe, too
 * short is not (WALLET.md, I7). A wallet that has stored nothing yet begins with the device's time.
 */
export class SteadyClock {
  readonly #clock: ClockPort;
  readonly #startMs: number;
  readonly #startedAtSteadyMs: number;

  constructor(clock: ClockPort, storedMs: number) {
    this.#clock = clock;
    this.#startMs = storedMs || clock.now();
    this.#startedAtSteadyMs = clock.steadyMs();
  }

  now(): number {
    return this.#startMs + this.#clock.steadyMs() - this.#startedAtSteadyMs;
  }

  sleep(ms: number): Promise<void> {
    return this.#clock.sleep(ms);
  }

  /** What the device's clock will show at that time, if nobody sets it until then. */
  toDeviceMs(atMs: number): number {
    return atMs + this.#clock.now() - this.now();
  }
}
