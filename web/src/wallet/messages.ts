import type { OfferView, SendPlan, WalletView } from './view-types.ts';

export type * from './view-types.ts';

/**
 * What page and worker say to each other. The page never sees a secret: files go in, and what comes
 * back are amounts, names, marks and words. Everything here survives a structured clone.
 */

export interface NetworkView {
  readonly name: string;
  readonly connection: 'connecting' | 'online' | 'offline';
  /** Whether the network hands out test coins. */
  readonly testCoins: boolean;
  /** Servers that answered when asked last; null before that. */
  readonly answering: number | null;
  /** What is wrong with the relays that the page may use, in words. */
  readonly remark?: string;
}

export type ToWorker =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'inspect';
      readonly request: number;
      readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
    }
  | { readonly kind: 'accept'; readonly request: number; readonly offer: number }
  | { readonly kind: 'dismiss'; readonly offer: number }
  /** Fetches new coins from the local network and offers them like a file. */
  | { readonly kind: 'test coins'; readonly request: number }
  /** Asks all servers about all coins, and repairs what can be repaired. */
  | { readonly kind: 'repair'; readonly request: number }
  /** Which coins make up this amount (10^-8 coins)? */
  | { readonly kind: 'plan send'; readonly request: number; readonly units: bigint }
  /** Takes them out of the balance and into a file. Refused unless the amount is exact. */
  | {
      readonly kind: 'send';
      readonly request: number;
      readonly units: bigint;
      readonly memo: string;
    }
  /** The file of a send, the same bytes every time. From now on it counts as handed over. */
  | { readonly kind: 'hand over'; readonly request: number; readonly send: number }
  | { readonly kind: 'take back'; readonly request: number; readonly send: number }
  /** Asks the servers again now, instead of when the pause is over. */
  | { readonly kind: 'retry now' }
  /** The device has lost its network. A connection that seems open is no longer believed. */
  | { readonly kind: 'network lost' };

export type FromWorker =
  | {
      readonly kind: 'lifecycle';
      /** `elsewhere`: another tab has the wallet open; this one changes nothing. */
      readonly phase: 'opening' | 'ready' | 'elsewhere' | 'failed';
      /** What happened and what to do, for `elsewhere` and `failed`. */
      readonly message: string | null;
    }
  | { readonly kind: 'network'; readonly network: NetworkView }
  | { readonly kind: 'wallet'; readonly wallet: WalletView }
  | { readonly kind: 'inspected'; readonly request: number; readonly offer: OfferView }
  | { readonly kind: 'accepted'; readonly request: number; readonly deposit: number }
  /** `coins` are being checked and repaired. */
  | { readonly kind: 'repairing'; readonly request: number; readonly coins: number }
  | { readonly kind: 'send planned'; readonly request: number; readonly plan: SendPlan }
  | { readonly kind: 'sent'; readonly request: number; readonly send: number }
  | {
      readonly kind: 'handed over';
      readonly request: number;
      readonly name: string;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'taking back'; readonly request: number }
  /** A request that could not be carried out: what happened, and what to do. */
  | { readonly kind: 'failed'; readonly request: number; readonly message: string };
