import { QUORUM, RAIDA_COUNT } from '@raida-wallet/protocol';

import type { Ask, Outcome, RequestKey } from './ask.ts';
import { HINT, type Hints, isPending } from './deposit-cells.ts';
import type { Entry } from './journal.ts';
import { type Cell, type DepositRecord, importedRows } from './ledger.ts';
import { FIRST_RETRY_MS, VERDICTS_NEEDED } from './limits.ts';
import { countRaidas, isCounterfeit, NONE, type TokenRecord } from './token-record.ts';

/** What a deposit is made of, and what can be read off it. How it goes on is in deposit.ts. */

/** What a deposit reads of its surroundings. Must not change between two events. */
export interface DepositContext {
  readonly udpMaxBytes: number;
  /** The PANs of a token for a counter, 25 x 16 bytes. */
  pans(token: TokenRecord, counter: number): Uint8Array;
  /** A token of ours that keys requests to this RAIDA, but none of those to avoid. */
  keyAt(raida: number, need: 'settled' | 'claimed', avoid: ReadonlySet<string>): RequestKey | null;
}

/** Asks on their way and what came back, by index. */
interface Pending {
  readonly asks: readonly Ask[];
  readonly cells: readonly Cell[];
  open: number;
}

export type DepositStage =
  | { readonly name: 'idle' }
  | ({
      readonly name: 'probing';
      readonly outcomes: (Outcome | null)[];
      /** These cells were just moved. */
      readonly afterMove: boolean;
    } & Pending)
  | { readonly name: 'recording' }
  | { readonly name: 'planning' }
  | { readonly name: 'arming'; readonly batch: readonly Cell[] }
  | ({ readonly name: 'moving' } & Pending)
  | ({ readonly name: 'judging'; readonly denials: Cell[] } & Pending)
  | { readonly name: 'waiting'; readonly retryAtMs: number }
  | { readonly name: 'closing' }
  | { readonly name: 'done' };

/** A deposit at work. `record` belongs to the ledger and changes with what is committed. */
export interface Deposit {
  readonly record: DepositRecord;
  stage: DepositStage;
  readonly hints: Map<TokenRecord, Hints>;
  /** 1: answered something in the last round that asked it. */
  readonly answering: Uint8Array;
  /** Whether a round of questions has ended in this session. */
  hasAsked: boolean;
  /** 1: TCP did not get through to this RAIDA in this session. */
  readonly noTcp: Uint8Array;
  /** By RAIDA: keys of tokens under which it gave no signed answer since the last pause. */
  readonly badKeys: readonly Set<string>[];
  /** The token at which the next round of probes begins; 0 after a whole turn. */
  cursor: number;
  retryMs: number;
  /** Whether the round brought anything that we did not know. */
  progressed: boolean;
  /** The last POWNs changed nothing: they are sent again after a pause, not at once. */
  fruitless: boolean;
  /** Whether a POWN went out under the key of a received coin itself. */
  keyedByItself: boolean;
}

export type DepositEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'outcome'; readonly index: number; readonly outcome: Outcome }
  | { readonly kind: 'committed' }
  | { readonly kind: 'wake' };

export type DepositEffect =
  /** Answered by one `outcome` for each ask. */
  | { readonly kind: 'ask'; readonly asks: readonly Ask[]; readonly patient: boolean }
  /** Answered by `committed`, after the entry is durable and applied to the ledger. */
  | { readonly kind: 'commit'; readonly entry: Entry }
  /** Answered by `wake` at that time, or earlier when there is reason to hope. */
  | { readonly kind: 'wake'; readonly atMs: number };

export function newDeposit(record: DepositRecord): Deposit {
  return {
    record,
    stage: { name: 'idle' },
    hints: new Map(record.tokens.map((token) => [token, new Uint8Array(RAIDA_COUNT)])),
    answering: new Uint8Array(RAIDA_COUNT),
    hasAsked: false,
    noTcp: new Uint8Array(RAIDA_COUNT),
    badKeys: Array.from({ length: RAIDA_COUNT }, () => new Set<string>()),
    cursor: 0,
    retryMs: FIRST_RETRY_MS,
    progressed: false,
    fruitless: false,
    keyedByItself: false,
  };
}

export function hintsOf(deposit: Deposit, token: TokenRecord): Hints {
  return deposit.hints.get(token)!;
}

/** 13 RAIDA do not know it, so 13 cannot prove it. A hint only (WALLET.md section 2). */
export function isUnrecognised(deposit: Deposit, token: TokenRecord): boolean {
  const hints = hintsOf(deposit, token);
  const denied = countRaidas((raida) => hints[raida] === HINT.denied);
  return token.ownRow === NONE && denied >= QUORUM;
}

/** Whether servers should be asked about it under a key of ours. */
export function awaitsVerdict(deposit: Deposit, token: TokenRecord): boolean {
  const single = importedRows(token).length === 1;
  return single && isUnrecognised(deposit, token) && !isCounterfeit(token, VERDICTS_NEEDED);
}

/** Whether nothing is left to do for a token but what healing does. */
export function isFinished(deposit: Deposit, token: TokenRecord): boolean {
  if (isCounterfeit(token, VERDICTS_NEEDED)) return true;
  const hints = hintsOf(deposit, token);
  const pending = countRaidas((raida) => isPending(token, raida, hints));
  return token.settledAtMs !== 0 && pending === 0;
}
