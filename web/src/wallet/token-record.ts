import { QUORUM, RAIDA_COUNT, SECRET_BYTES, type TokenId, tokenKey } from '@raida-wallet/protocol';

import { SETTLE_AFTER_MS, VERDICTS_NEEDED } from './limits.ts';

/** Where a row of candidates comes from. */
export type Origin =
  /** From a coin file. Not derivable, therefore precious until the token is settled. */
  | { readonly kind: 'imported' }
  /** Proposed by us: derivable from the seed and this counter. */
  | { readonly kind: 'pan'; readonly counter: number }
  /**
   * Derived by Fix at each RAIDA from a PG of its own. `pgs`: 25 x 16 bytes; they derive from the
   * seed and this counter, which is the wallet's, not the token's.
   */
  | { readonly kind: 'fix'; readonly counter: number; readonly pgs: Uint8Array }
  /** AN xor PAN of two other rows: what a tampered POWN may have left (WALLET.md section 5). */
  | { readonly kind: 'tampered'; readonly rows: readonly [number, number] };

/** A secret for each RAIDA: 25 x 16 bytes; null where they are computed when needed. */
export interface Row {
  readonly origin: Origin;
  readonly secrets: Uint8Array | null;
}

/** No row: nothing proven, or no mutation open. */
export const NONE = -1;

/**
 * All that we know of one token. Rows are only ever appended (I2); a candidate is a row's secret at
 * one RAIDA. The arrays hold one number for each RAIDA.
 */
export interface TokenRecord extends TokenId {
  readonly key: string;
  readonly rows: Row[];
  /** The row that a signature proved last, or NONE. */
  readonly proven: Int16Array;
  /** When that was, by the wallet's clock (steady-clock.ts), in milliseconds since 1970. */
  readonly provenAtMs: Float64Array;
  /** Since when it has been proven ours without a break, or 0. */
  readonly ownSinceMs: Float64Array;
  /** The row that an open mutation leads to (I4), or NONE. */
  readonly target: Int16Array;
  /** 1: a mutation was sent and no candidate is proven since (I6). */
  readonly doubt: Uint8Array;
  /** How often a RAIDA said, under a key of ours, that the token is not theirs. */
  readonly verdicts: Uint8Array;
  lastVerdictAtMs: number;
  /** Counts mutations since the wallet was opened: what was asked before one says nothing after it. */
  changes: number;
  /** The row that moves lead to: the newest that we proposed, or NONE. */
  ownRow: number;
  /** When a Fix was last about to be sent, or 0: its tickets live 300 s from then. */
  fixArmedAtMs: number;
  /** Whether its own secrets keyed requests: it is given away last. */
  keyed: boolean;
  /** Of its rows, oldest first: so many are in a backup that was handed out. */
  savedRows: number;
  /** So many can be rebuilt from the words and a list that was handed out. */
  listedRows: number;
  /** The operation that put the token into a file for somebody else, or 0. */
  sent: number;
  /** When the wait for tickets of others began: 13 RAIDA had proven the own row. 0 before that. */
  claimedAtMs: number;
  /** When 13 RAIDA had proven it again after the ticket lifetime (I7), or 0. */
  settledAtMs: number;
}

export function newTokenRecord(id: TokenId): TokenRecord {
  return {
    dn: id.dn,
    sn: id.sn,
    key: tokenKey(id),
    rows: [],
    proven: new Int16Array(RAIDA_COUNT).fill(NONE),
    provenAtMs: new Float64Array(RAIDA_COUNT),
    ownSinceMs: new Float64Array(RAIDA_COUNT),
    target: new Int16Array(RAIDA_COUNT).fill(NONE),
    doubt: new Uint8Array(RAIDA_COUNT),
    verdicts: new Uint8Array(RAIDA_COUNT),
    lastVerdictAtMs: 0,
    changes: 0,
    ownRow: NONE,
    fixArmedAtMs: 0,
    keyed: false,
    savedRows: 0,
    listedRows: 0,
    sent: 0,
    claimedAtMs: 0,
    settledAtMs: 0,
  };
}

/** A row of 25 secrets of 16 bytes, one after the other. */
export function packRow(secrets: readonly Uint8Array[]): Uint8Array {
  const row = new Uint8Array(RAIDA_COUNT * SECRET_BYTES);
  secrets.forEach((secret, raida) => {
    row.set(secret, raida * SECRET_BYTES);
  });
  return row;
}

/** Whether a row is one that nobody else was ever given: the newest PANs, and what was fixed since. */
export function isOwnRow(token: TokenRecord, row: number): boolean {
  if (row === NONE || token.ownRow === NONE) return false;
  return row === token.ownRow || (row > token.ownRow && isFixRow(token, row));
}

export function isFixRow(token: TokenRecord, row: number): boolean {
  return row !== NONE && token.rows[row]!.origin.kind === 'fix';
}

export function isOwn(token: TokenRecord, raida: number): boolean {
  return isOwnRow(token, token.proven[raida]!);
}

/** Whether a RAIDA may hold this row, and it is to be replaced by our own. */
export function isSourceRow(token: TokenRecord, row: number): boolean {
  return token.rows[row]!.origin.kind !== 'tampered' && !isOwnRow(token, row);
}

/** Those rows, oldest first. */
export function sourceRows(token: TokenRecord): number[] {
  return token.rows.flatMap((_, row) => (isSourceRow(token, row) ? [row] : []));
}

/**
 * Whether a RAIDA holds our secret as far as is known: proven, and not disowned since; and once the tickets that others may
 * hold have run out, proven again (I7).
 */
export function agrees(token: TokenRecord, raida: number): boolean {
  if (!isOwn(token, raida) || token.verdicts[raida]! >= VERDICTS_NEEDED) return false;
  const settlesAtMs = token.claimedAtMs + SETTLE_AFTER_MS;
  return token.settledAtMs === 0 || token.provenAtMs[raida]! >= settlesAtMs;
}

export function countRaidas(predicate: (raida: number) => boolean): number {
  let count = 0;
  for (let raida = 0; raida < RAIDA_COUNT; raida++) if (predicate(raida)) count++;
  return count;
}

/** RAIDA that agree that the token is ours: what it is worth now (I7). */
export function agreeCount(token: TokenRecord): number {
  return countRaidas((raida) => agrees(token, raida));
}

export function isWhole(token: TokenRecord): boolean {
  return agreeCount(token) === RAIDA_COUNT;
}

/** RAIDA that have proven the own row. */
export function ownCount(token: TokenRecord): number {
  return countRaidas((raida) => isOwn(token, raida));
}

/**
 * RAIDA with an open mutation (I6). A proof of the old AN ends the doubt, but not this: whoever kept
 * the POWN back can still change its bits and hand it over. Only a proof of the new one ends it.
 */
export function openCount(token: TokenRecord): number {
  return countRaidas((raida) => token.target[raida] !== NONE);
}

/** 13 RAIDA said, often enough, that they hold none of our candidates (WALLET.md section 2). */
export function isDisowned(token: TokenRecord): boolean {
  return countRaidas((raida) => token.verdicts[raida]! >= VERDICTS_NEEDED) >= QUORUM;
}

/** Whether it is ours for good, and nothing is open that could change it (I7, I10). */
export function isSpendable(token: TokenRecord): boolean {
  if (token.settledAtMs === 0 || token.sent !== 0 || agreeCount(token) < QUORUM) return false;
  return countRaidas((raida) => token.target[raida] !== NONE || token.doubt[raida] !== 0) === 0;
}

/**
 * How far these tokens are on their way to 25 RAIDA: 25 when all of them agree on all, and in between
 * their average, rounded down, so that it only grows, however many are moved at a time.
 */
export function confirmedServers(tokens: readonly TokenRecord[]): number {
  if (tokens.length === 0) return 0;
  let agreeing = 0;
  for (const token of tokens) agreeing += countRaidas((raida) => agrees(token, raida));
  return Math.floor(agreeing / tokens.length);
}
