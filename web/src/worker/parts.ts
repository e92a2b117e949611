import { FIRST_RECONNECT_MS, MAX_RECONNECT_MS } from '../ports/limits.ts';
import { systemClock } from '../ports/system.ts';

/** Parts that the page needs to go on at all; they come from where the page itself came from. */
export async function untilItLoads<T>(load: () => Promise<T>): Promise<T> {
  for (let pauseMs = FIRST_RECONNECT_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_RECONNECT_MS)) {
    try {
      return await load();
    } catch {
      await systemClock.sleep(pauseMs);
    }
  }
}

/** Parts that a person has asked for just now. */
function loadPart<T>(load: () => Promise<T>): Promise<T> {
  return load().catch(() => {
    throw new Error('A part of this page could not be loaded. Try again, or reload the page.');
  });
}

/** What opens a vault, the derivation of its key included. */
export const loadOpening = () => loadPart(() => import('./opening.ts'));
export const loadRestoring = () => loadPart(() => import('./restoring.ts'));
export const loadSafety = () => loadPart(() => import('./safety.ts'));
/** What reads coin files is not part of the first load; it comes as soon as the wallet is open. */
export const loadFileReader = () => loadPart(() => import('../wallet/offer.ts'));
