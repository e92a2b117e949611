import { QUORUM, RAIDA_COUNT, tokenKey } from '@raida-wallet/protocol';

import type { Ask } from './ask.ts';
import { isBrittle } from './heal.ts';
import { type Cell, groupCells, packIds } from './ledger.ts';
import { ROW_BYTES } from './limits.ts';
import { once } from './once.ts';
import { chooseBatch, movesAt, type MoveRoute } from './operation-cells.ts';
import {
  HINT,
  hintsOf,
  isActive,
  knownCount,
  type Operation,
  type OperationContext,
  type OperationEffect,
  type OperationEvent,
  type OperationStage,
} from './operation-state.ts';
import { NONE, type TokenRecord } from './token-record.ts';

/** Moving tokens to secrets of ours: PANs planned, mutations armed, POWNs sent (WALLET.md section 5). */

/** PANs for every token that 13 RAIDA have proven: stored, all 25 of them, before any is sent. */
export function plan(op: Operation, context: OperationContext): OperationEffect | null {
  if (op.record.kind === 'send') return null;
  const tokens = op.record.tokens.filter(
    (token) =>
      isActive(op, token) &&
      token.ownRow === NONE &&
      knownCount(token, hintsOf(op, token)) >= QUORUM,
  );
  if (tokens.length === 0) return null;
  const counters = tokens.map((token) => nextCounter(token, context.panFloor()));
  const secrets = new Uint8Array(tokens.length * ROW_BYTES);
  tokens.forEach((token, i) => {
    secrets.set(context.pans(token, counters[i]!), i * ROW_BYTES);
  });
  op.stage = { name: 'planning' };
  return { kind: 'commit', entry: { kind: 'plan', ids: packIds(tokens), counters, secrets } };
}

/** A counter that was never used for this token (I11). */
function nextCounter(token: TokenRecord, floor: number): number {
  let next = floor;
  for (const { origin } of token.rows) {
    if (origin.kind === 'pan') next = Math.max(next, origin.counter + 1);
  }
  return next;
}

/**
 * How requests about received coins travel to a RAIDA: under a settled coin of ours that it knows,
 * if there is one. If those that it knows did not work, it is left alone for now: falling back to
 * the received coin's key would let whoever forges errors choose who reads along. Where none of our
 * coins is known, which are 12 RAIDA at most, the received coin is the key.
 */
function routeTo(op: Operation, raida: number, context: OperationContext): MoveRoute | null {
  const ownKey = context.keyAt(raida, 'settled', op.badKeys[raida]!);
  if (!ownKey && context.keyAt(raida, 'settled', NO_KEYS)) return null;
  return { ownKey, tcpWorks: op.noTcp[raida] === 0 };
}

const NO_KEYS: ReadonlySet<string> = new Set();

/** Opens the next mutations. */
export function arm(
  op: Operation,
  context: OperationContext,
  nowMs: number,
): OperationEffect | null {
  const { kind } = op.record;
  if (op.fruitless || kind === 'send' || kind === 'check') return null;
  const hasRoute = once((raida) => routeTo(op, raida, context) !== null);
  const batch: Cell[] = [];
  for (const token of op.record.tokens) {
    if (!isActive(op, token) || context.isLeaving(token)) continue;
    if (op.heal.wanted.has(token) && isBrittle(op, token)) continue;
    const hints = hintsOf(op, token);
    for (const raida of chooseBatch(token, hints, hasRoute, nowMs)) {
      batch.push({ token, raida, row: token.ownRow });
    }
  }
  if (batch.length === 0) return null;
  op.stage = { name: 'arming', batch };
  return { kind: 'commit', entry: { kind: 'arm', groups: groupCells(batch) } };
}

/** POWNs for what was armed; null when there is no way to send any. */
export function sendMoves(
  op: Operation,
  batch: readonly Cell[],
  context: OperationContext,
): OperationEffect | null {
  const asks: Ask[] = [];
  for (let raida = 0; raida < RAIDA_COUNT; raida++) {
    const cells = batch.filter((cell) => cell.raida === raida && isActive(op, cell.token));
    if (cells.length === 0) continue;
    const route = routeTo(op, raida, context);
    // Another deposit may have settled since these were armed.
    if (!route) continue;
    if (!route.ownKey) op.keyedByItself = true;
    asks.push(...movesAt(raida, cells, context.udpMaxBytes, route));
  }
  op.progressed = false;
  if (asks.length === 0) return null;
  op.stage = { name: 'moving', asks, cells: batch, open: asks.length };
  return { kind: 'ask', asks, patient: true };
}

/**
 * Whatever was answered settles nothing: it only says what to do otherwise the next time. Returns
 * whether this was the last answer.
 */
export function onMoved(
  op: Operation,
  stage: OperationStage & { name: 'moving' },
  event: OperationEvent & { kind: 'outcome' },
): boolean {
  const ask = stage.asks[event.index]!;
  const { outcome } = event;
  if (ask.kind === 'move') {
    if (outcome.kind === 'silent' && ask.tcp) op.noTcp[ask.raida] = 1;
    const unsigned = outcome.kind === 'answered' && !outcome.authentic;
    if (unsigned) op.badKeys[ask.raida]!.add(tokenKey(ask.key.token));
  }
  return --stage.open === 0;
}

/** Cells with a POWN of which nothing is proven since. */
export function doubtful(op: Operation, unlessSilent: boolean): Cell[] {
  const cells: Cell[] = [];
  for (const token of op.record.tokens) {
    if (!isActive(op, token)) continue;
    const hints = hintsOf(op, token);
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      if (token.doubt[raida] !== 1) continue;
      if (unlessSilent && op.answering[raida] !== 1) continue;
      if (unlessSilent && hints[raida] === HINT.denied) continue;
      cells.push({ token, raida, row: token.ownRow });
    }
  }
  return cells;
}
