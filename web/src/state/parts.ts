import type * as DoorParts from '../ui/door/index.ts';
import type * as OfferParts from '../ui/offer/index.ts';
import type * as RepairParts from '../ui/repair/index.ts';
import type * as SendingParts from '../ui/sending/index.ts';
import { OnDemand } from './on-demand.svelte.ts';
import type { Wallet } from './wallet.svelte.ts';

/** Parts of the page that come when they are needed, their components included. */
export type Door = OnDemand<typeof DoorParts>;
export type Offer = OnDemand<typeof OfferParts>;
export type Repair = OnDemand<typeof RepairParts & ReturnType<typeof RepairParts.startRepair>>;
export type Sending = OnDemand<typeof SendingParts & ReturnType<typeof SendingParts.startSending>>;

export function partsOnDemand(wallet: Wallet): {
  door: Door;
  offer: Offer;
  repair: Repair;
  sending: Sending;
} {
  return {
    door: new OnDemand(() => import('../ui/door/index.ts')),
    offer: new OnDemand(() => import('../ui/offer/index.ts')),
    repair: new OnDemand(async () => {
      const parts = await import('../ui/repair/index.ts');
      return { ...parts, ...parts.startRepair(wallet) };
    }),
    sending: new OnDemand(async () => {
      const parts = await import('../ui/sending/index.ts');
      return { ...parts, ...parts.startSending(wallet) };
    }),
  };
}
