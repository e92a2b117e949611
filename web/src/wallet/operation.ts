/*
 * An operation: a deposit, a restore, coins taken back, a repair, what was left in limbo, or a send
 * that is watched, or coins that an audit found doubtful (WALLET.md section 5). They differ in what they ask first and in what they may do:
 *
 *             probe   move to new secrets   heal   ask for verdicts
 *   deposit     x              x            stuck         x
 *   restore     x              x            stuck         x
 *   take back   x              x            stuck         x
 *   repair      x              .              x           x
 *   find        x              .            stuck         x
 *   send        x                                         x
 *   check       x                                         x
 *
 *   stuck: coins on their way to us where POWNs came to nothing; and all, when a person asked for it.
 *   . : what is not ours yet; what is ours, only to the row that is ours already.
 *
 *            +--------------------------------------------------------------+
 *            v                                                              |
 *   start  probing --> recording --> decide --> planning ----------------->-+ (decide again)
 *            ^         (proofs       |  |  |    (PANs stored, I1)           |
 *            |          stored)      |  |  +--> judging --> (verdicts       |
 *            |                       |  |       stored) ------------------->-+
 *            |                       |  +-----> arming ---> moving -----+   |
 *            |                       |  |       (doubt      (POWNs out) |   |
 *            |                       |  |        stored)                |   |
 *            +-----------------------|--|-------- prove the doubt ------+   |
 *            |                       |  +-----> finding ----------------->--+
 *            +------ prove ----------|--------- heal (heal.ts)
 *            |                       v
 *            +---- wake ---------- waiting          closing --> done
 *                                  (servers missing, coins settling)
 *
 * A kill at any arrow loses hints only: the next start probes again and goes on from the ledger.
 */
import { RAIDA_COUNT } from '@raida-wallet/protocol';

import type { Ask, Outcome } from './ask.ts';
import { fixedCells, healBrittle, onHealed, sendFixes, startHealing } from './heal.ts';
import { candidatesOf, needsProbe } from './operation-cells.ts';
import {
  HINT,
  isPending,
  awaitsVerdict,
  type HealGroup,
  isActive,
  type Operation,
  type OperationContext,
  type OperationEffect,
  type OperationEvent,
  type OperationStage,
  hintsOf,
  isConfirmed,
  isFinished,
} from './operation-state.ts';
import { type Cell, groupCells } from './ledger.ts';
import {
  FIRST_RETRY_MS,
  MAX_HEAL_ROUNDS,
  MAX_PROBES_PER_ROUND,
  MAX_RETRY_MS,
  MAX_RETRY_SETTLED_MS,
  SETTLE_AFTER_MS,
  STORE_WAIT_EVERY_MS,
  VERDICT_GAP_MS,
} from './limits.ts';
import { arm, doubtful, onMoved, plan, sendMoves } from './operation-moves.ts';
import { lapse, onFound, onJudged, startFinding, startJudging } from './operation-verdicts.ts';
import {
  countRaidas,
  isDisowned,
  isFixRow,
  isOwnRow,
  NONE,
  type TokenRecord,
} from './token-record.ts';

const SILENT: Outcome = { kind: 'silent' };

/** What was to be written down does not fit any more: another operation was first. Looks anew. */
export function startAnew(op: Operation, nowMs: number): OperationEffect {
  const retryAtMs = nowMs + FIRST_RETRY_MS;
  op.stage = { name: 'waiting', retryAtMs };
  return { kind: 'wake', atMs: retryAtMs };
}

/** One step. Returns what is to be done next; while it is done, events come one at a time. */
export function step(
  op: Operation,
  event: OperationEvent,
  context: OperationContext,
  nowMs: number,
): OperationEffect | null {
  const { stage } = op;
  switch (stage.name) {
    case 'idle':
    case 'waiting':
      op.heal.paused = false;
      return probe(op, context, nowMs);
    case 'probing':
      return event.kind === 'outcome' ? onProbed(op, stage, event, context, nowMs) : null;
    case 'moving':
      return event.kind === 'outcome' && onMoved(op, stage, event)
        ? proveMoved(op, context, nowMs)
        : null;
    case 'judging':
      return event.kind === 'outcome' ? judged(op, stage, event, nowMs) : null;
    case 'finding':
      return event.kind === 'outcome' && onFound(op, stage, event)
        ? decide(op, context, nowMs)
        : null;
    case 'ticketing':
    case 'sealing':
    case 'fixing':
      return event.kind === 'outcome' ? heal(op, stage, event, context, nowMs) : null;
    case 'arming fixes':
      return event.kind === 'committed' ? fix(op, stage.groups, context, nowMs) : null;
    case 'recording':
    case 'planning':
      return event.kind === 'committed' ? decide(op, context, nowMs) : null;
    case 'arming':
      return event.kind === 'committed' ? move(op, stage.batch, context, nowMs) : null;
    case 'closing':
      // Somebody may have asked for a repair meanwhile.
      if (op.record.closedAtMs === 0) return probe(op, context, nowMs);
      op.stage = { name: 'done' };
      return null;
    case 'done':
      return null;
  }
}

/** A round over the next tokens: so many that a phone can hold their requests in memory. */
function probe(op: Operation, context: OperationContext, nowMs: number): OperationEffect | null {
  op.progressed = false;
  const { tokens } = op.record;
  const cells: Cell[] = [];
  let next = op.cursor;
  while (next < tokens.length && cells.length < MAX_PROBES_PER_ROUND) {
    const token = tokens[next++]!;
    if (!isActive(op, token) || (isDisowned(token) && !asksAgain(op, token))) continue;
    if (op.record.kind === 'check' && isConfirmed(op, token)) continue;
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      const needed = needsProbe(op.record, token, raida, hintsOf(op, token), nowMs);
      if (needed) cells.push({ token, raida, row: NONE });
    }
  }
  op.cursor = next < tokens.length ? next : 0;
  return (
    startProbing(op, cells, { patient: false, afterMove: false }) ?? decide(op, context, nowMs)
  );
}

/** A start and a repair ask once more, also about what 13 RAIDA have disowned. */
function asksAgain(op: Operation, token: TokenRecord): boolean {
  const { kind, repairs } = op.record;
  const asks = kind === 'find' || kind === 'check' || repairs > 0;
  return asks && hintsOf(op, token).includes(HINT.notAsked);
}

function startProbing(
  op: Operation,
  wanted: readonly Cell[],
  { patient, afterMove }: { readonly patient: boolean; readonly afterMove: boolean },
): OperationEffect | null {
  const cells = wanted.filter(({ token }) => isActive(op, token));
  if (cells.length === 0) return null;
  const asks = cells.map(({ token, raida }): Ask => ({
    kind: 'prove',
    raida,
    token,
    candidates: candidatesOf(token, raida),
  }));
  const outcomes = new Array<Outcome | null>(asks.length).fill(null);
  const changes = cells.map(({ token }) => token.changes);
  op.stage = { name: 'probing', asks, cells, open: asks.length, outcomes, changes, afterMove };
  return { kind: 'ask', asks, patient };
}

function onProbed(
  op: Operation,
  stage: OperationStage & { name: 'probing' },
  event: OperationEvent & { kind: 'outcome' },
  context: OperationContext,
  nowMs: number,
): OperationEffect | null {
  stage.outcomes[event.index] = event.outcome;
  if (--stage.open > 0) return null;
  const heard = new Uint8Array(RAIDA_COUNT);
  const proofs: Cell[] = [];
  stage.cells.forEach(({ token, raida }, i) => {
    // Another operation has sent something since: this was true once, and says nothing any more.
    const stale = token.changes !== stage.changes[i] || !isActive(op, token);
    const outcome = stale ? SILENT : stage.outcomes[i]!;
    const hints = hintsOf(op, token);
    if (outcome.kind === 'proven') {
      hints[raida] = HINT.answered;
      if (isNews(token, raida, outcome.row)) progress(op);
      if (isFixRow(token, outcome.row) && token.target[raida] === outcome.row) {
        op.heal.rounds.delete(token);
        op.heal.paused = false;
        op.heal.fixed++;
        op.heal.mended.add(token);
      }
      proofs.push({ token, raida, row: outcome.row });
    } else {
      hints[raida] = outcome.kind === 'denied' ? HINT.denied : HINT.silent;
    }
    if (outcome.kind !== 'silent') heard[raida] = 1;
  });
  for (const { raida } of stage.cells) op.answering[raida] = heard[raida]!;
  op.hasAsked = true;
  op.fruitless = stage.afterMove && !op.progressed;
  if (proofs.length === 0) return decide(op, context, nowMs);
  op.stage = { name: 'recording' };
  return { kind: 'commit', entry: { kind: 'prove', atMs: nowMs, groups: groupCells(proofs) } };
}

/** A RAIDA that goes back and forth between old secrets tells nothing, and is not hurried after. */
function isNews(token: TokenRecord, raida: number, row: number): boolean {
  const before = token.proven[raida]!;
  return before === NONE || (isOwnRow(token, row) && !isOwnRow(token, before));
}

function progress(op: Operation): void {
  op.progressed = true;
  op.retryMs = FIRST_RETRY_MS;
}

/** What comes next, from the ledger and the hints alone. */
function decide(op: Operation, context: OperationContext, nowMs: number): OperationEffect | null {
  return (
    plan(op, context) ??
    lapse(op) ??
    healBrittle(op, context, nowMs) ??
    arm(op, context, nowMs) ??
    proveDoubt(op) ??
    (op.cursor > 0 ? probe(op, context, nowMs) : null) ??
    startFinding(op, context) ??
    startHealing(op, context, nowMs) ??
    startJudging(op, context, nowMs) ??
    close(op, nowMs) ??
    storeWait(op, context, nowMs) ??
    waitUnlessDone(op, nowMs)
  );
}

function move(
  op: Operation,
  batch: readonly Cell[],
  context: OperationContext,
  nowMs: number,
): OperationEffect | null {
  return sendMoves(op, batch, context) ?? proveMoved(op, context, nowMs);
}

function proveMoved(
  op: Operation,
  context: OperationContext,
  nowMs: number,
): OperationEffect | null {
  const round = { patient: true, afterMove: true };
  return startProbing(op, doubtful(op, false), round) ?? decide(op, context, nowMs);
}

/** As long as rounds bring something, doubt at RAIDA that answer is proven without a pause. */
function proveDoubt(op: Operation): OperationEffect | null {
  if (!op.progressed) return null;
  op.progressed = false;
  return startProbing(op, doubtful(op, true), { patient: true, afterMove: false });
}

function heal(
  op: Operation,
  stage: OperationStage & { name: 'ticketing' | 'sealing' | 'fixing' },
  event: OperationEvent & { kind: 'outcome' },
  context: OperationContext,
  nowMs: number,
): OperationEffect | null {
  const next = onHealed(op, stage, event.index, event.outcome, context, nowMs);
  if (next === 'fixed') return proveFixed(op, stage.groups, context, nowMs);
  if (next !== 'failed') return next;
  op.heal.paused = !op.heal.learnt;
  return decide(op, context, nowMs);
}

function fix(
  op: Operation,
  groups: readonly HealGroup[],
  context: OperationContext,
  nowMs: number,
): OperationEffect | null {
  return sendFixes(op, groups, context) ?? proveFixed(op, groups, context, nowMs);
}

/** What is not proven now is tried again after a pause, with new tickets and the same PG. */
function proveFixed(
  op: Operation,
  groups: readonly HealGroup[],
  context: OperationContext,
  nowMs: number,
): OperationEffect | null {
  op.progressed = false;
  op.heal.paused = !op.heal.learnt;
  const round = { patient: false, afterMove: false };
  return startProbing(op, fixedCells(groups), round) ?? decide(op, context, nowMs);
}

function judged(
  op: Operation,
  stage: OperationStage & { name: 'judging' },
  event: OperationEvent & { kind: 'outcome' },
  nowMs: number,
): OperationEffect | null {
  const next = onJudged(op, stage, event, nowMs);
  return next === 'done' ? (close(op, nowMs) ?? waitUnlessDone(op, nowMs)) : next;
}

function close(op: Operation, nowMs: number): OperationEffect | null {
  if (!op.record.tokens.every((token) => isFinished(op, token))) return null;
  // What was only looked for, or was taken back meanwhile, leaves nothing to write down.
  const { kind } = op.record;
  if (kind === 'find' || kind === 'check' || op.record.closedAtMs !== 0) {
    op.stage = { name: 'done' };
    return null;
  }
  op.stage = { name: 'closing' };
  const { id: deposit, repairs } = op.record;
  const entry = { kind: 'close', deposit, repairs, atMs: nowMs } as const;
  return { kind: 'commit', entry };
}

/** What was waited for coins to settle counts for the next life too. */
function storeWait(
  op: Operation,
  context: OperationContext,
  nowMs: number,
): OperationEffect | null {
  if (!op.record.tokens.some((token) => isSettling(op, token))) return null;
  if (nowMs < context.storedTimeMs() + STORE_WAIT_EVERY_MS) return null;
  op.stage = { name: 'recording' };
  return { kind: 'commit', entry: { kind: 'wait', atMs: nowMs } };
}

function isSettling(op: Operation, token: TokenRecord): boolean {
  return token.claimedAtMs !== 0 && token.settledAtMs === 0 && isActive(op, token);
}

/** A check ends with its last question; what is left is the next audit's. */
function waitUnlessDone(op: Operation, nowMs: number): OperationEffect | null {
  return op.record.kind === 'check' && op.stage.name === 'done' ? null : wait(op, nowMs);
}

function wait(op: Operation, nowMs: number): OperationEffect {
  const { tokens } = op.record;
  const isHopeful = (token: TokenRecord) => (op.heal.rounds.get(token) ?? 0) < MAX_HEAL_ROUNDS;
  const unclaimed = tokens.some(
    (token) => token.settledAtMs === 0 && !isDisowned(token) && isHopeful(token),
  );
  const longestMs = unclaimed ? MAX_RETRY_MS : MAX_RETRY_SETTLED_MS;
  const times = tokens.map((token) => nextTimeMs(op, token, nowMs));
  const atMs = times.reduce((a, b) => Math.min(a, b), nowMs + longestMs);
  op.retryMs = Math.min(op.retryMs * 2, longestMs);
  op.waits++;
  op.fruitless = false;
  op.found.clear();
  for (const keys of op.badKeys) keys.clear();
  op.stage = { name: 'waiting', retryAtMs: atMs };
  return { kind: 'wake', atMs };
}

/** When there will be something to do for a token. */
function nextTimeMs(op: Operation, token: TokenRecord, nowMs: number): number {
  const retryAtMs = nowMs + op.retryMs;
  if (isFinished(op, token)) return Infinity;
  if (awaitsVerdict(op, token)) {
    return Math.max(retryAtMs, token.lastVerdictAtMs + VERDICT_GAP_MS);
  }
  const hints = hintsOf(op, token);
  if (op.record.kind === 'send' || op.heal.wanted.has(token)) return retryAtMs;
  if (countRaidas((raida) => isPending(token, raida, hints)) > 0) return retryAtMs;
  if (token.claimedAtMs === 0) return retryAtMs;
  const settlesAtMs = Math.max(token.claimedAtMs + SETTLE_AFTER_MS, retryAtMs);
  return Math.min(settlesAtMs, nowMs + STORE_WAIT_EVERY_MS);
}
