import type * as Parts from '../ui/sending/index.ts';
import { OnDemand } from './on-demand.svelte.ts';
import type { Wallet } from './wallet.svelte.ts';

/** Sending, its components included, when it is needed. */
export type Sending = OnDemand<typeof Parts & ReturnType<typeof Parts.startSending>>;

export function sendingOnDemand(wallet: Wallet): Sending {
  return new OnDemand(async () => {
    const parts = await import('../ui/sending/index.ts');
    return { ...parts, ...parts.startSending(wallet) };
  });
}
