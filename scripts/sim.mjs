/**
 * npm run sim -- [--seeds N] [--from S] [--only ACTION] [--json] [--jobs J] [--real-crypto]
 *                [--plan JSON]
 *
 * Runs the wallet's operations against 25 simulated RAIDA, relays, a network, a store, clocks and
 * people that do everything WALLET.md section 7 lists, and asserts the invariants of section 3. A run
 * is a pure function of its seed. What is behind it: docs/simulation.md.
 *
 *   --seeds N       so many runs (default 1,000); from 20,000 on, everything that can happen must
 *   --from S        the first seed (default 1)
 *   --only ACTION   plans with this action in them: deposit, repair, send, take back, restore, ...
 *   --json          the report as one JSON object
 *   --jobs J        processes (default: one for each core)
 *   --real-crypto   with the real AES instead of a cheap stand-in, at half the speed
 *   --plan JSON     one run of this plan, as a failure prints it
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bundleSimulation } from './lib/sim-bundle.mjs';
import { Runner, addSeen, noSeen } from './lib/sim-runner.mjs';

/** @typedef {import('./lib/sim-runner.mjs').Seen} Seen */
/** @typedef {import('./lib/sim-runner.mjs').FoundViolation} FoundViolation */

/** Runs in which everything that can happen has to happen. */
const ALL_SEEN_SEEDS = 20_000;
const RANGE_SEEDS = 200;
/** Violations that are made short and printed; one cause often has many. */
const PRINTED_VIOLATIONS = 3;
const MIX = 'the mix of all operations';

function readOptions() {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      jobs: { type: 'string' },
      plan: { type: 'string' },
      'real-crypto': { type: 'boolean', default: false },
    },
  });
  return {
    seeds: whole('seeds', values.seeds),
    from: whole('from', values.from),
    only: values.only ?? null,
    json: values.json,
    jobs: values.jobs === undefined ? availableParallelism() : whole('jobs', values.jobs),
    plan: values.plan,
    realCrypto: values['real-crypto'],
  };
}

/**
 * @param {string} name
 * @param {string} text
 */
function whole(name, text) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new Error(`--${name} takes a whole number above 0, not ${text}`);
  }
  return value;
}

/** @typedef {ReturnType<typeof readOptions>} Options */

/**
 * Hands ranges of seeds to the processes until none is left.
 *
 * @param {readonly Runner[]} runners
 * @param {Options} options
 */
async function runAll(runners, { from, seeds, only }) {
  const end = from + seeds;
  let next = from;
  let sum = noSeen();
  await Promise.all(
    runners.map(async (runner) => {
      while (next < end) {
        const first = next;
        next = Math.min(end, first + RANGE_SEEDS);
        const seen = await runner.range(first, next - first, only, false);
        sum = addSeen(sum, seen);
      }
    }),
  );
  return sum;
}

/**
 * @param {FoundViolation} violation
 * @param {Options} options
 */
function replayCommand({ seed }, { only, realCrypto }) {
  const words = ['npm run sim --', `--from ${seed} --seeds 1`];
  if (only !== null) words.push(`--only '${only}'`);
  if (realCrypto) words.push('--real-crypto');
  return words.join(' ');
}

/**
 * @param {Runner} runner
 * @param {FoundViolation} violation
 * @param {Options} options
 */
async function describeViolation(runner, violation, options) {
  const plan = await runner.shrink(violation.plan, violation.invariant);
  const seen = await runner.plan(plan);
  return {
    seed: violation.seed,
    invariant: violation.invariant,
    message: violation.message,
    replay: options.plan === undefined ? replayCommand(violation, options) : null,
    shortest: `npm run sim -- --plan '${JSON.stringify(plan)}'`,
    shortestMessage: seen.violations[0]?.message ?? 'it does not fail any more',
  };
}

/**
 * @param {Seen} seen
 * @param {readonly string[]} missing
 * @param {Awaited<ReturnType<typeof describeViolation>>[]} described
 * @param {{ seconds: number, options: Options }} run
 */
function print(seen, missing, described, { seconds, options }) {
  const { seeds, steps, datagrams, kills, counts, violations } = seen;
  console.log(`\n${options.only === null ? MIX : `plans with "${options.only}"`}`);
  console.log(`seeds       ${seeds} (from ${options.from})`);
  console.log(`steps       ${steps} events delivered, ${datagrams} requests sent`);
  console.log(`kills       ${kills}`);
  for (const kind of ['operation', 'stage', 'coin', 'send', 'repair', 'fault', 'action']) {
    const names = Object.keys(counts).filter((name) => name.startsWith(`${kind} `));
    const told = names.sort().map((name) => `${name.slice(kind.length + 1)} ${counts[name]}`);
    console.log(`${kind.padEnd(11)} ${told.join(', ')}`);
  }
  if (missing.length > 0) console.log(`never seen  ${missing.join(', ')}`);
  console.log(`violations  ${violations.length}`);
  console.log(`speed       ${(seeds / seconds).toFixed(0)} seeds/s in ${seconds.toFixed(1)} s`);
  for (const one of described) {
    console.log(`\nVIOLATION of ${one.message}`);
    if (one.replay !== null) console.log(`  replay:   ${one.replay}`);
    console.log(`  shortest: ${one.shortest}`);
    console.log(`            ${one.shortestMessage}`);
  }
}

async function main() {
  const options = readOptions();
  const { realCrypto } = options;
  const bundle = await bundleSimulation(realCrypto ? 'real' : 'sim', { realCrypto });
  const jobs = options.plan === undefined ? options.jobs : 1;
  const runners = await Promise.all(Array.from({ length: jobs }, () => Runner.start(bundle)));
  const runner = /** @type {Runner} */ (runners[0]);
  const begun = performance.now();
  const seen =
    options.plan === undefined
      ? await runAll(runners, options)
      : await runner.plan(/** @type {unknown} */ (JSON.parse(options.plan)));
  const seconds = (performance.now() - begun) / 1000;
  const unseen = runner.expected.filter((name) => !(name in seen.counts));
  const mustSeeAll = options.only === null && options.seeds >= ALL_SEEN_SEEDS;
  const missing = mustSeeAll && options.plan === undefined ? unseen : [];
  const described = [];
  for (const violation of seen.violations.slice(0, PRINTED_VIOLATIONS)) {
    described.push(await describeViolation(runner, violation, options));
  }
  for (const one of runners) one.stop();
  if (options.json) {
    const { violations, ...rest } = seen;
    const perSecond = seen.seeds / seconds;
    const report = {
      ...rest,
      missing,
      violations: violations.length,
      failed: violations.map(({ seed, invariant }) => ({ seed, invariant })),
      seconds,
      perSecond,
      described,
    };
    console.log(JSON.stringify(report));
  } else print(seen, missing, described, { seconds, options });
  return seen.violations.length === 0 && missing.length === 0;
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
