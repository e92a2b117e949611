import { QUORUM, RAIDA_COUNT, requestBytes, TOKEN_AN_PAN_BYTES } from '@raida-wallet/protocol';

import type { Ask, CandidateSecret, RequestKey } from './ask.ts';
import type { Cell, OperationRecord } from './ledger.ts';
import { HINT, type Hints, knownCount } from './operation-state.ts';
import {
  FIRST_BATCH,
  LATER_BATCH,
  MAX_IN_DOUBT,
  MAX_PAN_SOURCES,
  MAX_SOURCES,
  MAX_TOKENS_PER_POWN,
  PROOF_FRESH_MS,
  SETTLE_AFTER_MS,
} from './limits.ts';
import { secretAt } from './secrets.ts';
import {
  agrees,
  countRaidas,
  isFixRow,
  isOwn,
  isOwnRow,
  isSourceRow,
  NONE,
  ownCount,
  type TokenRecord,
} from './token-record.ts';

/** Which cells a deposit probes and moves next. Pure functions of records, hints and the time. */

/**
 * Candidates of a cell: where an open mutation leads, what was proven last, and then from the newest
 * to the oldest: what we proposed, and what it was before; last of all AN xor PAN (WALLET.md section 5). Also of a
 * cell that was ours: a RAIDA that was rolled back holds an old AN again, and is moved again.
 */
export function candidatesOf(token: TokenRecord, raida: number): Iterable<CandidateSecret> {
  return secretsOf(token, candidateRows(token, raida), raida);
}

/** One secret after the other, as they are asked for: mostly the first is the one. */
function* secretsOf(
  token: TokenRecord,
  rows: readonly number[],
  raida: number,
): Generator<CandidateSecret> {
  for (const row of rows) yield { row, secret: secretAt(token, row, raida) };
}

function candidateRows(token: TokenRecord, raida: number): number[] {
  const target = token.target[raida]!;
  const proven = token.proven[raida]!;
  const moved = target !== NONE || isOwn(token, raida) || token.claimedAtMs !== 0;
  const rows: number[] = [];
  if (target !== NONE) rows.push(target);
  if (proven !== NONE && proven !== target) rows.push(proven);
  const add = (row: number) => {
    if (!rows.includes(row)) rows.push(row);
  };
  const newest = token.rows.length - 1;
  for (let row = newest; moved && row >= 0; row--) if (isOwnRow(token, row)) add(row);
  for (let row = newest, left = MAX_SOURCES; left > 0 && row >= 0; row--) {
    if (!isSourceRow(token, row)) continue;
    add(row);
    left--;
  }
  // What we proposed is likelier than what files brought since.
  for (let row = newest, left = MAX_PAN_SOURCES; left > 0 && row >= 0; row--) {
    if (token.rows[row]!.origin.kind !== 'pan') continue;
    add(row);
    left--;
  }
  for (let row = 0; moved && row <= newest; row++) {
    if (token.rows[row]!.origin.kind === 'tampered') add(row);
  }
  return rows;
}

/** Ours, but proven too long ago to count now that the tickets have run out (I7). */
function awaitsSettling(token: TokenRecord, raida: number, nowMs: number): boolean {
  if (token.claimedAtMs === 0) return false;
  const settlesAtMs = token.claimedAtMs + SETTLE_AFTER_MS;
  return nowMs >= settlesAtMs && token.provenAtMs[raida]! < settlesAtMs;
}

function isFresh(token: TokenRecord, raida: number, nowMs: number): boolean {
  const ageMs = nowMs - token.provenAtMs[raida]!;
  return token.doubt[raida] === 0 && ageMs >= 0 && ageMs <= PROOF_FRESH_MS;
}

/** Whether this cell holds an AN that was proven just now, and is to be moved. */
function isMovable(token: TokenRecord, raida: number, hints: Hints, nowMs: number): boolean {
  return (
    token.ownRow !== NONE &&
    !isFixRow(token, token.target[raida]!) &&
    token.proven[raida] !== NONE &&
    !isOwn(token, raida) &&
    hints[raida] === HINT.answered &&
    isFresh(token, raida, nowMs)
  );
}

/** Whether an operation has to ask this RAIDA about this token now. */
export function needsProbe(
  { kind, repairs }: OperationRecord,
  token: TokenRecord,
  raida: number,
  hints: Hints,
  nowMs: number,
): boolean {
  const hint = hints[raida]!;
  if (kind === 'send') return hint !== HINT.denied;
  if (kind === 'check') return hint !== HINT.answered;
  const open = token.target[raida] !== NONE || token.doubt[raida] !== 0;
  if (kind === 'find' && token.settledAtMs !== 0 && !open) return false;
  if (repairs > 0 && hint === HINT.notAsked) return true;
  if (isOwn(token, raida)) {
    // Only who agreed just now can vouch for the others.
    const vouches = (repairs > 0 || token.settledAtMs === 0) && hints.includes(HINT.denied);
    const stale = vouches && !isFresh(token, raida, nowMs);
    return stale || open || awaitsSettling(token, raida, nowMs);
  }
  const known = token.proven[raida] !== NONE && isFresh(token, raida, nowMs);
  return !(known && hint === HINT.answered);
}

/**
 * A RAIDA that can vouch for a token: it agreed just now, and nothing is open there. For one that is
 * not ours yet, whatever it was proven to hold will do.
 */
export function canVouch(token: TokenRecord, raida: number, hints: Hints, nowMs: number): boolean {
  return (
    (token.settledAtMs === 0 ? token.proven[raida] !== NONE : agrees(token, raida)) &&
    token.target[raida] === NONE &&
    hints[raida] === HINT.answered &&
    isFresh(token, raida, nowMs)
  );
}

/**
 * The RAIDA at which a token is moved next. At most 12 may have an open mutation (I6), and besides
 * them 13 must have proven a candidate; a token that only just has them moves one RAIDA at a time.
 * A mutation that is open already may be sent again without asking for more room.
 */
export function chooseBatch(
  token: TokenRecord,
  hints: Hints,
  hasRoute: (raida: number) => boolean,
  nowMs: number,
): number[] {
  if (token.ownRow === NONE) return [];
  // A Fix that came to nothing cannot spoil what the others hold: only POWNs count (I6).
  const open = countRaidas((r) => token.target[r] !== NONE && !isFixRow(token, token.target[r]!));
  const spare = Math.max(knownCount(token, hints) - QUORUM, open === 0 ? 1 : 0);
  const batch = ownCount(token) === 0 ? FIRST_BATCH : LATER_BATCH;
  let room = Math.min(MAX_IN_DOUBT - open, spare);
  const movable: number[] = [];
  for (let raida = 0; raida < RAIDA_COUNT && movable.length < batch; raida++) {
    if (!isMovable(token, raida, hints, nowMs) || !hasRoute(raida)) continue;
    if (token.target[raida] === NONE && room-- <= 0) continue;
    movable.push(raida);
  }
  return movable;
}

/** Tokens that one POWN by UDP holds. */
export function pownTokensByUdp(udpMaxBytes: number): number {
  return Math.floor((udpMaxBytes - requestBytes(0)) / TOKEN_AN_PAN_BYTES);
}

export interface MoveRoute {
  /** A settled token of ours that this RAIDA knows, or null: then the moved token is the key. */
  readonly ownKey: RequestKey | null;
  readonly tcpWorks: boolean;
}

/**
 * POWNs for these cells of one RAIDA. What fits one datagram goes by UDP; more goes by TCP, or in
 * several datagrams where TCP did not get through.
 */
export function movesAt(
  raida: number,
  cells: readonly Cell[],
  udpMaxBytes: number,
  route: MoveRoute,
): Ask[] {
  const byUdp = Math.max(1, pownTokensByUdp(udpMaxBytes));
  const tcp = cells.length > byUdp && route.tcpWorks;
  const size = tcp ? MAX_TOKENS_PER_POWN : byUdp;
  const asks: Ask[] = [];
  for (let start = 0; start < cells.length; start += size) {
    const tokens = cells.slice(start, start + size).map(({ token }) => ({
      dn: token.dn,
      sn: token.sn,
      an: secretAt(token, token.proven[raida]!, raida),
      pan: secretAt(token, token.ownRow, raida),
    }));
    const first = tokens[0]!;
    const key = route.ownKey ?? { token: first, an: first.an };
    asks.push({ kind: 'move', raida, tokens, key, tcp });
  }
  return asks;
}
