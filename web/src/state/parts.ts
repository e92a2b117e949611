import type * as DoorParts from '../ui/door/index.ts';
import type * as DepositParts from '../ui/deposits/index.ts';
import type * as OfferParts from '../ui/offer/index.ts';
import type * as RepairParts from '../ui/repair/index.ts';
import type * as SafetyParts from '../ui/safety/index.ts';
import type * as SendingParts from '../ui/sending/index.ts';
import { OnDemand } from './on-demand.svelte.ts';
import type { Wallet } from './wallet.svelte.ts';

/** Parts of the page that come when they are needed, their components included. */
export type Door = OnDemand<typeof DoorParts>;
export type Deposits = OnDemand<typeof DepositParts>;
export type Offer = OnDemand<typeof OfferParts>;
export type Repair = OnDemand<typeof RepairParts & ReturnType<typeof RepairParts.startRepair>>;
export type Safety = OnDemand<typeof SafetyParts & ReturnType<typeof SafetyParts.startSafety>>;
export type Sending = OnDemand<typeof SendingParts & ReturnType<typeof SendingParts.startSending>>;

export function partsOnDemand(wallet: Wallet): {
  door: Door;
  deposits: Deposits;
  offer: Offer;
  repair: Repair;
  safety: Safety;
  sending: Sending;
} {
  return {
    door: new OnDemand(() => import('../ui/door/index.ts')),
    deposits: new OnDemand(() => import('../ui/deposits/index.ts')),
    offer: new OnDemand(() => import('../ui/offer/index.ts')),
    repair: new OnDemand(async () => {
      const parts = await import('../ui/repair/index.ts');
      return { ...parts, ...parts.startRepair(wallet) };
    }),
    safety: new OnDemand(async () => {
      const parts = await import('../ui/safety/index.ts');
      return { ...parts, ...parts.startSafety(wallet) };
    }),
    sending: new OnDemand(async () => {
      const parts = await import('../ui/sending/index.ts');
      return { ...parts, ...parts.startSending(wallet) };
    }),
  };
}
