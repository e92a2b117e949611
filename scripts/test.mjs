/**
 * `npm test`: build, checks, unit tests, end-to-end tests, and one line at the end that counts all
 * tests: `N passed, N failed`. `node scripts/test.mjs e2e [...]` builds and runs the end-to-end
 * tests alone; what follows goes to Playwright (`npm run test:e2e -- --grep deposit`).
 *
 * The stages follow each other, because each fills the machine by itself; only the search for a
 * browser, which may mean a download, runs beside the first ones.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findBrowser } from './browser.mjs';
import { ROOT } from './lib/child.mjs';
import { addCounts, countPlaywright, countVitest, readCounts } from './lib/reports.mjs';
import { line, printFailures, runOpenly, runSideBySide } from './lib/tasks.mjs';

/** @typedef {import('./lib/reports.mjs').Counts} Counts */

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {boolean} ok
 * @property {number} seconds
 * @property {Counts} [counts] of a stage that runs tests
 */

const REPORTS = join(ROOT, '.cache', 'reports');

/** @returns {Promise<Stage>} */
async function build() {
  title('build');
  const begun = performance.now();
  const outcomes = await runSideBySide([
    { name: 'tsc', command: 'tsc', args: ['-b'] },
    { name: 'vite', command: 'vite', args: ['build', '--logLevel', 'warn'] },
  ]);
  printFailures(outcomes);
  const ok = outcomes.every((outcome) => outcome.ok);
  return { name: 'build', ok, seconds: (performance.now() - begun) / 1000 };
}

/** @returns {Promise<Stage>} */
function check() {
  title('check');
  const args = [join('scripts', 'check.mjs'), '--built'];
  return runOpenly({ name: 'check', command: process.execPath, args });
}

/** @returns {Promise<Stage>} */
async function unit() {
  title('unit tests');
  const report = join(REPORTS, 'vitest.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const task = { name: 'unit tests', command: 'vitest', args: ['run', ...reporters] };
  const outcome = await runOpenly(task);
  return { ...outcome, counts: readCounts(report, countVitest, outcome.ok) };
}

/**
 * @param {Promise<import('./browser.mjs').Browser>} browser
 * @param {readonly string[]} more for Playwright
 * @returns {Promise<Stage>}
 */
async function endToEnd(browser, more) {
  title('end-to-end tests');
  const name = 'end-to-end tests';
  let executablePath;
  try {
    const found = await browser;
    console.log(`Chromium: ${found.executablePath} (${found.source})`);
    executablePath = found.executablePath;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return { name, ok: false, seconds: 0, counts: { passed: 0, failed: 1, notRun: 0 } };
  }
  const report = join(REPORTS, 'playwright.json');
  const args = ['test', '--config', join('e2e', 'playwright.config.ts'), ...more];
  const variables = { E2E_BROWSER: executablePath, E2E_REPORT: report };
  const outcome = await runOpenly({ name, command: 'playwright', args }, variables);
  return { ...outcome, counts: readCounts(report, countPlaywright, outcome.ok) };
}

/** @param {string} text */
function title(text) {
  console.log(`\n━━━ ${text} ━━━`);
}

/** @param {Stage} stage */
function stageLine({ counts, ...stage }) {
  return line(stage, counts && `${counts.passed} passed, ${counts.failed} failed`);
}

/** @param {readonly Stage[]} stages */
function summarize(stages) {
  title('summary');
  for (const stage of stages) console.log(stageLine(stage));
  const { passed, failed, notRun } = addCounts(stages.flatMap(({ counts }) => counts ?? []));
  if (notRun > 0) console.log(`FAILED  ${notRun} tests did not run, which is not allowed here`);
  const ok = stages.every((stage) => stage.ok) && failed === 0 && passed > 0 && notRun === 0;
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = ok ? 0 : 1;
}

const [only, ...more] = process.argv.slice(2);
if (only !== undefined && only !== 'e2e') {
  console.error(`There is no "${only}" to test alone; there is "e2e".`);
  process.exit(2);
}

rmSync(REPORTS, { recursive: true, force: true });
mkdirSync(REPORTS, { recursive: true });
const browser = findBrowser({ log: console.log });
// It is awaited only at the end: until then a failure is not yet an unhandled one.
browser.catch(() => {});

/** @type {Stage[]} */
const stages = [await build()];
if (only === undefined) stages.push(await check(), await unit());
stages.push(await endToEnd(browser, more));
summarize(stages);
