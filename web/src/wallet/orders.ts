import { QUORUM, tokenKey } from '@raida-wallet/protocol';

import type {
  HandOverEntry,
  ImportEntry,
  RepairEntry,
  StoredSend,
  TakeBackEntry,
} from './journal.ts';
import { bringsNews, type Ledger, nextOperation, type OperationRecord, packIds } from './ledger.ts';
import { ROW_BYTES } from './limits.ts';
import type { Offer } from './offer.ts';
import { deniedCount, type Operation } from './operation-state.ts';
import { RequestRefused } from './refusal.ts';
import { isDisowned, packRow, type TokenRecord } from './token-record.ts';

/** What a person asks for, as an entry of the journal; or RequestRefused, in words. */

/** Tokens that an operation has in hand right now. */
export function busyTokens(running: Iterable<Operation>): ReadonlySet<TokenRecord> {
  const busy = new Set<TokenRecord>();
  for (const { stage, record } of running) {
    // A send that is watched changes nothing, nor does a check.
    if (stage.name === 'waiting' || record.kind === 'send' || record.kind === 'check') continue;
    for (const token of record.tokens) busy.add(token);
  }
  return busy;
}

/**
 * Whether a token is in a file for somebody, and not known to be gone. A file that only names it must
 * begin nothing with it: what the servers still hold is what was given away.
 */
export function isOut(token: TokenRecord, running: Iterable<Operation>): boolean {
  if (token.sent === 0 || isDisowned(token)) return false;
  for (const op of running) {
    if (op.hints.has(token) && deniedCount(op, token) >= QUORUM) return false;
  }
  return true;
}

/** Another offer may have brought some of these coins, or an operation may have them in hand. */
export function importEntry(
  ledger: Ledger,
  offer: Offer,
  isClosed: (token: TokenRecord) => boolean,
  atMs: number,
): ImportEntry {
  for (const token of offer.tokens) {
    const record = ledger.tokens.get(tokenKey(token));
    if (record && (isClosed(record) || !bringsNews(record, packRow(token.ans)))) {
      throw new RequestRefused('Some of these coins came in meanwhile. Choose the file again.');
    }
  }
  const rows = offer.tokens.flatMap((token) =>
    token.pans ? [packRow(token.ans), packRow(token.pans)] : [packRow(token.ans)],
  );
  const secrets = new Uint8Array(rows.length * ROW_BYTES);
  rows.forEach((row, i) => {
    secrets.set(row, i * ROW_BYTES);
  });
  return {
    kind: 'import',
    deposit: nextOperation(ledger),
    atMs,
    names: offer.names,
    ids: packIds(offer.tokens),
    rowCounts: Uint8Array.from(offer.tokens, (token) => (token.pans ? 2 : 1)),
    secrets,
  };
}

/** Every coin that stays here, also those that were set aside: they are asked for again. */
export function repairEntry(
  ledger: Ledger,
  leaving: ReadonlySet<TokenRecord>,
  atMs: number,
): RepairEntry {
  const tokens = [...ledger.tokens.values()].filter(
    (token) => token.sent === 0 && !leaving.has(token),
  );
  if (tokens.length === 0) throw new RequestRefused('There are no coins to check yet.');
  return { kind: 'repair', operation: nextOperation(ledger), atMs, ids: packIds(tokens) };
}

type SendRecord = OperationRecord & { readonly send: StoredSend };

function findSend(ledger: Ledger, id: number): SendRecord {
  const record = ledger.operations.get(id);
  if (!record?.send) throw new RequestRefused('There is no such send.');
  return record as SendRecord;
}

/** A send that may be handed over. */
export function findHandedOut(ledger: Ledger, id: number): SendRecord {
  const record = findSend(ledger, id);
  if (record.send.takenBackBy === 0) return record;
  throw new RequestRefused('These coins were taken back. Send them again.');
}

function isUnderWay(ledger: Ledger, { takenBackBy }: StoredSend): boolean {
  return ledger.operations.get(takenBackBy)?.closedAtMs === 0;
}

export function handOverEntry(ledger: Ledger, operation: number, atMs: number): HandOverEntry {
  findHandedOut(ledger, operation);
  return { kind: 'hand over', operation, atMs };
}

export function takeBackEntry(ledger: Ledger, id: number, atMs: number): TakeBackEntry {
  const { send, tokens } = findSend(ledger, id);
  if (isUnderWay(ledger, send)) throw new RequestRefused('This is being taken back already.');
  // What 13 servers said may have been a relay's word: it is always worth another try.
  if (tokens.every((token) => token.sent !== id)) {
    throw new RequestRefused('All of these coins are here again already.');
  }
  return { kind: 'take back', operation: nextOperation(ledger), send: id, atMs };
}
