import {
  assert,
  equalBytes,
  RAIDA_COUNT,
  readTokenId,
  TOKEN_ID_BYTES,
  type TokenId,
  tokenKey,
  writeTokenId,
} from '@raida-wallet/protocol';

import type { CellGroup, CounterFloors, OperationKind, StoredSend } from './journal.ts';
import { MAX_GUESSES } from './limits.ts';
import { isDisowned, isOwnRow, NONE, type TokenRecord } from './token-record.ts';

/** An operation as the ledger remembers it: which tokens it is about, and whether it is finished. */
export interface OperationRecord {
  readonly id: number;
  readonly kind: OperationKind;
  /** Of the files that it came from, or that it made. */
  readonly names: readonly string[];
  readonly startedAtMs: number;
  readonly tokens: TokenRecord[];
  /** 0 while there is something left to do. */
  closedAtMs: number;
  /** How often a person asked to have its tokens repaired. */
  repairs: number;
  /** What was sent, for a send. */
  send: StoredSend | null;
}

/** What a person keeps outside of the device, in case that it is lost. */
export interface Kept {
  /** When the words were written down, or 0. By the device's clock, like the other two. */
  readonly wordsAtMs: number;
  /** The newest backup that was handed out. */
  readonly backup: {
    readonly digest: Uint8Array;
    readonly madeAtMs: number;
    /** When it was read back, or 0. */
    readonly verifiedAtMs: number;
  } | null;
}

/** All that the wallet knows. Changed by `apply` only, and only with entries that are durable. */
export interface Ledger {
  seed: Uint8Array | null;
  /** No counters below these may be used (I11). */
  floors: CounterFloors;
  /** Stored by `wait` entries; see latestTimeMs. */
  waitedUntilMs: number;
  kept: Kept;
  readonly tokens: Map<string, TokenRecord>;
  readonly operations: Map<number, OperationRecord>;
}

export function newLedger(): Ledger {
  return {
    seed: null,
    floors: { pan: 0, fix: 0 },
    waitedUntilMs: 0,
    kept: { wordsAtMs: 0, backup: null },
    tokens: new Map(),
    operations: new Map(),
  };
}

export function packIds(tokens: readonly TokenId[]): Uint8Array {
  const ids = new Uint8Array(tokens.length * TOKEN_ID_BYTES);
  tokens.forEach((token, i) => writeTokenId(ids, i * TOKEN_ID_BYTES, token));
  return ids;
}

export function unpackIds(ids: Uint8Array): TokenId[] {
  return Array.from({ length: ids.length / TOKEN_ID_BYTES }, (_, i) =>
    readTokenId(ids, i * TOKEN_ID_BYTES),
  );
}

/** Whether somebody else may have its secrets: it was put into a file, and that was handed over. */
export function isGiven(ledger: Ledger, token: TokenRecord): boolean {
  if (token.sent === 0 || token.claimedAtMs === 0) return false;
  return ledger.operations.get(token.sent)?.send?.handedOverAtMs !== 0;
}

/** The first number that no operation has yet. */
export function nextOperation(ledger: Ledger): number {
  let next = 1;
  for (const id of ledger.operations.keys()) next = Math.max(next, id + 1);
  return next;
}

/** The first counter of PGs that no Fix has used yet (I11). */
export function nextFixCounter(ledger: Ledger): number {
  let next = ledger.floors.fix;
  for (const { rows } of ledger.tokens.values()) {
    for (const { origin } of rows) {
      if (origin.kind === 'fix') next = Math.max(next, origin.counter + 1);
    }
  }
  return next;
}

/** The first counter that no PANs of any token have used yet (I11). */
export function nextPanCounter(ledger: Ledger): number {
  let next = ledger.floors.pan;
  for (const { rows } of ledger.tokens.values()) {
    for (const { origin } of rows) {
      if (origin.kind === 'pan') next = Math.max(next, origin.counter + 1);
    }
  }
  return next;
}

/** The latest time that the wallet waited for by its own clock (steady-clock.ts), or 0. */
export function latestTimeMs(ledger: Ledger): number {
  let latest = ledger.waitedUntilMs;
  for (const token of ledger.tokens.values()) {
    latest = Math.max(latest, token.lastVerdictAtMs, token.fixArmedAtMs);
    for (const atMs of token.provenAtMs) latest = Math.max(latest, atMs);
  }
  return latest;
}

/** Whether exactly these secrets are known already. */
export function holdsRow(token: TokenRecord, secrets: Uint8Array): boolean {
  return token.rows.some((row) => row.secrets !== null && equalBytes(row.secrets, secrets));
}

/**
 * Whether a file with these ANs is worth a new deposit. A coin that was never moved: when they are new.
 * One that was given away: when it comes back with others than we gave. One that 13 RAIDA said is not
 * ours: that may have been a relay's word, so it can be asked again.
 */
export function bringsNews(token: TokenRecord, ans: Uint8Array): boolean {
  if (guesses(token) >= MAX_GUESSES) return false;
  const isNew = !holdsRow(token, ans);
  if (isDisowned(token)) return token.ownRow === NONE || isNew;
  const atRest = token.target.every((row) => row === NONE);
  return isNew && (token.sent !== 0 ? atRest : token.ownRow === NONE);
}

/** Rows that files brought for it since it was last moved. */
export function guesses({ rows }: TokenRecord): number {
  let count = 0;
  for (const { origin } of rows) {
    if (origin.kind === 'pan') count = 0;
    else if (origin.kind === 'imported') count++;
  }
  return count;
}

export function findToken(ledger: Ledger, id: TokenId): TokenRecord {
  const token = ledger.tokens.get(tokenKey(id));
  assert(token, 'an entry names a token that was imported');
  return token;
}

export function findOperation(ledger: Ledger, id: number): OperationRecord {
  const operation = ledger.operations.get(id);
  assert(operation, 'an entry names an operation that was stored');
  return operation;
}

export function forEachToken(
  ledger: Ledger,
  group: CellGroup,
  action: (token: TokenRecord) => void,
): void {
  for (const id of unpackIds(group.ids)) action(findToken(ledger, id));
}

export function forEachRaida(mask: number, action: (raida: number) => void): void {
  for (let raida = 0; raida < RAIDA_COUNT; raida++) if (mask & (1 << raida)) action(raida);
}

/** One (token, RAIDA), and for proofs the row. */
export interface Cell {
  readonly token: TokenRecord;
  readonly raida: number;
  readonly row: number;
}

/** Groups cells by what their tokens have in common, so that an entry stays small. */
export function groupCells(cells: readonly Cell[]): (CellGroup & { readonly row: number })[] {
  const perToken = new Map<TokenRecord, Map<number, number>>();
  for (const { token, raida, row } of cells) {
    const masks = perToken.get(token) ?? new Map<number, number>();
    masks.set(row, (masks.get(row) ?? 0) | (1 << raida));
    perToken.set(token, masks);
  }
  const groups = new Map<string, { row: number; raidas: number; tokens: TokenRecord[] }>();
  for (const [token, masks] of perToken) {
    for (const [row, raidas] of masks) {
      const name = `${row}/${raidas}`;
      const group = groups.get(name) ?? { row, raidas, tokens: [] };
      group.tokens.push(token);
      groups.set(name, group);
    }
  }
  return [...groups.values()].map(({ row, raidas, tokens }) => ({
    ids: packIds(tokens),
    raidas,
    row,
  }));
}

/** The row of the Fixes with this counter, or -1. */
export function findFixRow(token: TokenRecord, counter: number): number {
  return token.rows.findIndex(
    ({ origin }, row) =>
      origin.kind === 'fix' && origin.counter === counter && isOwnRow(token, row),
  );
}

export function findSend(ledger: Ledger, id: number): StoredSend {
  const { send } = findOperation(ledger, id);
  assert(send, 'a send was stored as one');
  return send;
}

export function hasSettled({ tokens }: Ledger): boolean {
  for (const { settledAtMs } of tokens.values()) if (settledAtMs !== 0) return true;
  return false;
}
