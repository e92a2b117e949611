import {
  assert,
  equalBytes,
  QUORUM,
  RAIDA_COUNT,
  readTokenId,
  TOKEN_ID_BYTES,
  type TokenId,
  tokenKey,
  writeTokenId,
} from '@raida-wallet/protocol';

import type { ArmEntry, CellGroup, Entry, ImportEntry, PlanEntry, ProveEntry } from './journal.ts';
import { MAX_IMPORTED_ROWS, SETTLE_AFTER_MS, VERDICTS_NEEDED } from './limits.ts';
import { restoreDeposit, restoreToken } from './snapshot.ts';
import {
  countRaidas,
  isCounterfeit,
  isOwn,
  newTokenRecord,
  NONE,
  type TokenRecord,
} from './token-record.ts';
import { ROW_BYTES } from './vault.ts';

/** A deposit as the ledger remembers it: which tokens came together, and whether it is finished. */
export interface DepositRecord {
  readonly id: number;
  readonly names: readonly string[];
  readonly startedAtMs: number;
  readonly tokens: TokenRecord[];
  /** 0 while there is something left to do. */
  closedAtMs: number;
}

/** All that the wallet knows. Changed by `apply` only, and only with entries that are durable. */
export interface Ledger {
  seed: Uint8Array | null;
  readonly tokens: Map<string, TokenRecord>;
  readonly deposits: Map<number, DepositRecord>;
}

export function newLedger(): Ledger {
  return { seed: null, tokens: new Map(), deposits: new Map() };
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

/** The latest time that is stored: the device's clock may stand before it. */
export function latestTimeMs(ledger: Ledger): number {
  let latest = 0;
  for (const { startedAtMs, closedAtMs } of ledger.deposits.values()) {
    latest = Math.max(latest, startedAtMs, closedAtMs);
  }
  for (const token of ledger.tokens.values()) {
    latest = Math.max(latest, token.lastVerdictAtMs);
    for (const atMs of token.provenAtMs) latest = Math.max(latest, atMs);
  }
  return latest;
}

/**
 * Throws unless the entry can be added. Asked before an entry is stored: one that is stored and
 * then cannot be applied would close the wallet for good.
 */
export function check(ledger: Ledger, entry: Entry): void {
  switch (entry.kind) {
    case 'seed':
      return assert(ledger.seed === null, 'a wallet has one seed');
    case 'import':
      return assert(!ledger.deposits.has(entry.deposit), 'a deposit has a number of its own');
    case 'plan':
      for (const id of unpackIds(entry.ids)) {
        assert(findToken(ledger, id).ownRow === NONE, 'a token is planned once');
      }
      return;
    case 'arm':
      return checkArm(ledger, entry);
    case 'prove':
      for (const group of entry.groups) {
        forEachToken(ledger, group, ({ rows }) => {
          assert(rows[group.row], 'a proven row is one that is stored');
        });
      }
      return;
    case 'verdict':
      for (const group of entry.groups) forEachToken(ledger, group, () => undefined);
      return;
    case 'close':
      findDeposit(ledger, entry.deposit);
      return;
    case 'tokens':
      return;
  }
}

function checkArm(ledger: Ledger, entry: ArmEntry): void {
  for (const group of entry.groups) {
    forEachToken(ledger, group, (token) => {
      assert(token.ownRow !== NONE, 'a mutation leads to a row that is stored');
      forEachRaida(group.raidas, (raida) => {
        const open = token.target[raida]!;
        assert(open === NONE || open === token.ownRow, 'an open mutation keeps its target');
      });
    });
  }
}

/** Adds one durable entry to what is known. Entries are applied in the order they were written. */
export function apply(ledger: Ledger, entry: Entry): void {
  check(ledger, entry);
  switch (entry.kind) {
    case 'seed':
      ledger.seed = entry.seed;
      return;
    case 'import':
      return applyImport(ledger, entry);
    case 'plan':
      return applyPlan(ledger, entry);
    case 'arm':
      return applyArm(ledger, entry);
    case 'prove':
      return applyProve(ledger, entry);
    case 'verdict':
      for (const group of entry.groups) {
        forEachToken(ledger, group, (token) => {
          forEachRaida(group.raidas, (raida) => {
            token.verdicts[raida]!++;
          });
          token.lastVerdictAtMs = entry.atMs;
        });
      }
      return;
    case 'close':
      findDeposit(ledger, entry.deposit).closedAtMs = entry.atMs;
      return;
    case 'tokens':
      for (const stored of entry.tokens) {
        const token = restoreToken(stored);
        ledger.tokens.set(token.key, token);
      }
      for (const stored of entry.deposits) {
        const tokens = unpackIds(stored.ids).map((id) => findToken(ledger, id));
        ledger.deposits.set(stored.id, restoreDeposit(stored, tokens));
      }
      return;
  }
}

function applyImport(ledger: Ledger, entry: ImportEntry): void {
  let offset = 0;
  const tokens = unpackIds(entry.ids).map((id, i) => {
    const token = ledger.tokens.get(tokenKey(id)) ?? newTokenRecord(id);
    for (let row = 0; row < entry.rowCounts[i]!; row++) {
      const secrets = entry.secrets.slice(offset, offset + ROW_BYTES);
      if (!holdsImported(token, secrets)) {
        token.rows.push({ origin: { kind: 'imported' }, secrets });
      }
      offset += ROW_BYTES;
    }
    token.verdicts.fill(0);
    ledger.tokens.set(token.key, token);
    return token;
  });
  leaveOlderDeposits(ledger, new Set(tokens));
  const { deposit: id, names, atMs: startedAtMs } = entry;
  ledger.deposits.set(id, { id, names, startedAtMs, tokens, closedAtMs: 0 });
}

/** A token that comes again, with other secrets, belongs to the newest deposit only (I4). */
function leaveOlderDeposits(ledger: Ledger, tokens: ReadonlySet<TokenRecord>): void {
  for (const deposit of ledger.deposits.values()) {
    let kept = 0;
    for (const token of deposit.tokens) {
      if (!tokens.has(token)) deposit.tokens[kept++] = token;
    }
    deposit.tokens.length = kept;
  }
}

/** Appends the PANs, and what a tampered POWN towards them may leave behind. */
function applyPlan(ledger: Ledger, entry: PlanEntry): void {
  unpackIds(entry.ids).forEach((id, i) => {
    const token = findToken(ledger, id);
    const counter = entry.counters[i]!;
    const secrets = entry.secrets.slice(i * ROW_BYTES, (i + 1) * ROW_BYTES);
    const imported = importedRows(token);
    token.ownRow = token.rows.push({ origin: { kind: 'pan', counter }, secrets }) - 1;
    for (const from of imported) {
      const rows = [from, token.ownRow] as const;
      token.rows.push({ origin: { kind: 'tampered', rows }, secrets: null });
    }
  });
}

/** The rows that files brought, oldest first. */
export function importedRows(token: TokenRecord): number[] {
  return token.rows.flatMap(({ origin }, row) => (origin.kind === 'imported' ? [row] : []));
}

/** Whether a file brought exactly these secrets before. */
export function holdsImported(token: TokenRecord, secrets: Uint8Array): boolean {
  return importedRows(token).some((row) => equalBytes(token.rows[row]!.secrets!, secrets));
}

/**
 * Whether a file with these ANs is worth a new deposit: the coin was never moved, and either they
 * are new, or it was called counterfeit. That may have been a relay's word, so it can be asked again.
 */
export function bringsNews(token: TokenRecord, ans: Uint8Array): boolean {
  if (token.ownRow !== NONE || importedRows(token).length >= MAX_IMPORTED_ROWS) return false;
  return isCounterfeit(token, VERDICTS_NEEDED) || !holdsImported(token, ans);
}

function applyArm(ledger: Ledger, entry: ArmEntry): void {
  for (const group of entry.groups) {
    forEachToken(ledger, group, (token) => {
      forEachRaida(group.raidas, (raida) => {
        token.target[raida] = token.ownRow;
        token.doubt[raida] = 1;
      });
    });
  }
}

function applyProve(ledger: Ledger, entry: ProveEntry): void {
  for (const group of entry.groups) {
    forEachToken(ledger, group, (token) => {
      forEachRaida(group.raidas, (raida) => {
        token.proven[raida] = group.row;
        token.provenAtMs[raida] = entry.atMs;
        token.doubt[raida] = 0;
        if (token.target[raida] === group.row) token.target[raida] = NONE;
      });
      advance(token, entry.atMs);
    });
  }
}

/** Claimed with 13 proofs; settled when 13 of them are younger than the tickets' lifetime (I7). */
function advance(token: TokenRecord, atMs: number): void {
  const own = countRaidas((raida) => isOwn(token, raida));
  if (token.claimedAtMs === 0 && own >= QUORUM) token.claimedAtMs = atMs;
  if (token.claimedAtMs === 0 || token.settledAtMs !== 0) return;
  const settlesAtMs = token.claimedAtMs + SETTLE_AFTER_MS;
  const settled = countRaidas(
    (raida) => isOwn(token, raida) && token.provenAtMs[raida]! >= settlesAtMs,
  );
  if (settled >= QUORUM) token.settledAtMs = atMs;
}

function findToken(ledger: Ledger, id: TokenId): TokenRecord {
  const token = ledger.tokens.get(tokenKey(id));
  assert(token, 'an entry names a token that was imported');
  return token;
}

function findDeposit(ledger: Ledger, id: number): DepositRecord {
  const deposit = ledger.deposits.get(id);
  assert(deposit, 'an entry names a deposit that was imported');
  return deposit;
}

function forEachToken(
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
