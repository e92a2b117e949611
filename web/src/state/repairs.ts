import { counted, formatCount } from './format.ts';
import type { Health } from './health.ts';
import { describeTooFew } from './set-aside.ts';
import { repairTexts as words } from '../texts-repair.ts';
import type { RepairPlan, RepairStage, RepairView } from '../wallet/messages.ts';

/** What can be repaired and what cannot, and why: before anything is sent, and of what is left. */
export interface PlanWords {
  readonly can: string | null;
  readonly cannot: readonly string[];
}

export function describePlan(plan: RepairPlan): PlanWords {
  const { repairable, cells } = plan;
  const can = repairable > 0 ? words.plan.can(counted(repairable), counted(cells)) : null;
  return { can, cannot: plan.blocked.map(describeObstacle) };
}

function describeObstacle({ why, coins, servers }: RepairPlan['blocked'][number]): string {
  switch (why) {
    case 'too few servers':
      return `${words.plan.cannot(counted(coins))} ${describeTooFew(coins, servers)}`;
    case 'servers silent':
      return words.plan.silent(counted(coins), counted(servers));
    case 'settling':
      return words.plan.settling(counted(coins));
    case 'not carried out':
      return words.plan.notCarriedOut(counted(coins));
    case 'no key':
      return words.plan.noKey(counted(coins));
  }
}

/** How a repair ended: what came of it, then what is left and why. */
export function describeResult(last: NonNullable<RepairView['last']>): {
  readonly head: string;
  readonly left: readonly string[];
  /** Whether all is well now. */
  readonly whole: boolean;
} {
  const { repaired, left } = last;
  const open = left.repairable > 0 ? [words.stillOpen(counted(left.repairable))] : [];
  const lines = [...open, ...describePlan(left).cannot];
  const whole = lines.length === 0;
  const nothing = whole ? words.nothingToRepair : words.nothingRepaired;
  return { head: repaired > 0 ? words.repaired(counted(repaired)) : nothing, left: lines, whole };
}

/** The stages of a repair, in their order. `waiting` can come anywhere. */
const STAGES = ['checking', 'tickets', 'sealing', 'fixing', 'proving'] as const;

export interface StageWords {
  readonly name: (typeof STAGES)[number];
  readonly text: string;
  readonly place: 'done' | 'now' | 'ahead';
}

/** All stages and how far it is. While it waits, none of them is the current one. */
export function listStages(stage: RepairStage): readonly StageWords[] {
  const current = STAGES.findIndex((name) => name === stage);
  return STAGES.map((name, at) => ({
    name,
    text: words.stages[name],
    place: at < current ? 'done' : at === current ? 'now' : 'ahead',
  }));
}

/** For screen readers: the stage, whenever it changes. */
export function announceRunning(running: NonNullable<RepairView['running']>): string {
  const { stage } = running;
  const head = describeRunning(running);
  return stage === 'waiting' ? head : `${head}: ${words.stages[stage]}`;
}

/** What a repair does now, in a line. */
export function describeRunning({
  stage,
  coins,
  total,
}: NonNullable<RepairView['running']>): string {
  if (stage === 'waiting') return words.waiting;
  // Before the servers have answered nobody knows whether there is anything to repair.
  return total === 0 ? words.checking(counted(coins)) : words.running(counted(coins));
}

export function describeProgress({ done, total }: NonNullable<RepairView['running']>): string {
  return words.progress(formatCount(done), formatCount(total));
}

/** Whether a tap on Repair could do anything: not while all that needs it is still settling. */
export function canRepair({ repairable, blocked }: RepairPlan): boolean {
  return repairable > 0 || blocked.length === 0 || blocked.some(({ why }) => why !== 'settling');
}

/** Why coins need repair, where the plan does not say it. */
export function describeCause(
  health: Extract<Health, { kind: 'repair' }>,
  plan: RepairPlan,
): string | null {
  const { cause, servers, coins } = health;
  if (cause === 'offline') return words.offline(coins);
  if (cause === 'few') return null;
  if (cause === 'disagree') return words.disagree(counted(servers), coins);
  const told = plan.blocked.some(({ why }) => why === 'servers silent');
  return told ? null : words.silent(counted(servers), coins);
}
