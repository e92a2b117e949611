import { readTokenId, writeTokenId } from '@raida-wallet/protocol';

import type { Entry, StoredDeposit, StoredToken } from './journal.ts';
import { type DepositRecord, type Ledger, packIds } from './ledger.ts';
import { TOKENS_PER_PAGE } from './limits.ts';
import { newTokenRecord, type Origin, type TokenRecord } from './token-record.ts';

/** The whole ledger as a few entries, from which `apply` builds the same ledger again. */
export function snapshot(ledger: Ledger): Entry[] {
  const entries: Entry[] = [];
  if (ledger.seed) entries.push({ kind: 'seed', seed: ledger.seed });
  const tokens = [...ledger.tokens.values()];
  for (let start = 0; start < tokens.length; start += TOKENS_PER_PAGE) {
    const page = tokens.slice(start, start + TOKENS_PER_PAGE);
    entries.push({ kind: 'tokens', deposits: [], tokens: page.map(storeToken) });
  }
  const deposits = [...ledger.deposits.values()].map(storeDeposit);
  if (deposits.length > 0) entries.push({ kind: 'tokens', deposits, tokens: [] });
  return entries;
}

function storeDeposit(deposit: DepositRecord): StoredDeposit {
  const { id, names, startedAtMs, closedAtMs } = deposit;
  return { id, names, startedAtMs, closedAtMs, ids: packIds(deposit.tokens) };
}

export function restoreDeposit(stored: StoredDeposit, tokens: TokenRecord[]): DepositRecord {
  const { id, names, startedAtMs, closedAtMs } = stored;
  return { id, names, startedAtMs, closedAtMs, tokens };
}

function storeToken(token: TokenRecord): StoredToken {
  const id = new Uint8Array(5);
  writeTokenId(id, 0, token);
  return {
    id,
    rows: token.rows.map((row) => [storeOrigin(row.origin), row.secrets] as const),
    proven: Uint8Array.from(token.proven, shiftUp),
    provenAtMs: [...token.provenAtMs],
    target: Uint8Array.from(token.target, shiftUp),
    doubt: token.doubt.slice(),
    verdicts: token.verdicts.slice(),
    lastVerdictAtMs: token.lastVerdictAtMs,
    ownRow: token.ownRow,
    claimedAtMs: token.claimedAtMs,
    settledAtMs: token.settledAtMs,
  };
}

export function restoreToken(stored: StoredToken): TokenRecord {
  const token = newTokenRecord(readTokenId(stored.id, 0));
  for (const [origin, secrets] of stored.rows) {
    token.rows.push({ origin: restoreOrigin(origin), secrets });
  }
  token.proven.set(Int8Array.from(stored.proven, shiftDown));
  token.provenAtMs.set(stored.provenAtMs);
  token.target.set(Int8Array.from(stored.target, shiftDown));
  token.doubt.set(stored.doubt);
  token.verdicts.set(stored.verdicts);
  token.lastVerdictAtMs = stored.lastVerdictAtMs;
  token.ownRow = stored.ownRow;
  token.claimedAtMs = stored.claimedAtMs;
  token.settledAtMs = stored.settledAtMs;
  return token;
}

/** Rows are numbered from 0, with -1 for none; bytes are not negative. */
function shiftUp(row: number): number {
  return row + 1;
}

function shiftDown(stored: number): number {
  return stored - 1;
}

function storeOrigin(origin: Origin): string {
  if (origin.kind === 'imported') return 'i';
  return origin.kind === 'pan' ? `p${origin.counter}` : `t${origin.rows.join(',')}`;
}

function restoreOrigin(text: string): Origin {
  if (text === 'i') return { kind: 'imported' };
  if (text.startsWith('p')) return { kind: 'pan', counter: Number(text.slice(1)) };
  const [from = 0, to = 0] = text.slice(1).split(',').map(Number);
  return { kind: 'tampered', rows: [from, to] };
}
