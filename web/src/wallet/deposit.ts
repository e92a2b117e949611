/*
 * Deposit: coins from a file become ours (WALLET.md section 5).
 *
 *            +--------------------------------------------------------------+
 *            v                                                              |
 *   start  probing --> recording --> decide --> planning ----------------->-+ (decide again)
 *            ^         (proofs       |  |  |    (PANs stored, I1)           |
 *            |          stored)      |  |  +--> judging --> (verdicts       |
 *            |                       |  |       stored) ------------------->-+
 *            |                       |  +-----> arming ---> moving -----+
 *            |                       |          (doubt      (POWNs out) |
 *            |                       |           stored)                |
 *            +-----------------------|------------ prove the doubt -----+
 *            |                       v
 *            +---- wake ---------- waiting          closing --> done
 *                                  (servers missing, coins settling)
 *
 * A kill at any arrow loses hints only: the next start probes again and goes on from the ledger.
 */
import { QUORUM, RAIDA_COUNT, STATUS, tokenKey } from '@raida-wallet/protocol';

import type { Ask, Outcome } from './ask.ts';
import {
  candidatesOf,
  chooseBatch,
  HINT,
  isPending,
  movesAt,
  type MoveRoute,
  needsProbe,
} from './deposit-cells.ts';
import {
  awaitsVerdict,
  type Deposit,
  type DepositContext,
  type DepositEffect,
  type DepositEvent,
  type DepositStage,
  hintsOf,
  isFinished,
} from './deposit-state.ts';
import { type Cell, groupCells, importedRows, packIds } from './ledger.ts';
import {
  FIRST_RETRY_MS,
  MAX_PROBES_PER_ROUND,
  MAX_RETRY_MS,
  MAX_RETRY_SETTLED_MS,
  SETTLE_AFTER_MS,
  VERDICT_GAP_MS,
  VERDICTS_NEEDED,
} from './limits.ts';
import {
  countRaidas,
  isCounterfeit,
  knownCount,
  NONE,
  secretAt,
  type TokenRecord,
} from './token-record.ts';
import { ROW_BYTES } from './vault.ts';

/** One step. Returns what is to be done next; while it is done, events come one at a time. */
export function step(
  deposit: Deposit,
  event: DepositEvent,
  context: DepositContext,
  nowMs: number,
): DepositEffect | null {
  const { stage } = deposit;
  switch (stage.name) {
    case 'idle':
    case 'waiting':
      return probe(deposit, context, nowMs);
    case 'probing':
      return event.kind === 'outcome' ? onProbed(deposit, stage, event, context, nowMs) : null;
    case 'moving':
      return event.kind === 'outcome' ? onMoved(deposit, stage, event, context, nowMs) : null;
    case 'judging':
      return event.kind === 'outcome' ? onJudged(deposit, stage, event, nowMs) : null;
    case 'recording':
    case 'planning':
      return event.kind === 'committed' ? decide(deposit, context, nowMs) : null;
    case 'arming':
      return event.kind === 'committed' ? move(deposit, stage.batch, context, nowMs) : null;
    case 'closing':
      deposit.stage = { name: 'done' };
      return null;
    case 'done':
      return null;
  }
}

/** A round over the next tokens: so many that a phone can hold their requests in memory. */
function probe(deposit: Deposit, context: DepositContext, nowMs: number): DepositEffect | null {
  deposit.progressed = false;
  const { tokens } = deposit.record;
  const cells: Cell[] = [];
  let next = deposit.cursor;
  while (next < tokens.length && cells.length < MAX_PROBES_PER_ROUND) {
    const token = tokens[next++]!;
    if (isCounterfeit(token, VERDICTS_NEEDED)) continue;
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      const needed = needsProbe(token, raida, hintsOf(deposit, token), nowMs);
      if (needed) cells.push({ token, raida, row: NONE });
    }
  }
  deposit.cursor = next < tokens.length ? next : 0;
  return (
    startProbing(deposit, cells, { patient: false, afterMove: false }) ??
    decide(deposit, context, nowMs)
  );
}

function startProbing(
  deposit: Deposit,
  cells: readonly Cell[],
  { patient, afterMove }: { readonly patient: boolean; readonly afterMove: boolean },
): DepositEffect | null {
  if (cells.length === 0) return null;
  const asks = cells.map(({ token, raida }): Ask => ({
    kind: 'prove',
    raida,
    token,
    candidates: candidatesOf(token, raida),
  }));
  const outcomes = new Array<Outcome | null>(asks.length).fill(null);
  deposit.stage = { name: 'probing', asks, cells, open: asks.length, outcomes, afterMove };
  return { kind: 'ask', asks, patient };
}

function onProbed(
  deposit: Deposit,
  stage: DepositStage & { name: 'probing' },
  event: DepositEvent & { kind: 'outcome' },
  context: DepositContext,
  nowMs: number,
): DepositEffect | null {
  stage.outcomes[event.index] = event.outcome;
  if (--stage.open > 0) return null;
  const heard = new Uint8Array(RAIDA_COUNT);
  const proofs: Cell[] = [];
  stage.cells.forEach(({ token, raida }, i) => {
    const outcome = stage.outcomes[i]!;
    const hints = hintsOf(deposit, token);
    if (outcome.kind === 'proven') {
      hints[raida] = HINT.answered;
      if (token.proven[raida] !== outcome.row) progress(deposit);
      proofs.push({ token, raida, row: outcome.row });
    } else {
      hints[raida] = outcome.kind === 'denied' ? HINT.denied : HINT.silent;
    }
    if (outcome.kind !== 'silent') heard[raida] = 1;
  });
  for (const { raida } of stage.cells) deposit.answering[raida] = heard[raida]!;
  deposit.hasAsked = true;
  deposit.fruitless = stage.afterMove && !deposit.progressed;
  if (proofs.length === 0) return decide(deposit, context, nowMs);
  deposit.stage = { name: 'recording' };
  return { kind: 'commit', entry: { kind: 'prove', atMs: nowMs, groups: groupCells(proofs) } };
}

function progress(deposit: Deposit): void {
  deposit.progressed = true;
  deposit.retryMs = FIRST_RETRY_MS;
}

/** What comes next, from the ledger and the hints alone. */
function decide(deposit: Deposit, context: DepositContext, nowMs: number): DepositEffect | null {
  return (
    plan(deposit, context) ??
    arm(deposit, context, nowMs) ??
    proveDoubt(deposit) ??
    (deposit.cursor > 0 ? probe(deposit, context, nowMs) : null) ??
    judge(deposit, context, nowMs) ??
    close(deposit, nowMs) ??
    wait(deposit, nowMs)
  );
}

/** PANs for every token that 13 RAIDA have proven: stored, all 25 of them, before any is sent. */
function plan(deposit: Deposit, context: DepositContext): DepositEffect | null {
  const tokens = deposit.record.tokens.filter(
    (token) => token.ownRow === NONE && knownCount(token) >= QUORUM,
  );
  if (tokens.length === 0) return null;
  const counters = tokens.map(nextCounter);
  const secrets = new Uint8Array(tokens.length * ROW_BYTES);
  tokens.forEach((token, i) => {
    secrets.set(context.pans(token, counters[i]!), i * ROW_BYTES);
  });
  deposit.stage = { name: 'planning' };
  return { kind: 'commit', entry: { kind: 'plan', ids: packIds(tokens), counters, secrets } };
}

/** A counter that was never used for this token (I11). */
function nextCounter(token: TokenRecord): number {
  let next = 0;
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
function routeTo(deposit: Deposit, raida: number, context: DepositContext): MoveRoute | null {
  const ownKey = context.keyAt(raida, 'settled', deposit.badKeys[raida]!);
  if (!ownKey && context.keyAt(raida, 'settled', NO_KEYS)) return null;
  return { ownKey, tcpWorks: deposit.noTcp[raida] === 0 };
}

const NO_KEYS: ReadonlySet<string> = new Set();
const ALL_RAIDA = Array.from({ length: RAIDA_COUNT }, (_, raida) => raida);

/** Opens the next mutations. */
function arm(deposit: Deposit, context: DepositContext, nowMs: number): DepositEffect | null {
  if (deposit.fruitless) return null;
  const routes = ALL_RAIDA.map((raida) => routeTo(deposit, raida, context));
  const batch: Cell[] = [];
  for (const token of deposit.record.tokens) {
    const hints = hintsOf(deposit, token);
    for (const raida of chooseBatch(token, hints, (r) => routes[r] !== null, nowMs)) {
      batch.push({ token, raida, row: token.ownRow });
    }
  }
  if (batch.length === 0) return null;
  deposit.stage = { name: 'arming', batch };
  return { kind: 'commit', entry: { kind: 'arm', groups: groupCells(batch) } };
}

function move(
  deposit: Deposit,
  batch: readonly Cell[],
  context: DepositContext,
  nowMs: number,
): DepositEffect | null {
  const asks: Ask[] = [];
  for (let raida = 0; raida < RAIDA_COUNT; raida++) {
    const cells = batch.filter((cell) => cell.raida === raida);
    if (cells.length === 0) continue;
    const route = routeTo(deposit, raida, context);
    // Another deposit may have settled since these were armed.
    if (!route) continue;
    if (!route.ownKey) deposit.keyedByItself = true;
    asks.push(...movesAt(raida, cells, context.udpMaxBytes, route));
  }
  deposit.progressed = false;
  if (asks.length === 0) return proveMoved(deposit, context, nowMs);
  deposit.stage = { name: 'moving', asks, cells: batch, open: asks.length };
  return { kind: 'ask', asks, patient: true };
}

/** Whatever was answered settles nothing: it only says what to do otherwise the next time. */
function onMoved(
  deposit: Deposit,
  stage: DepositStage & { name: 'moving' },
  event: DepositEvent & { kind: 'outcome' },
  context: DepositContext,
  nowMs: number,
): DepositEffect | null {
  const ask = stage.asks[event.index]!;
  const { outcome } = event;
  if (ask.kind === 'move') {
    if (outcome.kind === 'silent' && ask.tcp) deposit.noTcp[ask.raida] = 1;
    const unsigned = outcome.kind === 'answered' && !outcome.authentic;
    if (unsigned) deposit.badKeys[ask.raida]!.add(tokenKey(ask.key.token));
  }
  return --stage.open > 0 ? null : proveMoved(deposit, context, nowMs);
}

function proveMoved(
  deposit: Deposit,
  context: DepositContext,
  nowMs: number,
): DepositEffect | null {
  const round = { patient: true, afterMove: true };
  return startProbing(deposit, doubtful(deposit, false), round) ?? decide(deposit, context, nowMs);
}

/** Cells with a POWN of which nothing is proven since. */
function doubtful(deposit: Deposit, unlessSilent: boolean): Cell[] {
  const cells: Cell[] = [];
  for (const token of deposit.record.tokens) {
    const hints = hintsOf(deposit, token);
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      if (token.doubt[raida] !== 1) continue;
      if (unlessSilent && deposit.answering[raida] !== 1) continue;
      if (unlessSilent && hints[raida] === HINT.denied) continue;
      cells.push({ token, raida, row: token.ownRow });
    }
  }
  return cells;
}

/** As long as rounds bring something, doubt at RAIDA that answer is proven without a pause. */
function proveDoubt(deposit: Deposit): DepositEffect | null {
  if (!deposit.progressed) return null;
  deposit.progressed = false;
  return startProbing(deposit, doubtful(deposit, true), { patient: true, afterMove: false });
}

/**
 * Tokens that too few recognise are asked about under a key of ours (WALLET.md section 2). One that
 * came with several secrets is never called counterfeit: it stays "not recognised".
 */
function judge(deposit: Deposit, context: DepositContext, nowMs: number): DepositEffect | null {
  const asks: Ask[] = [];
  const cells: Cell[] = [];
  const keys = deposit.badKeys.map((avoid, raida) => context.keyAt(raida, 'claimed', avoid));
  for (const token of deposit.record.tokens) {
    if (asks.length >= MAX_PROBES_PER_ROUND) break;
    if (!awaitsVerdict(deposit, token) || nowMs < token.lastVerdictAtMs + VERDICT_GAP_MS) continue;
    const [row = NONE] = importedRows(token);
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      const key = keys[raida];
      if (!key || token.verdicts[raida]! >= VERDICTS_NEEDED) continue;
      const an = secretAt(token, row, raida);
      asks.push({ kind: 'detect', raida, token: { dn: token.dn, sn: token.sn, an }, key });
      cells.push({ token, raida, row });
    }
  }
  if (asks.length === 0) return null;
  deposit.stage = { name: 'judging', asks, cells, open: asks.length, denials: [] };
  return { kind: 'ask', asks, patient: false };
}

function onJudged(
  deposit: Deposit,
  stage: DepositStage & { name: 'judging' },
  event: DepositEvent & { kind: 'outcome' },
  nowMs: number,
): DepositEffect | null {
  const { outcome } = event;
  const denied =
    outcome.kind === 'answered' && outcome.authentic && outcome.status === STATUS.allFail;
  if (denied) stage.denials.push(stage.cells[event.index]!);
  if (--stage.open > 0) return null;
  if (stage.denials.length === 0) {
    return close(deposit, nowMs) ?? wait(deposit, nowMs);
  }
  deposit.stage = { name: 'recording' };
  const groups = groupCells(stage.denials);
  return { kind: 'commit', entry: { kind: 'verdict', atMs: nowMs, groups } };
}

function close(deposit: Deposit, nowMs: number): DepositEffect | null {
  if (!deposit.record.tokens.every((token) => isFinished(deposit, token))) return null;
  deposit.stage = { name: 'closing' };
  const entry = { kind: 'close', deposit: deposit.record.id, atMs: nowMs } as const;
  return { kind: 'commit', entry };
}

function wait(deposit: Deposit, nowMs: number): DepositEffect {
  const { tokens } = deposit.record;
  const unclaimed = tokens.some(
    (token) => token.settledAtMs === 0 && !isCounterfeit(token, VERDICTS_NEEDED),
  );
  const longestMs = unclaimed ? MAX_RETRY_MS : MAX_RETRY_SETTLED_MS;
  const times = tokens.map((token) => nextTimeMs(deposit, token, nowMs));
  const atMs = times.reduce((a, b) => Math.min(a, b), nowMs + longestMs);
  deposit.retryMs = Math.min(deposit.retryMs * 2, longestMs);
  deposit.fruitless = false;
  for (const keys of deposit.badKeys) keys.clear();
  deposit.stage = { name: 'waiting', retryAtMs: atMs };
  return { kind: 'wake', atMs };
}

/** When there will be something to do for a token. */
function nextTimeMs(deposit: Deposit, token: TokenRecord, nowMs: number): number {
  const retryAtMs = nowMs + deposit.retryMs;
  if (isFinished(deposit, token)) return Infinity;
  if (awaitsVerdict(deposit, token)) {
    return Math.max(retryAtMs, token.lastVerdictAtMs + VERDICT_GAP_MS);
  }
  const hints = hintsOf(deposit, token);
  if (countRaidas((raida) => isPending(token, raida, hints)) > 0) return retryAtMs;
  if (token.claimedAtMs === 0) return retryAtMs;
  return Math.max(token.claimedAtMs + SETTLE_AFTER_MS, retryAtMs);
}
