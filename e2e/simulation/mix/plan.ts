import { RAIDA_COUNT } from '@raida-wallet/protocol';

import type { Lie } from './servers.ts';

/**
 * Everything that is decided before a run begins: who is there, what goes wrong, and what people do.
 * A plan is plain data, so that a run that fails can be made shorter and said in one line.
 */
export interface Plan {
  readonly seed: number;
  /** Settled coins that the wallet has at the beginning; 0 for a new one. */
  readonly start: number;
  readonly relays: number;
  /** A relay that is not what it seems, or null. */
  readonly hostile: Hostile | null;
  readonly network: NetworkFaults;
  /** Bit r: RAIDA r restarts its counter in replies (PROTOCOL.md section 3). */
  readonly restartMask: number;
  /** Bit r: RAIDA r does not know Get Ticket By Sum (PROTOCOL.md section 9). */
  readonly noSumMask: number;
  readonly down: readonly number[];
  readonly lying: readonly { readonly raida: number; readonly lie: Lie }[];
  readonly store: StoreFaults;
  /** Moments (awaits, commits, sends) that each life may have; the last life ends with the run. */
  readonly lives: readonly number[];
  readonly actions: readonly Action[];
}

/** Probabilities and milliseconds. */
export interface NetworkFaults {
  readonly loss: number;
  readonly duplicates: number;
  readonly latencyMs: number;
  /** How much delays differ: 0 keeps the order, 1 makes some twice as long as others. */
  readonly jitter: number;
  /** Datagrams that take 20 times as long. */
  readonly slow: number;
  /** Datagrams that arrive when everything else is over. */
  readonly held: number;
  /** Requests that the relay turns away because it has too much to do. */
  readonly busy: number;
}

export type Trick =
  /** Flips a bit of a request's encrypted part. */
  | 'flips'
  /** Flips bits of the PANs of a POWN. */
  | 'flips pans'
  /** Answers by itself. */
  | 'forges'
  /** Changes the status of a reply. */
  | 'restates'
  /** Hands over an older request once more. */
  | 'replays'
  /** Makes a request another command, cut or filled up as that one wants it. */
  | 'swaps'
  /** Keeps a request for later, perhaps changed. */
  | 'holds'
  /** With the giver, who knows the old AN: has AN xor PAN set. */
  | 'mixes';

export interface Hostile {
  readonly relay: number;
  readonly tricks: readonly Trick[];
  readonly rate: number;
}

export interface StoreFaults {
  readonly errors: number;
  readonly quota: number;
  /** A commit that nobody acted upon yet is lost with the process. */
  readonly loseLast: number;
}

/** Somebody who had a coin before and has not forgotten it. */
export interface PreviousOwner {
  /** Gets tickets this long before the coin is deposited; he fixes it back later. */
  readonly ticketsMs: number;
  readonly attackMs: number;
  readonly how: 'fix' | 'pown';
  /** At how many RAIDA he tries. */
  readonly raidas: number;
}

export type Action =
  | {
      readonly do: 'deposit';
      readonly coins: number;
      /** RAIDA that do not know these coins. */
      readonly fracked: readonly number[];
      readonly kind: 'good' | 'counterfeit' | 'with pans';
      readonly owner: PreviousOwner | null;
    }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'settle' }
  | { readonly do: 'retry' }
  | { readonly do: 'repair' }
  /** As much as so many of the coins at hand are worth; 0: all that the page says can be sent. */
  | { readonly do: 'send'; readonly coins: number }
  | { readonly do: 'hand over' }
  /** Somebody who got a file takes its coins, at so many RAIDA. */
  | { readonly do: 'recipient takes'; readonly raidas: number }
  | { readonly do: 'take back' }
  /** A recipient gives back what he took, as a file of his. */
  | { readonly do: 'recipient returns' }
  /** The person writes down the list of tokens, or keeps a backup. */
  | { readonly do: 'keep list' }
  | { readonly do: 'keep backup' }
  /** A new device, from what was kept last; with the same words or with new ones. */
  | { readonly do: 'restore'; readonly from: 'list' | 'backup'; readonly sameSeed: boolean }
  /** The backup is given to the wallet that it was made by. */
  | { readonly do: 'restore here' }
  /** A second device with the same words, from a backup of the first so many of these coins. */
  | { readonly do: 'other device'; readonly coins: number }
  /** A backup of the second device is restored on the first. */
  | { readonly do: 'back from there' }
  /** The wallet is closed, when what is under way is finished or at once, and opened again. */
  | { readonly do: 'lock' }
  | { readonly do: 'kill' }
  | { readonly do: 'set the clock'; readonly ms: number }
  | { readonly do: 'suspend'; readonly ms: number }
  | { readonly do: 'open a second tab' }
  | { readonly do: 'servers'; readonly down: readonly number[] }
  | { readonly do: 'relays'; readonly down: readonly number[] }
  /** RAIDA that lose what they hold, for all coins that have come in or for the first of them. */
  | { readonly do: 'frack'; readonly raidas: readonly number[]; readonly all: boolean }
  | { readonly do: 'roll back'; readonly raidas: readonly number[]; readonly actions: number };

export const CALM: NetworkFaults = {
  loss: 0,
  duplicates: 0,
  latencyMs: 20,
  jitter: 0,
  slow: 0,
  held: 0,
  busy: 0,
};

/** A wallet with so many coins has a journal that is compacted at its next start. */
export const MANY_COINS = 13;
export const ALL_RAIDA: readonly number[] = Array.from({ length: RAIDA_COUNT }, (_, r) => r);
