import { RAIDA_COUNT, readTokenId, writeTokenId } from '@raida-wallet/protocol';

import { encodeEntry, type Entry, type StoredOperation, type StoredToken } from './journal.ts';
import { type Kept, type Ledger, type OperationRecord, packIds } from './ledger.ts';
import { TOKENS_PER_PAGE } from './limits.ts';
import { StoreError, type StorePort } from './ports.ts';
import { newTokenRecord, type Row, type TokenRecord } from './token-record.ts';

/** Saves time at the next start, and nothing else: where there is no room for it, it is left out. */
export async function compact(store: StorePort, ledger: Ledger): Promise<void> {
  try {
    await store.compact(snapshot(ledger).map(encodeEntry));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

/** The whole ledger as a few entries, from which `apply` builds the same ledger again. */
export function snapshot(ledger: Ledger): Entry[] {
  const entries: Entry[] = [];
  if (ledger.seed) {
    entries.push({ kind: 'seed', seed: ledger.seed, floors: ledger.floors });
  }
  entries.push(...keptEntries(ledger.kept));
  if (ledger.waitedUntilMs > 0) entries.push({ kind: 'wait', atMs: ledger.waitedUntilMs });
  const tokens = [...ledger.tokens.values()];
  for (let start = 0; start < tokens.length; start += TOKENS_PER_PAGE) {
    const page = tokens.slice(start, start + TOKENS_PER_PAGE);
    entries.push({ kind: 'tokens', deposits: [], tokens: page.map(storeToken) });
  }
  const deposits = [...ledger.operations.values()].map(storeOperation);
  if (deposits.length > 0) entries.push({ kind: 'tokens', deposits, tokens: [] });
  return entries;
}

function keptEntries({ wordsAtMs, backup }: Kept): Entry[] {
  const entries: Entry[] = [];
  if (wordsAtMs > 0) entries.push({ kind: 'words', atMs: wordsAtMs });
  if (!backup) return entries;
  const { digest, madeAtMs: atMs, verifiedAtMs } = backup;
  // Which rows it holds is said with each token.
  const nothing = { ids: new Uint8Array(), rows: [] };
  entries.push({ kind: 'saved', atMs, what: 'backup', digest, ...nothing });
  if (verifiedAtMs > 0) entries.push({ kind: 'verified', digest, atMs: verifiedAtMs });
  return entries;
}

function storeOperation(operation: OperationRecord): StoredOperation {
  const { tokens, ...stored } = operation;
  return { ...stored, ids: packIds(tokens) };
}

export function restoreOperation(stored: StoredOperation, tokens: TokenRecord[]): OperationRecord {
  const { id, names, startedAtMs, closedAtMs } = stored;
  const { kind = 'deposit', repairs = 0, send = null } = stored;
  return { id, kind, names, startedAtMs, closedAtMs, repairs, send, tokens };
}

function storeToken(token: TokenRecord): StoredToken {
  const id = new Uint8Array(5);
  writeTokenId(id, 0, token);
  return {
    id,
    rows: token.rows.map(storeRow),
    proven: Array.from(token.proven, shiftUp),
    provenAtMs: [...token.provenAtMs],
    ownSinceMs: [...token.ownSinceMs],
    target: Array.from(token.target, shiftUp),
    doubt: token.doubt.slice(),
    verdicts: token.verdicts.slice(),
    lastVerdictAtMs: token.lastVerdictAtMs,
    ownRow: token.ownRow,
    fixArmedAtMs: token.fixArmedAtMs,
    keyed: token.keyed,
    sent: token.sent,
    savedRows: token.savedRows,
    listedRows: token.listedRows,
    claimedAtMs: token.claimedAtMs,
    settledAtMs: token.settledAtMs,
  };
}

export function restoreToken(stored: StoredToken): TokenRecord {
  const token = newTokenRecord(readTokenId(stored.id, 0));
  for (const [origin, secrets] of stored.rows) token.rows.push(restoreRow(origin, secrets));
  token.provenAtMs.set(stored.provenAtMs);
  token.ownSinceMs.set(stored.ownSinceMs ?? stored.provenAtMs);
  for (let raida = 0; raida < RAIDA_COUNT; raida++) {
    token.proven[raida] = (stored.proven[raida] ?? 0) - 1;
    token.target[raida] = (stored.target[raida] ?? 0) - 1;
  }
  token.doubt.set(stored.doubt);
  token.verdicts.set(stored.verdicts);
  token.lastVerdictAtMs = stored.lastVerdictAtMs;
  token.ownRow = stored.ownRow;
  token.fixArmedAtMs = stored.fixArmedAtMs ?? 0;
  token.keyed = stored.keyed ?? false;
  token.sent = stored.sent ?? 0;
  token.savedRows = stored.savedRows ?? 0;
  token.listedRows = stored.listedRows ?? 0;
  token.claimedAtMs = stored.claimedAtMs;
  token.settledAtMs = stored.settledAtMs;
  return token;
}

/** Rows are numbered from 0, with -1 for none; what is stored is not negative. */
function shiftUp(row: number): number {
  return row + 1;
}

function storeRow({ origin, secrets }: Row): readonly [string, Uint8Array | null] {
  switch (origin.kind) {
    case 'imported':
      return ['i', secrets];
    case 'pan':
      return [`p${origin.counter}`, secrets];
    case 'fix':
      return [`f${origin.counter}`, origin.pgs];
    case 'tampered':
      return [`t${origin.rows.join(',')}`, null];
  }
}

function restoreRow(text: string, secrets: Uint8Array | null): Row {
  if (text === 'i') return { origin: { kind: 'imported' }, secrets };
  const counter = Number(text.slice(1));
  if (text.startsWith('p')) return { origin: { kind: 'pan', counter }, secrets };
  if (text.startsWith('f') && secrets) {
    return { origin: { kind: 'fix', counter, pgs: secrets }, secrets: null };
  }
  const [from = 0, to = 0] = text.slice(1).split(',').map(Number);
  return { origin: { kind: 'tampered', rows: [from, to] }, secrets: null };
}
