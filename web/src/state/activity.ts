import type { Wallet } from './wallet.svelte.ts';

/** More often than this nobody has to know that somebody is there. */
const TOLD_EVERY_MS = 10_000;

/** The part of a Document that is used, so that tests need no browser. */
export interface Touched {
  readonly visibilityState: 'visible' | 'hidden';
  addEventListener(type: string, listen: () => void, options: { passive: true }): void;
}

/** Tells the wallet that somebody is there, so that it does not lock itself under his hands. */
export function watchActivity(
  wallet: Pick<Wallet, 'active' | 'visible'>,
  touched: Touched,
  nowMs: () => number,
): void {
  let toldAtMs = -Infinity;
  const touch = () => {
    if (nowMs() - toldAtMs < TOLD_EVERY_MS) return;
    toldAtMs = nowMs();
    wallet.active();
  };
  touched.addEventListener('pointerdown', touch, { passive: true });
  touched.addEventListener('keydown', touch, { passive: true });
  touched.addEventListener(
    'visibilitychange',
    () => wallet.visible(touched.visibilityState === 'visible'),
    { passive: true },
  );
}
