import type { Page } from '@playwright/test';

/** Ticket lifetime and a minute (WALLET.md, I7), and what may pass before the wallet looks first. */
const LATER_MS = 480_000;
const TIMES_FASTER = 100;

/**
 * From its next load on, the first seconds of the page's worker count for minutes: the steady clock is
 * moved from outside, and nothing in the wallet knows of it. The device's clock would not do: it can be
 * set, so the wallet does not wait by it.
 */
export function liveLater(page: Page): void {
  const hurry = ([laterMs, timesFaster]: readonly [number, number]): void => {
    const now = performance.now.bind(performance);
    const startMs = now();
    performance.now = () => now() + Math.min(laterMs, (now() - startMs) * timesFaster);
  };
  page.on('worker', (worker) => void worker.evaluate(hurry, [LATER_MS, TIMES_FASTER] as const));
}
