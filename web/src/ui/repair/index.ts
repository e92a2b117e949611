/** Everything about repair and health that the first sight of the page does without. */
import { Repairing } from '../../state/repairing.svelte.ts';
import type { Wallet } from '../../state/wallet.svelte.ts';

export { default as HealthActions } from './HealthActions.svelte';
export { default as SetAside } from './SetAside.svelte';

export function startRepair(wallet: Wallet): { repairing: Repairing } {
  return { repairing: new Repairing(wallet) };
}
