/** What the two test runners say in their JSON reports, added up. */
import { readFileSync } from 'node:fs';

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} notRun skipped ones, which this project does not allow itself
 */

/**
 * A file that cannot even be loaded reports no test at all; it counts as one that failed.
 *
 * @param {{
 *   numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: { status: string, assertionResults: { status: string }[] }[],
 * }} report
 * @returns {Counts}
 */
export function countVitest(report) {
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    notRun: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * A test that passed only when it was tried again did fail. An error outside of any test (a file
 * that cannot be loaded, a network that does not start) counts as one that failed.
 *
 * @param {{
 *   stats: { expected: number, unexpected: number, flaky: number, skipped: number },
 *   errors: unknown[],
 * }} report
 * @returns {Counts}
 */
export function countPlaywright({ stats, errors }) {
  const failed = stats.unexpected + stats.flaky + errors.length;
  return { passed: stats.expected, failed, notRun: stats.skipped };
}

/**
 * A runner that left no report, or failed without saying of which test, still counts as a failure.
 *
 * @template Report
 * @param {string} file
 * @param {(report: Report) => Counts} count
 * @param {boolean} ok whether the runner ended with code 0
 * @returns {Counts}
 */
export function readCounts(file, count, ok) {
  /** @type {Counts} */
  let counts;
  try {
    counts = count(/** @type {Report} */ (JSON.parse(readFileSync(file, 'utf8'))));
  } catch {
    return { passed: 0, failed: 1, notRun: 0 };
  }
  return !ok && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/**
 * @param {readonly Counts[]} all
 * @returns {Counts}
 */
export function addCounts(all) {
  const sum = { passed: 0, failed: 0, notRun: 0 };
  for (const { passed, failed, notRun } of all) {
    sum.passed += passed;
    sum.failed += failed;
    sum.notRun += notRun;
  }
  return sum;
}
