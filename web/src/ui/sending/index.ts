/** Everything of sending, so that it can be loaded when it is needed. */
import { Composing } from '../../state/composing.svelte.ts';
import { Sends } from '../../state/sends.svelte.ts';
import type { Wallet } from '../../state/wallet.svelte.ts';
import { deviceOutlet } from './device-outlet.ts';

export { default as FinishedSends } from './FinishedSends.svelte';
export { default as OpenSends } from './OpenSends.svelte';
export { default as SendSheet } from './SendSheet.svelte';
export { default as TakeBackSheet } from './TakeBackSheet.svelte';

export function startSending(wallet: Wallet): { composing: Composing; sends: Sends } {
  return { composing: new Composing(wallet), sends: new Sends(wallet, deviceOutlet) };
}
