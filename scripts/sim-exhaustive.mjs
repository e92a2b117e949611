/**
 * npm run sim:exhaustive -- [--only deposit|heal] [--json] [--jobs J]
 *
 * One coin comes in, and one coin is healed: with a kill at every moment (await, commit or send), and
 * at every pair of moments, the second in the life that follows the first. After each, everything has
 * to come right, and every invariant to hold on the way.
 *
 * Two first kills that leave the same behind (the store, what the RAIDA hold, and the mutations that
 * are on their way) are followed by the same second life: of those one stands for all, and the pairs
 * are counted with it.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bundleSimulation } from './lib/sim-bundle.mjs';
import { Runner } from './lib/sim-runner.mjs';

/** @typedef {import('./lib/sim-runner.mjs').EndedRun} EndedRun */

/** Runs that one process does at a time. */
const PLANS_AT_ONCE = 400;

const CALM_PLAN = {
  seed: 1,
  start: 0,
  relays: 3,
  hostile: null,
  network: { loss: 0, duplicates: 0, latencyMs: 20, jitter: 0, slow: 0, held: 0, busy: 0 },
  restartMask: 0,
  noSumMask: 0,
  down: [],
  lying: [],
  store: { errors: 0, quota: 0, loseLast: 0 },
};

/** By name: what happens, and the lives that it is cut into. */
const STORIES = {
  deposit: {
    ...CALM_PLAN,
    actions: [
      { do: 'deposit', coins: 1, fracked: [], kind: 'good', owner: null },
      { do: 'settle' },
      { do: 'wait', ms: 60_000 },
    ],
  },
  heal: {
    ...CALM_PLAN,
    // A coin besides, to key the requests with.
    start: 2,
    actions: [
      { do: 'frack', raidas: [2, 7, 11, 16, 23], all: false },
      { do: 'repair' },
      { do: 'wait', ms: 600_000 },
    ],
  },
};

/**
 * @param {readonly Runner[]} runners
 * @param {readonly unknown[]} plans
 * @returns {Promise<EndedRun[]>} in their order
 */
async function runAll(runners, plans) {
  /** @type {EndedRun[]} */
  const all = [];
  let next = 0;
  await Promise.all(
    runners.map(async (runner) => {
      while (next < plans.length) {
        const first = next;
        next += PLANS_AT_ONCE;
        const runs = await runner.plans(plans.slice(first, next));
        runs.forEach((run, i) => {
          all[first + i] = run;
        });
      }
    }),
  );
  return all;
}

/**
 * @param {readonly Runner[]} runners
 * @param {keyof typeof STORIES} name
 */
async function exhaust(runners, name) {
  const plan = STORIES[name];
  /** @type {{ lives: number[], message: string }[]} */
  const failures = [];
  /**
   * @param {number[][]} lives
   * @returns {Promise<EndedRun[]>}
   */
  const run = async (lives) => {
    const runs = await runAll(
      runners,
      lives.map((one) => ({ ...plan, lives: one })),
    );
    runs.forEach(({ violation }, i) => {
      if (violation !== null) failures.push({ lives: lives[i] ?? [], message: violation });
    });
    return runs;
  };
  const [calm] = await run([[]]);
  const moments = calm?.lives[0]?.moments ?? 0;
  const singles = Array.from({ length: moments }, (_, i) => [i]);
  const ended = await run(singles);
  /**
   * By what was left: the first kill that left it, how many did, and the moments of the next life.
   *
   * @type {Map<string, { first: number, times: number, moments: number }>}
   */
  const distinct = new Map();
  ended.forEach(({ lives }, first) => {
    const [before, after] = lives;
    if (!before || !after) return;
    const known = distinct.get(before.left);
    if (known) known.times++;
    else distinct.set(before.left, { first, times: 1, moments: after.moments });
  });
  let pairs = 0;
  /** @type {number[][]} */
  const seconds = [];
  for (const { first, times, moments: later } of distinct.values()) {
    pairs += times * later;
    for (let second = 0; second < later; second++) seconds.push([first, second]);
  }
  await run(seconds);
  return { name, moments, distinct: distinct.size, pairs, pairsRun: seconds.length, failures };
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      jobs: { type: 'string' },
    },
  });
  const names = /** @type {(keyof typeof STORIES)[]} */ (Object.keys(STORIES)).filter(
    (name) => values.only === undefined || name === values.only,
  );
  if (names.length === 0) throw new Error(`there is no "${values.only ?? ''}" to exhaust`);
  const jobs = Number(values.jobs ?? availableParallelism());
  if (!(jobs >= 1)) throw new Error('--jobs takes a number above 0');
  const bundle = await bundleSimulation('exhaustive');
  const runners = await Promise.all(Array.from({ length: jobs }, () => Runner.start(bundle)));
  const reports = [];
  for (const name of names) {
    const begun = performance.now();
    const report = await exhaust(runners, name);
    const seconds = (performance.now() - begun) / 1000;
    reports.push({ ...report, seconds });
    if (values.json) continue;
    const { moments, distinct, pairs, pairsRun, failures } = report;
    console.log(
      `${name}: a kill at each of ${moments} moments, which leave ${distinct} states behind`,
    );
    console.log(`  pairs of kills: ${pairs}, of which ${pairsRun} differ and were run`);
    console.log(`  ${failures.length === 0 ? 'all end whole' : `${failures.length} FAILED`}`);
    for (const { lives, message } of failures.slice(0, 3)) {
      console.log(`  after ${lives.join(' and ')} moments: ${message}`);
      console.log(`  npm run sim -- --plan '${JSON.stringify({ ...STORIES[name], lives })}'`);
    }
    console.log(`  ${seconds.toFixed(0)} s`);
  }
  for (const runner of runners) runner.stop();
  if (values.json) console.log(JSON.stringify(reports));
  return reports.every(({ failures, moments }) => failures.length === 0 && moments > 0);
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
