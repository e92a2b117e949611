/** Words, backups and the lock: everything that keeps the coins of an open wallet safe. */
import '../../styles/fields.css';
import { watchActivity } from '../../state/activity.ts';
import { thisPlace } from '../../state/keeping.svelte.ts';
import { Safety } from '../../state/safety.svelte.ts';
import type { Wallet } from '../../state/wallet.svelte.ts';

export { default as SafetyHome } from './SafetyHome.svelte';

export function startSafety(wallet: Wallet): { safety: Safety } {
  watchActivity(wallet, document, () => performance.now());
  return { safety: new Safety(thisPlace()) };
}
