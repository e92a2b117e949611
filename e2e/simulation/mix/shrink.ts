import { CALM, type Action, type Plan } from './plan.ts';
import { runPlan } from './run.ts';

/** Runs that are spent on finding a shorter one. */
const MOST_TRIES = 400;

/**
 * The shortest plan that still breaks the same invariant: less and less is left to happen, as long
 * as it fails all the same.
 */
export async function shrink(plan: Plan, invariant: string): Promise<Plan> {
  let best = plan;
  let tries = 0;
  for (;;) {
    let smaller: Plan | null = null;
    for (const candidate of simpler(best)) {
      if (tries++ >= MOST_TRIES) return best;
      const { violation } = await runPlan(candidate);
      if (violation?.invariant !== invariant) continue;
      smaller = candidate;
      break;
    }
    if (smaller === null) return best;
    best = smaller;
  }
}

/** Plans with a little less in them, the boldest first. */
function* simpler(plan: Plan): Generator<Plan> {
  const { actions, lives, network, down, lying } = plan;
  for (const action of actions.keys()) yield { ...plan, actions: without(actions, action) };
  if (plan.start > 1) yield { ...plan, start: 1 };
  if (plan.hostile) yield { ...plan, hostile: null };
  if (lives.length > 0) yield { ...plan, lives: [] };
  if (down.length > 0) yield { ...plan, down: [] };
  if (lying.length > 0) yield { ...plan, lying: [] };
  if (!isCalm(network)) yield { ...plan, network: CALM };
  if (plan.store.errors + plan.store.quota + plan.store.loseLast > 0) {
    yield { ...plan, store: { errors: 0, quota: 0, loseLast: 0 } };
  }
  if (plan.restartMask !== 0) yield { ...plan, restartMask: 0 };
  if (plan.noSumMask !== 0) yield { ...plan, noSumMask: 0 };
  if (plan.relays > 1 && !plan.hostile) yield { ...plan, relays: 1 };
  if (plan.hostile && plan.hostile.tricks.length > 1) {
    for (const trick of plan.hostile.tricks) {
      yield { ...plan, hostile: { ...plan.hostile, tricks: [trick] } };
    }
  }
  for (const name of Object.keys(CALM) as (keyof typeof CALM)[]) {
    if (network[name] === CALM[name]) continue;
    yield { ...plan, network: { ...network, [name]: CALM[name] } };
  }
  for (const life of lives.keys()) yield { ...plan, lives: without(lives, life) };
  for (const one of down.keys()) yield { ...plan, down: without(down, one) };
  for (const one of lying.keys()) yield { ...plan, lying: without(lying, one) };
  for (const [at, action] of actions.entries()) {
    for (const smaller of simplerActions(action)) {
      yield { ...plan, actions: actions.map((one, i) => (i === at ? smaller : one)) };
    }
  }
}

function* simplerActions(action: Action): Generator<Action> {
  if (action.do === 'deposit') {
    if (action.owner) yield { ...action, owner: null };
    if (action.kind !== 'good') yield { ...action, kind: 'good' };
    if (action.coins > 1) yield { ...action, coins: 1 };
    if (action.coins > 2) yield { ...action, coins: 2 };
    if (action.fracked.length > 0) yield { ...action, fracked: [] };
    for (const one of action.fracked.keys()) {
      yield { ...action, fracked: without(action.fracked, one) };
    }
  }
  if (action.do === 'frack' || action.do === 'roll back') {
    for (const one of action.raidas.keys()) {
      yield { ...action, raidas: without(action.raidas, one) };
    }
  }
}

function without<T>(items: readonly T[], at: number): T[] {
  return items.filter((_, i) => i !== at);
}

function isCalm(network: Plan['network']): boolean {
  return (Object.keys(CALM) as (keyof typeof CALM)[]).every((name) => network[name] === CALM[name]);
}
