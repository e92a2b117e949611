/**
 * npm run fuzz [-- --minutes N | --runs N] [--only NAME] [--seed S] [--path P]
 *
 * Runs the properties of `npm test` long, each with fresh cases, in turn. Without a limit: one
 * minute. It prints its seed; a failure is printed with the smallest case that shows it and the
 * command that replays it, and becomes a plain test in the workspace.
 *
 * Properties are found where a workspace exports `PROPERTIES` from `test/properties/index.ts`:
 * a list of `{ name, property }`, the property one of fast-check. They are compiled by the
 * workspace's `tsconfig.test.json` first, so nothing here depends on a test runner.
 *
 *   --minutes N   stop after this time (default 1)
 *   --runs N      this many cases a property instead
 *   --only NAME   properties whose name contains NAME
 *   --seed S      the seed of the first round; the next rounds count on from it
 *   --path P      with --only and --seed: replay one failure
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import fc from 'fast-check';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
/** Cases of one property before it is the next one's turn. */
const RUNS_A_TURN = 100;
const DEFAULT_MINUTES = 1;

/**
 * @typedef {object} NamedProperty
 * @property {string} name
 * @property {import('fast-check').IRawProperty<unknown, false>} property
 */

/** @typedef {ReturnType<typeof readOptions>} Options */

/** @returns {Promise<NamedProperty[]>} */
async function loadProperties() {
  const { workspaces } = /** @type {{ workspaces: string[] }} */ (require('../package.json'));
  const tsc = require.resolve('typescript/bin/tsc');
  /** @type {NamedProperty[]} */
  const all = [];
  for (const workspace of workspaces) {
    if (!existsSync(join(ROOT, workspace, 'test/properties/index.ts'))) continue;
    const config = join(workspace, 'tsconfig.test.json');
    execFileSync(process.execPath, [tsc, '-b', config], { cwd: ROOT, stdio: ['ignore', 2, 2] });
    const built = join(ROOT, workspace, 'dist/test/test/properties/index.js');
    const module = /** @type {{ PROPERTIES: NamedProperty[] }} */ (
      await import(pathToFileURL(built).href)
    );
    all.push(...module.PROPERTIES);
  }
  return all;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string' },
      runs: { type: 'string' },
      only: { type: 'string', default: '' },
      seed: { type: 'string' },
      path: { type: 'string' },
    },
  });
  return {
    only: values.only,
    path: values.path,
    runs: values.runs === undefined ? undefined : positive('runs', values.runs),
    minutes: values.minutes === undefined ? DEFAULT_MINUTES : positive('minutes', values.minutes),
    // fast-check's seeds are signed 32-bit numbers.
    seed: values.seed === undefined ? Date.now() | 0 : Number(values.seed) | 0,
  };
}

/**
 * @param {string} name
 * @param {string} text
 */
function positive(name, text) {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} takes a number above 0, not ${text}`);
  return value;
}

/**
 * Says what failed, and how to see it again.
 *
 * @param {string} name
 * @param {import('fast-check').RunDetails<unknown>} details
 */
function report(name, details) {
  console.error(`\nFAILED: ${name}, after ${details.numRuns} cases of this turn`);
  console.error(fc.defaultReportMessage(details));
  console.error(`\nReplay it with:`);
  console.error(
    `  npm run fuzz -- --only '${name}' --seed ${details.seed} --path '${details.counterexamplePath}'`,
  );
}

/**
 * One turn of one property. Returns whether it held.
 *
 * @param {NamedProperty} named
 * @param {import('fast-check').Parameters<unknown>} parameters
 */
function runTurn({ name, property }, parameters) {
  const details = fc.check(property, parameters);
  if (details.failed) report(name, details);
  return { held: !details.failed, runs: details.numRuns };
}

async function main() {
  const options = readOptions();
  const properties = (await loadProperties()).filter(({ name }) => name.includes(options.only));
  if (properties.length === 0) throw new Error(`no property has "${options.only}" in its name`);
  console.log(`seed ${options.seed}, ${properties.length} properties`);
  if (options.path !== undefined) {
    const { seed, path } = options;
    return properties.every((one) => runTurn(one, { seed, path, endOnFailure: true }).held);
  }
  return fuzz(properties, options);
}

/**
 * Round after round, until the time is over or every property had its runs.
 *
 * @param {readonly NamedProperty[]} properties
 * @param {Options} options
 */
function fuzz(properties, { seed, runs, minutes }) {
  const start = Date.now();
  /** @param {number} done */
  const isOver = (done) =>
    runs === undefined ? Date.now() - start >= minutes * 60_000 : done >= runs;
  let cases = 0;
  for (let round = 0, done = 0; !isOver(done); round++, done += RUNS_A_TURN) {
    const numRuns = runs === undefined ? RUNS_A_TURN : Math.min(RUNS_A_TURN, runs - done);
    for (const one of properties) {
      const turn = runTurn(one, { seed: (seed + round) | 0, numRuns });
      if (!turn.held) return false;
      cases += turn.runs;
      if (runs === undefined && isOver(done)) break;
    }
  }
  console.log(`${cases} cases in ${((Date.now() - start) / 1000).toFixed(1)} s, no failure`);
  return true;
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
