/**
 * A process that runs simulated worlds (`e2e/simulation/mix/main.ts`): what it is asked, it does, one
 * thing after the other.
 */
import { fork } from 'node:child_process';

/** @typedef {{ seed: number, invariant: string, message: string, plan: unknown }} FoundViolation */

/**
 * What was seen in some runs.
 *
 * @typedef {object} Seen
 * @property {number} seeds
 * @property {number} steps
 * @property {number} datagrams
 * @property {number} kills
 * @property {Record<string, number>} counts
 * @property {readonly FoundViolation[]} violations
 */

/**
 * @typedef {object} EndedRun
 * @property {string | null} violation
 * @property {number} datagrams
 * @property {readonly { moments: number, left: string }[]} lives
 */

/** @returns {Seen} */
export function noSeen() {
  return { seeds: 0, steps: 0, datagrams: 0, kills: 0, counts: {}, violations: [] };
}

/**
 * @param {Seen} a
 * @param {Seen} b
 * @returns {Seen}
 */
export function addSeen(a, b) {
  const counts = { ...a.counts };
  for (const [name, count] of Object.entries(b.counts)) counts[name] = (counts[name] ?? 0) + count;
  return {
    seeds: a.seeds + b.seeds,
    steps: a.steps + b.steps,
    datagrams: a.datagrams + b.datagrams,
    kills: a.kills + b.kills,
    counts,
    violations: [...a.violations, ...b.violations].sort((one, other) => one.seed - other.seed),
  };
}

export class Runner {
  /** @type {import('node:child_process').ChildProcess} */
  #process;
  /** @type {((message: any) => void) | null} */
  #heard = null;
  /** @type {((error: Error) => void) | null} */
  #gone = null;
  #stopped = false;
  /** @type {readonly string[]} Names of everything that a long run has to see. */
  expected = [];

  /** @param {string} bundle */
  constructor(bundle) {
    // Most of what a run makes is garbage when the run ends: so rarely is it looked for, by one thread.
    const semiSpace = ['--min-semi-space-size=64', '--max-semi-space-size=64'];
    const execArgv = [...semiSpace, '--single-threaded-gc'];
    this.#process = fork(bundle, { execArgv, serialization: 'advanced' });
    this.#process.on('message', (message) => this.#heard?.(message));
    this.#process.on('exit', (code) => {
      if (!this.#stopped) this.#gone?.(new Error(`a simulation ended with code ${code}`));
    });
  }

  /** @param {string} bundle */
  static async start(bundle) {
    const runner = new Runner(bundle);
    const { expected } = await runner.#next();
    runner.expected = expected;
    return runner;
  }

  /** @returns {Promise<any>} */
  #next() {
    return new Promise((resolve, reject) => {
      this.#heard = resolve;
      this.#gone = reject;
    });
  }

  /**
   * @param {object} message
   * @returns {Promise<any>}
   */
  #ask(message) {
    const answer = this.#next();
    this.#process.send(message);
    return answer;
  }

  /**
   * @param {number} from
   * @param {number} seeds
   * @param {string | null} only
   * @param {boolean} stop whether it ends at its first violation
   * @returns {Promise<Seen>}
   */
  range(from, seeds, only, stop) {
    return this.#ask({ kind: 'range', from, seeds, only, stop });
  }

  /**
   * @param {unknown} plan
   * @returns {Promise<Seen>}
   */
  plan(plan) {
    return this.#ask({ kind: 'plan', plan });
  }

  /**
   * @param {readonly unknown[]} plans
   * @returns {Promise<readonly EndedRun[]>} in their order
   */
  async plans(plans) {
    /** @type {{ runs: readonly EndedRun[] }} */
    const answer = await this.#ask({ kind: 'plans', plans });
    return answer.runs;
  }

  /**
   * @param {unknown} plan
   * @param {string} invariant
   * @returns {Promise<unknown>} the shortest plan that breaks the same one
   */
  async shrink(plan, invariant) {
    /** @type {{ plan: unknown }} */
    const answer = await this.#ask({ kind: 'shrink', plan, invariant });
    return answer.plan;
  }

  stop() {
    this.#stopped = true;
    this.#process.disconnect();
    this.#process.kill();
  }
}
