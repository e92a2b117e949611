import { QUORUM, RAIDA_COUNT } from '@raida-wallet/protocol';

import type { Ledger } from './ledger.ts';
import { MAX_HEAL_ROUNDS } from './limits.ts';
import {
  deniedCount,
  HINT,
  hintsOf,
  isUnrecognised,
  knownCount,
  type Operation,
} from './operation-state.ts';
import {
  agreeCount,
  agrees,
  countRaidas,
  isDisowned,
  isWhole,
  NONE,
  openCount,
  type TokenRecord,
} from './token-record.ts';
import type { RepairObstacle, RepairPlan, RepairStage, RepairView } from './view-types.ts';

/** What can be repaired and what cannot, and why: from records and hints, before anything is sent. */

interface RepairSource {
  readonly ledger: Ledger;
  readonly running: ReadonlyMap<number, Operation>;
  readonly lastRepair: Operation | null;
}

export function viewRepair(
  { ledger, running, lastRepair }: RepairSource,
  atWork: ReadonlyMap<TokenRecord, Operation>,
): RepairView {
  const keyed = keyedRaidas(ledger);
  const op = [...running.values()].find(({ record }) => record.repairs > 0);
  return {
    plan: planRepair(
      [...ledger.tokens.values()],
      (token) => atWork.get(token) ?? lastRepair,
      keyed,
    ),
    running: op ? viewRunning(op) : null,
    last: lastRepair && {
      repaired: countRepaired(lastRepair),
      left: planRepair(lastRepair.record.tokens, () => lastRepair, keyed),
    },
  };
}

function viewRunning(op: Operation): NonNullable<RepairView['running']> {
  const { tokens } = op.record;
  const left = tokens.reduce((sum, token) => sum + missing(token), 0);
  return {
    stage: stageOf(op),
    coins: tokens.length,
    done: op.heal.fixed,
    total: op.heal.fixed + left,
  };
}

function stageOf({ stage, heal }: Operation): RepairStage {
  switch (stage.name) {
    case 'ticketing':
      return 'tickets';
    case 'sealing':
      return 'sealing';
    case 'arming fixes':
    case 'fixing':
      return 'fixing';
    case 'waiting':
      return 'waiting';
    default:
      return heal.rounds.size > 0 ? 'proving' : 'checking';
  }
}

function missing(token: TokenRecord): number {
  return RAIDA_COUNT - agreeCount(token);
}

/** Coins at which a Fix of this repair was proven, and that are whole now. */
function countRepaired(op: Operation): number {
  return op.record.tokens.filter((token) => op.heal.mended.has(token) && isWhole(token)).length;
}

type Working = (token: TokenRecord) => Operation | null;

/** Of all coins that are not whole, and of those that too few servers know to begin with. */
function planRepair(
  tokens: readonly TokenRecord[],
  working: Working,
  keyed: readonly boolean[],
): RepairPlan {
  let repairable = 0;
  let cells = 0;
  const blocked = new Map<RepairObstacle, { coins: number; servers: number }>();
  for (const token of tokens) {
    const op = working(token);
    const known = op?.hints.has(token) ? op : null;
    const obstacle = obstacleOf(token, known, keyed);
    if (obstacle === 'none') continue;
    if (obstacle === null) {
      repairable++;
      cells += missing(token);
      continue;
    }
    const entry = blocked.get(obstacle.why) ?? { coins: 0, servers: 0 };
    const servers = Math.max(entry.servers, obstacle.servers);
    blocked.set(obstacle.why, { coins: entry.coins + 1, servers });
  }
  return {
    repairable,
    cells,
    blocked: Array.from(blocked, ([why, { coins, servers }]) => ({ why, coins, servers })),
  };
}

/** `none`: nothing to repair. null: nothing in the way. */
function obstacleOf(
  token: TokenRecord,
  op: Operation | null,
  keyed: readonly boolean[],
): { readonly why: RepairObstacle; readonly servers: number } | 'none' | null {
  if (token.sent !== 0) return 'none';
  if (token.settledAtMs === 0 && op) {
    const servers = knownCount(token, hintsOf(op, token));
    if (isUnrecognised(op, token)) return { why: 'too few servers', servers };
    // Spoilt on its way to us, and another coin of ours would free it.
    const spoilt = openCount(token) > 0 && servers <= QUORUM && deniedCount(op, token) > 0;
    if (spoilt && !hasKey(keyed, token)) return { why: 'no key', servers };
  }
  if (token.claimedAtMs === 0) return 'none';
  // Moved on another device: nothing is left to repair.
  if (isDisowned(token) && agreeCount(token) === 0) return 'none';
  if (isWhole(token)) return unheard(token, op);
  const servers = agreeCount(token);
  if (token.settledAtMs === 0) return { why: 'settling', servers };
  if (servers < QUORUM) return { why: 'too few servers', servers };
  if (!op) return null;
  const hints = hintsOf(op, token);
  const silent = countRaidas((raida) => hints[raida] === HINT.silent && !agrees(token, raida));
  if (silent === missing(token)) return { why: 'servers silent', servers: silent };
  if (!hasKey(keyed, token)) return { why: 'no key', servers };
  const given = (op.heal.rounds.get(token) ?? 0) >= MAX_HEAL_ROUNDS;
  return given ? { why: 'not carried out', servers } : null;
}

/** A repair asked all of them, and some did not answer: what they hold is not known to be ours now. */
function unheard(token: TokenRecord, op: Operation | null) {
  if (!op || op.record.repairs === 0 || op.stage.name !== 'done') return 'none';
  const hints = hintsOf(op, token);
  const servers = countRaidas((raida) => hints[raida] === HINT.silent);
  return servers > 0 ? ({ why: 'servers silent', servers } as const) : 'none';
}

/**
 * By RAIDA: whether a coin of ours is known there, to key requests about those that are not. A coin
 * that is missing somewhere is never its own key there.
 */
function keyedRaidas(ledger: Ledger): boolean[] {
  const tokens = [...ledger.tokens.values()].filter(
    ({ settledAtMs, sent }) => settledAtMs !== 0 && sent === 0,
  );
  return Array.from({ length: RAIDA_COUNT }, (_, raida) =>
    tokens.some((token) => token.target[raida] === NONE && agrees(token, raida)),
  );
}

function hasKey(keyed: readonly boolean[], token: TokenRecord): boolean {
  return keyed.some((one, raida) => one && !agrees(token, raida));
}
