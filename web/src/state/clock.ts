import { createSubscriber } from 'svelte/reactivity';
import { CLOCK_TICK_MS, SECONDS_UNTIL_MS } from '../limits.ts';
import { texts } from '../texts.ts';
import { formatCount } from './format.ts';

/** The time, for countdowns. It ticks only while something on the page reads it. */
export class Clock {
  readonly #readMs: () => number;
  readonly #subscribe: () => void;

  constructor(readMs: () => number = () => Date.now()) {
    this.#readMs = readMs;
    this.#subscribe = createSubscriber((update) => {
      const timer = setInterval(update, CLOCK_TICK_MS);
      return () => clearInterval(timer);
    });
  }

  get nowMs(): number {
    this.#subscribe();
    return this.#readMs();
  }
}

/** `4 min`, `35 s`; null when the time has come. Rounded up: a countdown never promises too early. */
export function formatRemaining(untilMs: number, nowMs: number): string | null {
  const leftMs = untilMs - nowMs;
  if (leftMs <= 0) return null;
  return leftMs > SECONDS_UNTIL_MS
    ? texts.duration.minutes(formatCount(Math.ceil(leftMs / 60_000)))
    : texts.duration.seconds(formatCount(Math.ceil(leftMs / 1000)));
}
