import type { ClockPort } from './ports.ts';

/**
 * The time by which the wallet waits. A device's clock may be set forward while a previous owner's
 * tickets still live, or back by a week; this one starts at the device's time, but never before
 * what is stored already, and then only counts what has really passed. While the device sleeps it may
 * stand still: waiting too long is safe, too short is not (WALLET.md, I7).
 */
export class SteadyClock {
  readonly #clock: ClockPort;
  readonly #startMs: number;
  readonly #startedAtSteadyMs: number;

  constructor(clock: ClockPort, notBeforeMs: number) {
    this.#clock = clock;
    this.#startMs = Math.max(clock.now(), notBeforeMs);
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
