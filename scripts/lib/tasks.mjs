/** Commands that run to their end: in parallel with their output held back, or in the open. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT } from './child.mjs';

/**
 * @typedef {object} Task
 * @property {string} name
 * @property {string} command one of node_modules/.bin, or anything on the PATH
 * @property {readonly string[]} args
 */

/**
 * @typedef {object} Outcome
 * @property {string} name
 * @property {boolean} ok
 * @property {number} seconds
 * @property {string} output empty when it went straight to the terminal
 */

const LOCAL_BIN = join(ROOT, 'node_modules', '.bin');

/** @param {Record<string, string | undefined>} [extra] */
function environment(extra) {
  const path = `${LOCAL_BIN}${delimiter}${process.env['PATH'] ?? ''}`;
  return { ...process.env, PATH: path, ...extra };
}

/**
 * Runs one command, its output held back until the end.
 *
 * @param {Task} task
 * @returns {Promise<Outcome>}
 */
export function runQuietly(task) {
  return run(task, ['ignore', 'pipe', 'pipe'], { FORCE_COLOR: process.stdout.isTTY ? '1' : '0' });
}

/**
 * Runs one command in the open.
 *
 * @param {Task} task
 * @param {Record<string, string | undefined>} [extra] environment variables
 * @returns {Promise<Outcome>}
 */
export function runOpenly(task, extra) {
  return run(task, ['ignore', 'inherit', 'inherit'], extra);
}

/**
 * @param {Task} task
 * @param {['ignore', 'pipe' | 'inherit', 'pipe' | 'inherit']} stdio
 * @param {Record<string, string | undefined>} [extra]
 * @returns {Promise<Outcome>}
 */
function run({ name, command, args }, stdio, extra) {
  const begun = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, [...args], {
      cwd: ROOT,
      stdio,
      env: environment(extra),
      // npm's commands are .cmd files on Windows, which only a shell can start.
      shell: process.platform === 'win32',
    });
    let output = '';
    /** @param {Buffer} chunk */
    const keep = (chunk) => void (output += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    /** @param {boolean} ok */
    const done = (ok) =>
      resolve({ name, ok, seconds: (performance.now() - begun) / 1000, output: output.trim() });
    child.once('error', (error) => {
      output += `${command}: ${error.message}`;
      done(false);
    });
    child.once('close', (code) => done(code === 0));
  });
}

/**
 * Runs tasks side by side, as many as the machine has cores, and says how each one ended.
 *
 * @param {readonly Task[]} tasks the long ones first
 * @returns {Promise<Outcome[]>}
 */
export async function runSideBySide(tasks) {
  const waiting = [...tasks];
  /** @type {Outcome[]} */
  const outcomes = [];
  const worker = async () => {
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      const outcome = await runQuietly(task);
      outcomes.push(outcome);
      console.log(line(outcome));
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
  return outcomes;
}

/**
 * @param {Pick<Outcome, 'name' | 'ok' | 'seconds'>} outcome
 * @param {string} [remark]
 */
export function line({ name, ok, seconds }, remark = '') {
  const time = `${seconds.toFixed(1)} s`.padStart(8);
  return `${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(18)} ${time}  ${remark}`.trimEnd();
}

/** @param {readonly Outcome[]} outcomes */
export function printFailures(outcomes) {
  for (const { name, ok, output } of outcomes) {
    if (!ok && output) console.log(`\n──── ${name} ────\n${output}`);
  }
}
