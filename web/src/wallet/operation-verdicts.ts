import { RAIDA_COUNT, STATUS, tokenKey } from '@raida-wallet/protocol';

import type { Ask, Outcome, RequestKey } from './ask.ts';
import { type Cell, groupCells, packIds } from './ledger.ts';
import { MAX_PROBES_PER_ROUND, VERDICT_GAP_MS, VERDICTS_NEEDED } from './limits.ts';
import { once } from './once.ts';
import { candidatesOf } from './operation-cells.ts';
import {
  awaitsVerdict,
  HINT,
  hintsOf,
  isActive,
  isConfirmed,
  type Operation,
  type OperationContext,
  type OperationEffect,
  type OperationEvent,
  type OperationStage,
} from './operation-state.ts';
import { secretAt } from './secrets.ts';
import { NONE, type TokenRecord } from './token-record.ts';

/**
 * Denials that anybody could have written, asked for again under a key of ours: Find where a POWN is
 * open, and what 13 RAIDA have to say twice before a token counts as not ours (WALLET.md section 2).
 */

/**
 * Cells with an open POWN at which every proof was denied, by an answer that anybody could have
 * written. Find says it under a key of ours; only the POWN that is open can be made of it.
 */
export function startFinding(op: Operation, context: OperationContext): OperationEffect | null {
  const asks: Ask[] = [];
  const cells: Cell[] = [];
  const keyAt = once((raida) => context.keyAt(raida, 'settled', op.badKeys[raida]!));
  for (const token of op.record.tokens) {
    if (asks.length >= MAX_PROBES_PER_ROUND) break;
    if (!isActive(op, token)) continue;
    const asked = op.found.get(token) ?? 0;
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      const from = token.proven[raida]!;
      const limbo =
        token.target[raida] === token.ownRow &&
        token.ownRow !== NONE &&
        from !== NONE &&
        hintsOf(op, token)[raida] === HINT.denied;
      if (!limbo || from === token.ownRow || asked & (1 << raida)) continue;
      const key = keyAt(raida);
      if (!key) continue;
      const an = secretAt(token, from, raida);
      const pan = secretAt(token, token.ownRow, raida);
      asks.push({ kind: 'find', raida, token: { dn: token.dn, sn: token.sn, an, pan }, key });
      cells.push({ token, raida, row: token.ownRow });
      op.found.set(token, (op.found.get(token) ?? 0) | (1 << raida));
    }
  }
  if (asks.length === 0) return null;
  op.stage = { name: 'finding', asks, cells, open: asks.length };
  return { kind: 'ask', asks, patient: false };
}

/**
 * A RAIDA that does hold one of them was denied by somebody else, and is asked for a proof again.
 * Returns whether this was the last answer.
 */
export function onFound(
  op: Operation,
  stage: OperationStage & { name: 'finding' },
  event: OperationEvent & { kind: 'outcome' },
): boolean {
  const { outcome } = event;
  const { token, raida } = stage.cells[event.index]!;
  const holds =
    outcome.kind === 'answered' &&
    outcome.authentic &&
    (outcome.status === STATUS.findAllAn || outcome.status === STATUS.findAllPan);
  if (holds) hintsOf(op, token)[raida] = HINT.silent;
  return --stage.open === 0;
}

/** Tokens that too few recognise are asked about under a key of ours (WALLET.md section 2). */
export function startJudging(
  op: Operation,
  context: OperationContext,
  nowMs: number,
): OperationEffect | null {
  const asks: Ask[] = [];
  const cells: Cell[] = [];
  const keysOf = once((raida) =>
    context.keysAt(raida, 'claimed', op.badKeys[raida]!, KEYS_TO_CHOOSE_FROM),
  );
  for (const token of op.record.tokens) {
    if (asks.length >= MAX_PROBES_PER_ROUND) break;
    if (!awaitsVerdict(op, token) || nowMs < token.lastVerdictAtMs + VERDICT_GAP_MS) continue;
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      if (token.verdicts[raida]! >= VERDICTS_NEEDED) continue;
      const keys = twoKeys(token, keysOf(raida));
      if (!keys) continue;
      const candidates = [...candidatesOf(token, raida)];
      const [key, { token: other, an }] = keys;
      const control = { dn: other.dn, sn: other.sn, an };
      asks.push({ kind: 'disown', raida, token, candidates, key, control });
      cells.push({ token, raida, row: NONE });
    }
  }
  if (asks.length === 0) return null;
  const changes = cells.map(({ token }) => token.changes);
  op.stage = {
    name: 'judging',
    asks,
    cells,
    changes,
    open: asks.length,
    denials: [],
    spoilt: new Set(),
  };
  return { kind: 'ask', asks, patient: false };
}

/** Two tokens of ours that a RAIDA knows, neither of them the one in question. */
function twoKeys(
  token: TokenRecord,
  keys: readonly RequestKey[],
): readonly [RequestKey, RequestKey] | null {
  const [key, control] = keys.filter((one) => tokenKey(one.token) !== token.key);
  return key && control ? [key, control] : null;
}

/** Three, so that two are left when one of them is the one in question. */
const KEYS_TO_CHOOSE_FROM = 3;

/** Keys that a RAIDA does not know any more are not used again before the next pause. */
function avoidKeys(op: Operation, ask: Ask, outcome: Outcome): void {
  if (ask.kind !== 'disown') return;
  const lost = outcome.kind === 'control lost';
  const unsigned = outcome.kind === 'answered' && !outcome.authentic;
  if (lost) op.badKeys[ask.raida]!.add(tokenKey(ask.control));
  if (unsigned) op.badKeys[ask.raida]!.add(tokenKey(ask.key.token));
}

/** `done`: all have answered, and there is nothing to write down. */
export function onJudged(
  op: Operation,
  stage: OperationStage & { name: 'judging' },
  event: OperationEvent & { kind: 'outcome' },
  nowMs: number,
): OperationEffect | 'done' | null {
  const { outcome } = event;
  const cell = stage.cells[event.index]!;
  const current = cell.token.changes === stage.changes[event.index] && isActive(op, cell.token);
  if (outcome.kind === 'disowned' && current) stage.denials.push(cell);
  avoidKeys(op, stage.asks[event.index]!, outcome);
  if (outcome.kind === 'control lost') stage.spoilt.add(cell.token);
  if (--stage.open > 0) return null;
  const denials = stage.denials.filter(({ token }) => !stage.spoilt.has(token));
  const acquitted = [...stage.spoilt].filter(({ verdicts }) => verdicts.some((one) => one > 0));
  if (denials.length + acquitted.length === 0) return 'done';
  op.stage = { name: 'recording' };
  const groups = groupCells(denials);
  const entry = { kind: 'verdict', atMs: nowMs, groups, acquitted: packIds(acquitted) } as const;
  return { kind: 'commit', entry };
}

/**
 * Of settled tokens: where every candidate is denied now, nothing is known any more. Nobody has asked for
 * a check, so what a relay may have forged must not take a coin away there: 13 others have to know it.
 */
export function lapse(op: Operation): OperationEffect | null {
  if (op.record.kind === 'send') return null;
  const cells: Cell[] = [];
  for (const token of op.record.tokens) {
    if (token.settledAtMs === 0 || !isActive(op, token)) continue;
    if (op.record.kind === 'check' && !isConfirmed(op, token)) continue;
    const hints = hintsOf(op, token);
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      const gone = hints[raida] === HINT.denied && token.proven[raida] !== NONE;
      if (gone) cells.push({ token, raida, row: NONE });
    }
  }
  if (cells.length === 0) return null;
  op.stage = { name: 'recording' };
  return { kind: 'commit', entry: { kind: 'lapse', groups: groupCells(cells) } };
}
