import { equalBytes, QUORUM, RAIDA_COUNT, tokenKey } from '@raida-wallet/protocol';

import type {
  ArmEntry,
  CloseEntry,
  CounterFloors,
  Entry,
  FixEntry,
  ImportEntry,
  LapseEntry,
  LearnEntry,
  PlanEntry,
  ProveEntry,
  RepairEntry,
  SavedEntry,
  SendEntry,
  TakeBackEntry,
  TokensEntry,
  VerdictEntry,
} from './journal.ts';
import { check } from './ledger-check.ts';
import {
  findFixRow,
  findOperation,
  findSend,
  findToken,
  forEachRaida,
  forEachToken,
  holdsRow,
  type Ledger,
  type OperationRecord,
  unpackIds,
} from './ledger.ts';
import { MAX_TAMPERED_ROWS, ROW_BYTES, SETTLE_AFTER_MS } from './limits.ts';
import { restoreOperation, restoreToken } from './snapshot.ts';
import {
  countRaidas,
  isFixRow,
  isOwn,
  isOwnRow,
  newTokenRecord,
  NONE,
  sourceRows,
  type TokenRecord,
} from './token-record.ts';

/** Adds one durable entry to what is known. Entries are applied in the order they were written. */
export function apply(ledger: Ledger, entry: Entry): void {
  check(ledger, entry);
  switch (entry.kind) {
    case 'seed':
      ledger.seed = entry.seed;
      if (entry.floors) ledger.floors = entry.floors;
      return;
    case 'import':
      return applyImport(ledger, entry);
    case 'learn':
      return applyLearn(ledger, entry);
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
      return applyLapse(ledger, entry);
    case 'verdict':
      return applyVerdict(ledger, entry);
    case 'close':
      return applyClose(ledger, entry);
    case 'key':
      for (const id of unpackIds(entry.ids)) findToken(ledger, id).keyed = true;
      return;
    case 'words':
      ledger.kept = { ...ledger.kept, wordsAtMs: entry.atMs };
      return;
    case 'saved':
      return applySaved(ledger, entry);
    case 'verified': {
      const { backup } = ledger.kept;
      if (!backup || !equalBytes(backup.digest, entry.digest)) return;
      ledger.kept = { ...ledger.kept, backup: { ...backup, verifiedAtMs: entry.atMs } };
      return;
    }
    case 'wait':
      ledger.waitedUntilMs = Math.max(ledger.waitedUntilMs, entry.atMs);
      return;
    case 'tokens':
      return applyTokens(ledger, entry);
  }
}

function applyTokens(ledger: Ledger, { tokens, deposits }: TokensEntry): void {
  for (const stored of tokens) {
    const token = restoreToken(stored);
    ledger.tokens.set(token.key, token);
  }
  for (const stored of deposits) {
    const own = unpackIds(stored.ids).map((id) => findToken(ledger, id));
    ledger.operations.set(stored.id, restoreOperation(stored, own));
  }
}

const NO_IDS = new Uint8Array();

function applyLapse(ledger: Ledger, { groups }: LapseEntry): void {
  for (const group of groups) {
    forEachToken(ledger, group, (token) => {
      forEachRaida(group.raidas, (raida) => {
        token.proven[raida] = NONE;
        token.ownSinceMs[raida] = 0;
      });
    });
  }
}

function applyVerdict(ledger: Ledger, { groups, atMs, acquitted }: VerdictEntry): void {
  for (const id of unpackIds(acquitted ?? NO_IDS)) findToken(ledger, id).verdicts.fill(0);
  for (const group of groups) {
    forEachToken(ledger, group, (token) => {
      forEachRaida(group.raidas, (raida) => {
        token.verdicts[raida]!++;
      });
      token.lastVerdictAtMs = atMs;
    });
  }
}

function applySaved(ledger: Ledger, { what, digest, atMs, ids, rows }: SavedEntry): void {
  if (what === 'backup' && digest) {
    ledger.kept = { ...ledger.kept, backup: { digest, madeAtMs: atMs, verifiedAtMs: 0 } };
  }
  unpackIds(ids).forEach((id, i) => {
    const token = findToken(ledger, id);
    if (what === 'backup') token.savedRows = Math.max(token.savedRows, rows[i]!);
    else token.listedRows = Math.max(token.listedRows, rows[i]!);
  });
}

function applyImport(ledger: Ledger, entry: ImportEntry): void {
  let offset = 0;
  const tokens = unpackIds(entry.ids).map((id, i) => {
    const token = ledger.tokens.get(tokenKey(id)) ?? newTokenRecord(id);
    beginAnew(token);
    offset = addRows(token, entry.rowCounts[i]!, entry.secrets, offset);
    ledger.tokens.set(token.key, token);
    return token;
  });
  if (entry.restored) raiseFloors(ledger, entry.restored);
  leaveOlderOperations(ledger, new Set(tokens));
  addOperation(ledger, {
    id: entry.deposit,
    kind: entry.restored ? 'restore' : 'deposit',
    names: entry.names,
    startedAtMs: entry.atMs,
    tokens,
  });
}

/** What 13 RAIDA said was said of fewer candidates than there are now. */
function applyLearn(ledger: Ledger, { ids, rowCounts, secrets, floors }: LearnEntry): void {
  let offset = 0;
  unpackIds(ids).forEach((id, i) => {
    const token = findToken(ledger, id);
    offset = addRows(token, rowCounts[i]!, secrets, offset);
    token.changes++;
    token.verdicts.fill(0);
  });
  raiseFloors(ledger, floors);
}

/** Appends so many rows, but none that is there already. Returns where the next ones begin. */
function addRows(token: TokenRecord, count: number, secrets: Uint8Array, start: number): number {
  let offset = start;
  for (let row = 0; row < count; row++) {
    const one = secrets.slice(offset, offset + ROW_BYTES);
    if (!holdsRow(token, one)) token.rows.push({ origin: { kind: 'imported' }, secrets: one });
    offset += ROW_BYTES;
  }
  return offset;
}

function raiseFloors(ledger: Ledger, { pan, fix }: CounterFloors): void {
  const { floors } = ledger;
  ledger.floors = { pan: Math.max(floors.pan, pan), fix: Math.max(floors.fix, fix) };
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
  token.changes++;
  token.ownRow = NONE;
  token.claimedAtMs = 0;
  token.settledAtMs = 0;
  token.sent = 0;
  token.target.fill(NONE);
  token.doubt.fill(0);
  token.verdicts.fill(0);
  // What was proven before it was given away says nothing now.
  token.proven.fill(NONE);
  token.ownSinceMs.fill(0);
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
  const tokens = operation.tokens.filter((token) => token.sent === entry.send);
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
    token.keyed = false;
    token.ownRow = token.rows.push({ origin: { kind: 'pan', counter }, secrets }) - 1;
    for (const from of sources.slice(-MAX_TAMPERED_ROWS)) {
      const rows = [from, token.ownRow] as const;
      token.rows.push({ origin: { kind: 'tampered', rows }, secrets: null });
    }
  });
}

function applyArm(ledger: Ledger, entry: ArmEntry): void {
  for (const group of entry.groups) {
    forEachToken(ledger, group, (token) => {
      token.changes++;
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
      token.changes++;
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
        if (!isOwnRow(token, group.row)) token.ownSinceMs[raida] = 0;
        else token.ownSinceMs[raida] ||= entry.atMs;
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

/**
 * Claimed with 13 proofs; settled when 13 of them are younger than the tickets' lifetime (I7), and all of
 * these were ours when the wait began: 13 proofs that were never true at once leave a previous owner
 * with 13 RAIDA that give him new tickets. Then it begins again.
 */
function advance(token: TokenRecord, atMs: number): void {
  const own = countRaidas((raida) => isOwn(token, raida));
  if (token.claimedAtMs === 0 && own >= QUORUM) {
    token.claimedAtMs = atMs;
    token.sent = 0;
  }
  if (token.claimedAtMs === 0 || token.settledAtMs !== 0) return;
  const settlesAtMs = token.claimedAtMs + SETTLE_AFTER_MS;
  const since: number[] = [];
  for (let raida = 0; raida < RAIDA_COUNT; raida++) {
    if (!isOwn(token, raida) || token.provenAtMs[raida]! < settlesAtMs) continue;
    since.push(token.ownSinceMs[raida]!);
  }
  if (since.length < QUORUM) return;
  const togetherSinceMs = since.sort((a, b) => a - b)[QUORUM - 1]!;
  if (togetherSinceMs <= token.claimedAtMs) {
    token.settledAtMs = atMs;
    return;
  }
  token.claimedAtMs = togetherSinceMs;
  // These proofs may be young enough for the later end of the wait, too.
  advance(token, atMs);
}
