import { EXPECTED_NAMES } from './coverage.ts';
import { makePlan } from './make-plan.ts';
import type { Plan } from './plan.ts';
import { runPlan, type RunResult } from './run.ts';
import { shrink } from './shrink.ts';

/**
 * The process in which runs happen: it gets ranges of seeds from `scripts/sim.mjs`, one after the
 * other, and answers each with what was seen. Nothing here looks at a real clock.
 */
export type ToRunner =
  | {
      readonly kind: 'range';
      readonly from: number;
      readonly seeds: number;
      readonly only: string | null;
      /** Whether the range ends at its first violation. */
      readonly stop: boolean;
    }
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'plans'; readonly plans: readonly Plan[] }
  | { readonly kind: 'shrink'; readonly plan: Plan; readonly invariant: string };

export interface Seen {
  readonly seeds: number;
  /** Events delivered. */
  readonly steps: number;
  readonly datagrams: number;
  readonly kills: number;
  readonly counts: Record<string, number>;
  readonly violations: readonly FoundViolation[];
}

export interface FoundViolation {
  readonly seed: number;
  readonly invariant: string;
  readonly message: string;
  readonly plan: Plan;
}

export type FromRunner =
  | { readonly kind: 'ready'; readonly expected: readonly string[] }
  | ({ readonly kind: 'seen' } & Seen)
  | { readonly kind: 'shrunk'; readonly plan: Plan }
  | { readonly kind: 'ended'; readonly runs: readonly EndedRun[] };

export interface EndedRun {
  readonly violation: string | null;
  readonly datagrams: number;
  /** Of each life: how many moments it had, and what outlived it. */
  readonly lives: readonly { readonly moments: number; readonly left: string }[];
}

class Sum {
  seeds = 0;
  steps = 0;
  datagrams = 0;
  kills = 0;
  readonly counts: Record<string, number> = {};
  readonly violations: FoundViolation[] = [];

  add({ plan, violation, events, datagrams, kills, world }: RunResult): void {
    this.seeds++;
    this.steps += events;
    this.datagrams += datagrams;
    this.kills += kills;
    for (const [name, count] of world.coverage.entries()) {
      this.counts[name] = (this.counts[name] ?? 0) + count;
    }
    if (!violation) return;
    const { invariant, message } = violation;
    this.violations.push({ seed: plan.seed, invariant, message, plan });
  }

  seen(): FromRunner {
    const { seeds, steps, datagrams, kills, counts, violations } = this;
    return { kind: 'seen', seeds, steps, datagrams, kills, counts, violations };
  }
}

async function runRange(message: ToRunner & { kind: 'range' }): Promise<FromRunner> {
  const { from, seeds, only, stop } = message;
  const sum = new Sum();
  for (let seed = from; seed < from + seeds; seed++) {
    sum.add(await runPlan(makePlan(seed, only)));
    if (stop && sum.violations.length > 0) break;
  }
  return sum.seen();
}

async function runPlans(plans: readonly Plan[]): Promise<FromRunner> {
  const runs: EndedRun[] = [];
  for (const plan of plans) {
    const { violation, datagrams, lives } = await runPlan(plan, true);
    runs.push({ violation: violation?.message ?? null, datagrams, lives });
  }
  return { kind: 'ended', runs };
}

async function answer(message: ToRunner): Promise<FromRunner> {
  switch (message.kind) {
    case 'range':
      return runRange(message);
    case 'plan': {
      const sum = new Sum();
      sum.add(await runPlan(message.plan));
      return sum.seen();
    }
    case 'plans':
      return runPlans(message.plans);
    case 'shrink':
      return { kind: 'shrunk', plan: await shrink(message.plan, message.invariant) };
  }
}

function send(message: FromRunner): void {
  process.send!(message);
}

process.on('message', (message: ToRunner) => {
  void answer(message).then(send, (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
    process.exit(1);
  });
});
// A RAIDA answers most errors by throwing one; where it came from, nobody asks.
Error.stackTraceLimit = 0;
send({ kind: 'ready', expected: EXPECTED_NAMES });
