import type { Page } from '@playwright/test';

/** Ticket lifetime and a minute (WALLET.md, I7), and a little more. */
const LATER_MS = 400_000;

/**
 * Six minutes and more pass at once: the steady clock of the page's worker is moved from outside, and
 * nothing in the wallet knows of it. The device's clock would not do: it can be set, so the wallet does
 * not wait by it. Then the connection comes back, as after a phone's sleep, which wakes what waits.
 */
export async function passTime(page: Page): Promise<void> {
  const jump = (ms: number): void => {
    const now = performance.now.bind(performance);
    performance.now = () => now() + ms;
  };
  await Promise.all(page.workers().map((worker) => worker.evaluate(jump, LATER_MS)));
  await page.evaluate(() => dispatchEvent(new Event('offline')));
}
