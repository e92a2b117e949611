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

import type {
  ArmEntry,
  CellGroup,
  CloseEntry,
  Entry,
  FixEntry,
  ImportEntry,
  OperationKind,
  PlanEntry,
  ProveEntry,
  RepairEntry,
  SendEntry,
  StoredSend,
  TakeBackEntry,
} from './journal.ts';
import { MAX_ROWS, MAX_TAMPERED_ROWS, SETTLE_AFTER_MS } from './limits.ts';
import { restoreOperation, restoreToken } from './snapshot.ts';
import {
  countRaidas,
  isDisowned,
  isFixRow,
  isOwn,
  isOwnRow,
  isSpendable,
  newTokenRecord,
  NONE,
  sourceRows,
  type TokenRecord,
} from './token-record.ts';
import { ROW_BYTES } from './vault.ts';

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

/** All that the wallet knows. Changed by `apply` only, and only with entries that are durable. */
export interface Ledger {
  seed: Uint8Array | null;
  /** No counter of PGs below this may be used again (I11). */
  fixFloor: number;
  readonly tokens: Map<string, TokenRecord>;
  readonly operations: Map<number, OperationRecord>;
}

export function newLedger(): Ledger {
  return { seed: null, fixFloor: 0, tokens: new Map(), operations: new Map() };
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

/** The first number that no operation has yet. */
export function nextOperation(ledger: Ledger): number {
  let next = 1;
  for (const id of ledger.operations.keys()) next = Math.max(next, id + 1);
  return next;
}

/** The first counter of PGs that no Fix has used yet (I11). */
export function nextFixCounter(ledger: Ledger): number {
  let next = ledger.fixFloor;
  for (const { rows } of ledger.tokens.values()) {
    for (const { origin } of rows) {
      if (origin.kind === 'fix') next = Math.max(next, origin.counter + 1);
    }
  }
  return next;
}

/** The latest time that is stored: the device's clock may stand before it. */
export function latestTimeMs(ledger: Ledger): number {
  let latest = 0;
  for (const { startedAtMs, closedAtMs } of ledger.operations.values()) {
    latest = Math.max(latest, startedAtMs, closedAtMs);
  }
  for (const token of ledger.tokens.values()) {
    latest = Math.max(latest, token.lastVerdictAtMs, token.fixArmedAtMs);
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
      return checkNumber(ledger, entry.deposit);
    case 'plan':
      for (const id of unpackIds(entry.ids)) {
        assert(findToken(ledger, id).ownRow === NONE, 'a token is planned once');
      }
      return;
    case 'arm':
      return checkArm(ledger, entry);
    case 'fix':
      return checkFix(ledger, entry);
    case 'repair':
      checkNumber(ledger, entry.operation);
      for (const id of unpackIds(entry.ids)) {
        const { claimedAtMs, sent } = findToken(ledger, id);
        assert(claimedAtMs !== 0 && sent === 0, 'what is repaired is ours');
      }
      return;
    case 'send':
      checkNumber(ledger, entry.operation);
      for (const id of unpackIds(entry.ids)) {
        assert(
          isSpendable(findToken(ledger, id)),
          'what is sent is ours, and nothing is open (I10)',
        );
      }
      return;
    case 'hand over':
      findSend(ledger, entry.operation);
      return;
    case 'take back': {
      checkNumber(ledger, entry.operation);
      const { takenBackBy } = findSend(ledger, entry.send);
      return assert(takenBackBy === 0, 'a send is taken back once');
    }
    case 'prove':
      for (const group of entry.groups) {
        forEachToken(ledger, group, ({ rows }) => {
          assert(rows[group.row], 'a proven row is one that is stored');
        });
      }
      return;
    case 'lapse':
    case 'verdict':
      for (const group of entry.groups) forEachToken(ledger, group, () => undefined);
      return;
    case 'close':
      findOperation(ledger, entry.deposit);
      return;
    case 'tokens':
      return;
  }
}

function checkNumber(ledger: Ledger, id: number): void {
  assert(id > 0 && !ledger.operations.has(id), 'an operation has a number of its own');
}

/** A Fix leads to a row of its own, and may take the place of a POWN that came to nothing. */
function checkFix(ledger: Ledger, { groups }: FixEntry): void {
  for (const group of groups) {
    forEachToken(ledger, group, (token) => {
      assert(token.ownRow !== NONE && token.sent === 0, 'what is fixed is ours');
      const row = findFixRow(token, group.counter);
      forEachRaida(group.raidas, (raida) => {
        const open = token.target[raida]!;
        const free = open === NONE || open === token.ownRow || open === row;
        assert(free, 'an open Fix keeps its PG');
      });
    });
  }
}

function findFixRow(token: TokenRecord, counter: number): number {
  return token.rows.findIndex(
    ({ origin }, row) =>
      origin.kind === 'fix' && origin.counter === counter && isOwnRow(token, row),
  );
}

function findSend(ledger: Ledger, id: number): StoredSend {
  const { send } = findOperation(ledger, id);
  assert(send, 'a send was stored as one');
  return send;
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
      ledger.fixFloor = entry.fixFloor ?? 0;
      return;
    case 'import':
      return applyImport(ledger, entry);
    case 'plan':
      return applyPlan(ledger, entry);
    case 'arm':
      return applyArm(ledger, entry);
    case 'fix':
      return applyFix(ledger, entry);
    case 'prove':
      return applyProve(ledger, entry);
    case 'repair':
      return applyRepair(ledger, entry);
    case 'send':
      return applySend(ledger, entry);
    case 'hand over': {
      const operation = findOperation(ledger, entry.operation);
      const send = findSend(ledger, entry.operation);
      operation.send = { ...send, handedOverAtMs: send.handedOverAtMs || entry.atMs };
      return;
    }
    case 'take back':
      return applyTakeBack(ledger, entry);
    case 'lapse':
      for (const group of entry.groups) {
        forEachToken(ledger, group, (token) => {
          forEachRaida(group.raidas, (raida) => {
            token.proven[raida] = NONE;
          });
        });
      }
      return;
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
      return applyClose(ledger, entry);
    case 'tokens':
      for (const stored of entry.tokens) {
        const token = restoreToken(stored);
        ledger.tokens.set(token.key, token);
      }
      for (const stored of entry.deposits) {
        const tokens = unpackIds(stored.ids).map((id) => findToken(ledger, id));
        ledger.operations.set(stored.id, restoreOperation(stored, tokens));
      }
      return;
  }
}

function applyImport(ledger: Ledger, entry: ImportEntry): void {
  let offset = 0;
  const tokens = unpackIds(entry.ids).map((id, i) => {
    const token = ledger.tokens.get(tokenKey(id)) ?? newTokenRecord(id);
    beginAnew(token);
    for (let row = 0; row < entry.rowCounts[i]!; row++) {
      const secrets = entry.secrets.slice(offset, offset + ROW_BYTES);
      if (!holdsRow(token, secrets)) {
        token.rows.push({ origin: { kind: 'imported' }, secrets });
      }
      offset += ROW_BYTES;
    }
    token.counterFloor = Math.max(token.counterFloor, entry.counterFloors?.[i] ?? 0);
    ledger.tokens.set(token.key, token);
    return token;
  });
  ledger.fixFloor = Math.max(ledger.fixFloor, entry.fixFloor ?? 0);
  leaveOlderOperations(ledger, new Set(tokens));
  addOperation(ledger, {
    id: entry.deposit,
    kind: entry.counterFloors ? 'restore' : 'deposit',
    names: entry.names,
    startedAtMs: entry.atMs,
    tokens,
  });
}

function addOperation(
  ledger: Ledger,
  operation: Omit<OperationRecord, 'closedAtMs' | 'repairs' | 'send'>,
): OperationRecord {
  const repairs = operation.kind === 'repair' ? 1 : 0;
  const record = { ...operation, closedAtMs: 0, repairs, send: null };
  ledger.operations.set(record.id, record);
  return record;
}

/**
 * What was ours is a source like any other: it will be moved to a new row. Only a token at which
 * nothing is open comes here, or one that 13 RAIDA disown: an old POWN cannot change it any more.
 */
function beginAnew(token: TokenRecord): void {
  token.ownRow = NONE;
  token.claimedAtMs = 0;
  token.settledAtMs = 0;
  token.sent = 0;
  token.target.fill(NONE);
  token.doubt.fill(0);
  token.verdicts.fill(0);
}

/** A token that comes again, or goes, belongs to its newest operation only (I4). */
function leaveOlderOperations(ledger: Ledger, tokens: ReadonlySet<TokenRecord>): void {
  for (const operation of ledger.operations.values()) {
    // A send stays the record of what was sent, whatever became of it.
    if (operation.kind === 'send') continue;
    let kept = 0;
    for (const token of operation.tokens) {
      if (!tokens.has(token)) operation.tokens[kept++] = token;
    }
    operation.tokens.length = kept;
  }
}

/** Those that an open operation has in hand already are repaired by that one. */
function applyRepair(ledger: Ledger, { operation: id, atMs, ids }: RepairEntry): void {
  const left = new Set(unpackIds(ids).map((token) => findToken(ledger, token)));
  for (const operation of ledger.operations.values()) {
    if (operation.closedAtMs !== 0 || operation.kind === 'send') continue;
    const held = operation.tokens.filter((token) => left.delete(token));
    if (held.length > 0) operation.repairs++;
  }
  if (left.size === 0) return;
  addOperation(ledger, { id, kind: 'repair', names: [], startedAtMs: atMs, tokens: [...left] });
}

function applySend(ledger: Ledger, entry: SendEntry): void {
  const tokens = unpackIds(entry.ids).map((id) => findToken(ledger, id));
  for (const token of tokens) {
    token.sent = entry.operation;
    token.verdicts.fill(0);
  }
  const { operation: id, name, memo, bytes, atMs: startedAtMs } = entry;
  const record = addOperation(ledger, { id, kind: 'send', names: [name], startedAtMs, tokens });
  record.send = { memo, bytes, handedOverAtMs: 0, takenBackBy: 0 };
}

function applyClose(ledger: Ledger, { deposit, atMs, repairs = 0 }: CloseEntry): void {
  const operation = findOperation(ledger, deposit);
  if (operation.repairs === repairs) operation.closedAtMs = atMs;
}

/** `sent` stays until 13 RAIDA hold a new secret: until then it may be the other side's. */
function applyTakeBack(ledger: Ledger, entry: TakeBackEntry): void {
  const operation = findOperation(ledger, entry.send);
  const tokens = operation.tokens.filter(
    (token) => token.sent === entry.send && !isDisowned(token),
  );
  for (const token of tokens) {
    beginAnew(token);
    token.sent = entry.send;
  }
  leaveOlderOperations(ledger, new Set(tokens));
  operation.send = { ...findSend(ledger, entry.send), takenBackBy: entry.operation };
  operation.closedAtMs = entry.atMs;
  const { operation: id, atMs: startedAtMs } = entry;
  addOperation(ledger, { id, kind: 'take back', names: operation.names, startedAtMs, tokens });
}

/** Appends the PANs, and what a tampered POWN towards them may leave behind. */
function applyPlan(ledger: Ledger, entry: PlanEntry): void {
  unpackIds(entry.ids).forEach((id, i) => {
    const token = findToken(ledger, id);
    const counter = entry.counters[i]!;
    const secrets = entry.secrets.slice(i * ROW_BYTES, (i + 1) * ROW_BYTES);
    const sources = sourceRows(token);
    token.ownRow = token.rows.push({ origin: { kind: 'pan', counter }, secrets }) - 1;
    for (const from of sources.slice(-MAX_TAMPERED_ROWS)) {
      const rows = [from, token.ownRow] as const;
      token.rows.push({ origin: { kind: 'tampered', rows }, secrets: null });
    }
  });
}

/** The rows that files brought, oldest first. */
export function importedRows(token: TokenRecord): number[] {
  return token.rows.flatMap(({ origin }, row) => (origin.kind === 'imported' ? [row] : []));
}

/** Whether exactly these secrets are known already. */
export function holdsRow(token: TokenRecord, secrets: Uint8Array): boolean {
  return token.rows.some((row) => row.secrets !== null && equalBytes(row.secrets, secrets));
}

/**
 * Whether a file with these ANs is worth a new deposit: either the coin was never moved and they are
 * new, or 13 RAIDA said that it is not ours. That may have been a relay's word, so it can be asked
 * again; or we gave the coin away, and it comes back.
 */
export function bringsNews(token: TokenRecord, ans: Uint8Array): boolean {
  if (token.rows.length >= MAX_ROWS) return false;
  if (isDisowned(token)) return token.ownRow === NONE || !holdsRow(token, ans);
  return token.ownRow === NONE && token.sent === 0 && !holdsRow(token, ans);
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

function applyFix(ledger: Ledger, { atMs, groups }: FixEntry): void {
  for (const { counter, pgs, ...group } of groups) {
    forEachToken(ledger, group, (token) => {
      let row = findFixRow(token, counter);
      if (row < 0) {
        row = token.rows.push({ origin: { kind: 'fix', counter, pgs }, secrets: null }) - 1;
      }
      token.fixArmedAtMs = atMs;
      forEachRaida(group.raidas, (raida) => {
        token.target[raida] = row;
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
        token.verdicts[raida] = 0;
        if (closes(token, raida, group.row, entry.atMs)) token.target[raida] = NONE;
      });
      advance(token, entry.atMs);
    });
  }
}

/**
 * Whether this proof ends an open mutation: the proof of where it leads does. A Fix also ends when
 * its tickets have run out and another candidate is proven: it cannot be carried out any more.
 */
function closes(token: TokenRecord, raida: number, row: number, atMs: number): boolean {
  const target = token.target[raida]!;
  if (target === row) return true;
  return isFixRow(token, target) && atMs >= token.fixArmedAtMs + SETTLE_AFTER_MS;
}

/** Claimed with 13 proofs; settled when 13 of them are younger than the tickets' lifetime (I7). */
function advance(token: TokenRecord, atMs: number): void {
  const own = countRaidas((raida) => isOwn(token, raida));
  if (token.claimedAtMs === 0 && own >= QUORUM) {
    token.claimedAtMs = atMs;
    token.sent = 0;
  }
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

function findOperation(ledger: Ledger, id: number): OperationRecord {
  const operation = ledger.operations.get(id);
  assert(operation, 'an entry names an operation that was stored');
  return operation;
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
