import { QUORUM, RAIDA_COUNT, type TokenId } from '@raida-wallet/protocol';

import type { Ask, Outcome, RequestKey } from './ask.ts';
import type { Entry } from './journal.ts';
import { type Cell, guesses, type OperationRecord } from './ledger.ts';
import { FIRST_RETRY_MS, MAX_CHECK_ROUNDS, MAX_TOKENS_PER_FIX } from './limits.ts';
import { agrees, countRaidas, isDisowned, NONE, type TokenRecord } from './token-record.ts';

/** What an operation is made of, and what can be read off it. How it goes on is in operation.ts. */

/** What a RAIDA did when it was asked last about a token. Forgotten with the tab. */
export const HINT = { notAsked: 0, answered: 1, denied: 2, silent: 3 } as const;

/** One HINT for each RAIDA. */
export type Hints = Uint8Array;

/** What an operation reads of its surroundings. Must not change between two events. */
export interface OperationContext {
  readonly udpMaxBytes: number;
  /** The PANs of a token for a counter, 25 x 16 bytes. */
  pans(token: TokenRecord, counter: number): Uint8Array;
  /** The PGs of a counter of this wallet, 25 x 16 bytes. */
  pgs(counter: number): Uint8Array;
  /** No counter of PANs below this may be used (I11). */
  panFloor(): number;
  /** A counter of PGs that was never given out before (I11). */
  nextFixCounter(): number;
  /** Until when the wallet's waiting is stored. */
  storedTimeMs(): number;
  /** Whether a token is just being put into a file for somebody else. */
  isLeaving(token: TokenRecord): boolean;
  /** A token of ours that keys requests to this RAIDA, but none of those to avoid. */
  keyAt(raida: number, need: 'settled' | 'claimed', avoid: ReadonlySet<string>): RequestKey | null;
  /** The best of them first; at most so many. */
  keysAt(
    raida: number,
    need: 'settled' | 'claimed',
    avoid: ReadonlySet<string>,
    count: number,
  ): readonly RequestKey[];
}

/** Asks on their way and what came back, by index. */
interface Pending {
  readonly asks: readonly Ask[];
  readonly cells: readonly Cell[];
  open: number;
}

export type OperationStage =
  | { readonly name: 'idle' }
  | ({
      readonly name: 'probing';
      readonly outcomes: (Outcome | null)[];
      /** By cell: `changes` of its token when it was asked. */
      readonly changes: readonly number[];
      /** These cells were just moved. */
      readonly afterMove: boolean;
    } & Pending)
  | { readonly name: 'recording' }
  | { readonly name: 'planning' }
  | { readonly name: 'arming'; readonly batch: readonly Cell[] }
  | ({ readonly name: 'moving' } & Pending)
  | ({
      readonly name: 'judging';
      readonly denials: Cell[];
      /** About these somebody has spoilt questions: what is said of them does not count. */
      readonly spoilt: Set<TokenRecord>;
      /** By cell: `changes` of its token when it was asked. */
      readonly changes: readonly number[];
    } & Pending)
  /** Asking RAIDA that deny a token, but may hold a PAN of it, under a key of ours. */
  | ({ readonly name: 'finding' } & Pending)
  | HealStage
  | { readonly name: 'waiting'; readonly retryAtMs: number }
  | { readonly name: 'closing' }
  | { readonly name: 'done' };

/** Tokens that the same RAIDA vouch for, and that the same RAIDA lack (WALLET.md section 5). */
export interface HealGroup {
  tokens: readonly TokenRecord[];
  /** RAIDA that are asked for a ticket. */
  readonly issuers: readonly number[];
  readonly fracked: readonly number[];
  /** Of the PGs: that of the Fix that is open already, or null for a new one. */
  counter: number | null;
  /** By RAIDA. */
  readonly tickets: (HealTicket | null)[];
}

export interface HealTicket {
  readonly ticket: Uint8Array;
  readonly key: RequestKey;
  /** One byte a token of the group: 1 = covered. */
  readonly passes: Uint8Array;
  readonly covered: readonly TokenId[];
  readonly lossy: boolean;
  /** Bit r: nobody can use it at RAIDA r any more. */
  sealedFor: number;
}

interface HealPending {
  readonly groups: readonly HealGroup[];
  readonly asks: readonly Ask[];
  /** By ask: the group, and the RAIDA whose ticket it is about. */
  readonly about: readonly HealGroup[];
  open: number;
}

export type HealStage =
  | ({ readonly name: 'ticketing' } & HealPending)
  | ({ readonly name: 'sealing' } & HealPending)
  | { readonly name: 'arming fixes'; readonly groups: readonly HealGroup[] }
  | ({ readonly name: 'fixing' } & HealPending);

/** What a repair remembers between its rounds. Forgotten with the tab. */
export interface Heal {
  /** Tokens that could be repaired when they were looked at last. */
  readonly wanted: Set<TokenRecord>;
  /** Rounds since a Fix of it was proven. */
  readonly rounds: Map<TokenRecord, number>;
  /** Tokens in one ticket; halved where that did not work. */
  groupTokens: number;
  /** The last round brought nothing: the next one waits. */
  paused: boolean;
  /** Keys turned out not to work in this round: the next one has others, and need not wait. */
  learnt: boolean;
  /** Tokens at which a Fix was proven. */
  readonly mended: Set<TokenRecord>;
  /** Cells that were put right. */
  fixed: number;
}

/** An operation at work. `record` belongs to the ledger and changes with what is committed. */
export interface Operation {
  readonly record: OperationRecord;
  stage: OperationStage;
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
  readonly heal: Heal;
  /** RAIDA that were asked by Find in this round, as a mask by token. */
  readonly found: Map<TokenRecord, number>;
  /** How often it has waited. */
  waits: number;
  /** Whether a POWN went out under the key of a received coin itself. */
  keyedByItself: boolean;
}

export type OperationEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'outcome'; readonly index: number; readonly outcome: Outcome }
  | { readonly kind: 'committed' }
  | { readonly kind: 'wake' };

export type OperationEffect =
  /** Answered by one `outcome` for each ask. */
  | { readonly kind: 'ask'; readonly asks: readonly Ask[]; readonly patient: boolean }
  /** Answered by `committed`, after the entry is durable and applied to the ledger. */
  | { readonly kind: 'commit'; readonly entry: Entry }
  /** Answered by `wake` at that time, or earlier when there is reason to hope. */
  | { readonly kind: 'wake'; readonly atMs: number };

export function newOperation(record: OperationRecord): Operation {
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
    heal: {
      wanted: new Set(),
      rounds: new Map(),
      groupTokens: MAX_TOKENS_PER_FIX,
      paused: false,
      learnt: false,
      mended: new Set(),
      fixed: 0,
    },
    found: new Map(),
    waits: 0,
    keyedByItself: false,
  };
}

/** Of a token that another operation has taken over: nothing, whatever is still heard of it. */
export function hintsOf(op: Operation, token: TokenRecord): Hints {
  return op.hints.get(token) ?? new Uint8Array(RAIDA_COUNT);
}

/**
 * RAIDA that have proven a candidate, do not deny it now, and at which no mutation is open that could
 * change it. A proof from before a send says nothing once the other side has taken the coin there.
 */
export function knownCount(token: TokenRecord, hints: Hints): number {
  return countRaidas(
    (raida) =>
      token.proven[raida] !== NONE && token.target[raida] === NONE && hints[raida] !== HINT.denied,
  );
}

export function deniedCount(op: Operation, token: TokenRecord): number {
  const hints = hintsOf(op, token);
  return countRaidas((raida) => hints[raida] === HINT.denied);
}

/** RAIDA that have proven it in this session. */
function answeredCount(op: Operation, token: TokenRecord): number {
  const hints = hintsOf(op, token);
  return countRaidas((raida) => hints[raida] === HINT.answered);
}

/** 13 RAIDA have just proven that they know it. */
export function isConfirmed(op: Operation, token: TokenRecord): boolean {
  return answeredCount(op, token) >= QUORUM;
}

/** A check has just heard 13 RAIDA deny it, without a signature. */
export function isDoubtedBy(op: Operation | undefined, token: TokenRecord): boolean {
  return op?.record.kind === 'check' && deniedCount(op, token) >= QUORUM;
}

/** 13 RAIDA do not know it, so 13 cannot prove it. A hint only (WALLET.md section 2). */
export function isUnrecognised(op: Operation, token: TokenRecord): boolean {
  return token.ownRow === NONE && deniedCount(op, token) >= QUORUM;
}

/** Whether an operation still has this token in hand: it may have been sent since, or taken back. */
export function isActive(op: Operation, token: TokenRecord): boolean {
  const { record } = op;
  if (!op.hints.has(token)) return false;
  if (record.kind === 'send') return token.sent === record.id && token.claimedAtMs !== 0;
  if (record.kind === 'check') return token.sent === 0 && token.settledAtMs !== 0;
  return token.sent === 0 || token.claimedAtMs === 0;
}

/**
 * Whether servers should be asked about it under a key of ours. A coin that came with several
 * secrets is never called counterfeit: which of them was meant to be good, nobody knows.
 */
export function awaitsVerdict(op: Operation, token: TokenRecord): boolean {
  if (!isActive(op, token) || isDisowned(token) || deniedCount(op, token) < QUORUM) return false;
  return token.ownRow !== NONE || token.sent !== 0 || guesses(token) <= 1;
}

/** A cell that does not agree and may still come to it: it has not said no. */
export function isPending(token: TokenRecord, raida: number, hints: Hints): boolean {
  return !agrees(token, raida) && hints[raida] !== HINT.denied;
}

/** Whether nothing is left for this operation to do for a token. */
export function isFinished(op: Operation, token: TokenRecord): boolean {
  const { record } = op;
  const { kind } = record;
  if (!isActive(op, token) || isDisowned(token)) return true;
  if (kind === 'send') return false;
  if (kind === 'check') return isConfirmed(op, token) || op.waits >= MAX_CHECK_ROUNDS;
  const hints = hintsOf(op, token);
  // What was given up is asked for again by the next start, or by the next repair.
  const asksOnce = kind === 'find' || kind === 'repair';
  if (asksOnce && token.claimedAtMs === 0 && deniedCount(op, token) >= QUORUM) return true;
  if (token.settledAtMs !== 0) {
    const open = (raida: number) => token.target[raida] !== NONE || token.doubt[raida] !== 0;
    const hopeful = countRaidas((raida) => open(raida) && hints[raida] !== HINT.denied) > 0;
    const unasked = record.repairs > 0 && hints.includes(HINT.notAsked);
    if (hopeful || unasked) return false;
    if (kind === 'find') return true;
  }
  const pending = countRaidas((raida) => isPending(token, raida, hints));
  return token.settledAtMs !== 0 && pending === 0 && !op.heal.wanted.has(token);
}

/** A repair was asked for: everything is asked again, and what was given up is tried again. */
export function recheck(op: Operation): void {
  if (op.record.repairs === 0) return;
  for (const hints of op.hints.values()) hints.fill(HINT.notAsked);
  op.heal.rounds.clear();
}
