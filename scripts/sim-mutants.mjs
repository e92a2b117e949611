/**
 * npm run sim:mutants -- [--only NAME] [--seeds N] [--json] [--jobs J]
 *
 * Puts one deliberate fault after the other into the sources (in the bundle only) and runs the
 * simulation until it notices: an oracle that lets a fault pass is worth nothing. Fails when one of
 * them is not caught within its seeds, or does not fit the source any more.
 *
 *   --only NAME   faults whose name contains NAME
 *   --seeds N     at most so many runs each (default 10,000)
 *   --json        the table as JSON
 *   --jobs J      faults at once (default: one for each core)
 */
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bundleSimulation } from './lib/sim-bundle.mjs';
import { MUTANTS } from './lib/sim-mutants.mjs';
import { Runner } from './lib/sim-runner.mjs';

const RANGE_SEEDS = 50;
const DEFAULT_SEEDS = 10_000;

/**
 * @typedef {object} Fate
 * @property {string} name
 * @property {string} breaks
 * @property {number | null} seeds until it was caught, or null
 * @property {string} invariant
 * @property {string} message
 */

/**
 * @param {import('./lib/sim-mutation.mjs').Mutant} mutant
 * @param {number} number
 * @param {number} most
 * @returns {Promise<Fate>}
 */
async function hunt({ name, breaks, only, mutations }, number, most) {
  const bundle = await bundleSimulation(`mutant-${number}`, { mutations });
  const runner = await Runner.start(bundle);
  try {
    for (let from = 1; from <= most; from += RANGE_SEEDS) {
      const seen = await runner.range(from, RANGE_SEEDS, only ?? null, true);
      const [first] = seen.violations;
      if (!first) continue;
      const { seed, invariant, message } = first;
      return { name, breaks, seeds: seed, invariant, message };
    }
    return { name, breaks, seeds: null, invariant: '', message: '' };
  } finally {
    runner.stop();
    rmSync(bundle, { force: true });
  }
}

/** @param {Fate} fate */
function row({ name, breaks, seeds, invariant }) {
  const caught = seeds === null ? 'NOT CAUGHT' : `${seeds}`;
  return `${name.padEnd(32)} ${caught.padStart(10)}  ${invariant.padEnd(8)} ${breaks}`;
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      seeds: { type: 'string' },
      json: { type: 'boolean', default: false },
      jobs: { type: 'string' },
    },
  });
  const wanted = MUTANTS.filter(({ name }) => name.includes(values.only));
  if (wanted.length === 0) throw new Error(`no fault has "${values.only}" in its name`);
  const most = Number(values.seeds ?? DEFAULT_SEEDS);
  const jobs = Number(values.jobs ?? availableParallelism());
  if (!(most >= 1) || !(jobs >= 1)) throw new Error('--seeds and --jobs take numbers above 0');
  /** @type {Fate[]} */
  const fates = [];
  let next = 0;
  const begun = performance.now();
  if (!values.json)
    console.log(`${'fault'.padEnd(32)} ${'seeds'.padStart(10)}  broken   what it does`);
  const lane = async () => {
    for (let number = next++; number < wanted.length; number = next++) {
      const mutant = /** @type {import('./lib/sim-mutation.mjs').Mutant} */ (wanted[number]);
      const fate = await hunt(mutant, number, most);
      fates.push(fate);
      if (!values.json) console.log(row(fate));
    }
  };
  await Promise.all(Array.from({ length: jobs }, lane));
  const caught = fates.filter(({ seeds }) => seeds !== null).length;
  const seconds = (performance.now() - begun) / 1000;
  if (values.json) console.log(JSON.stringify({ faults: fates, caught, seconds }));
  else console.log(`\n${caught} of ${fates.length} caught, in ${seconds.toFixed(0)} s`);
  return caught === fates.length;
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
