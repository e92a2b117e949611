/**
 * A long-running child of this project: a RAIDA network or a relay. It says in one line of JSON on
 * standard output that it is ready (`{"ready":true,...}`), and stops on SIGTERM.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { CHILD_OUTPUT_LINES, CHILD_READY_MS, CHILD_STOP_MS } from './limits.mjs';
import { PlainError } from './plain-error.mjs';

const EXIT_WITH_PARENT = new URL('./exit-with-parent.mjs', import.meta.url).href;

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @typedef {object} Exit
 * @property {number | null} code
 * @property {NodeJS.Signals | null} signal
 */

/**
 * @typedef {object} Child
 * @property {string} name
 * @property {number} pid
 * @property {Record<string, unknown>} ready what it said when it was ready
 * @property {Promise<Exit>} exited settles when the process is gone
 * @property {() => string} output the last lines that it wrote
 * @property {() => Promise<Exit>} stop asks it to stop, and kills it when it does not
 * @property {() => Promise<Exit>} kill SIGKILL, at once
 */

/**
 * Starts `node <args>` and waits until it is ready.
 *
 * @param {string} name what messages call it
 * @param {readonly string[]} args script and its arguments, relative to the repository's root
 * @param {{ readyMs?: number, onLine?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<Child>}
 */
export async function startChild(name, args, options = {}) {
  const { readyMs = CHILD_READY_MS, onLine, signal } = options;
  signal?.throwIfAborted();
  const process_ = spawn(process.execPath, ['--import', EXIT_WITH_PARENT, ...args], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'pipe'],
    // Its own process group: Ctrl-C reaches us alone, and we stop the children in order.
    detached: process.platform !== 'win32',
  });
  /** @type {string[]} */
  const lines = [];
  /** @param {string} line */
  const keep = (line) => {
    lines.push(line);
    if (lines.length > CHILD_OUTPUT_LINES) lines.shift();
    onLine?.(line);
  };
  /** @type {Promise<Exit>} */
  const exited = new Promise((resolve) => {
    process_.once('error', (error) => {
      keep(error.message);
      resolve({ code: null, signal: null });
    });
    // `close`, not `exit`: the last lines have been read by then.
    process_.once('close', (code, exitSignal) => resolve({ code, signal: exitSignal }));
  });
  createInterface({ input: process_.stderr }).on('line', keep);
  const output = () => lines.join('\n');
  const kill = () => {
    process_.kill('SIGKILL');
    return exited;
  };
  const stop = async () => {
    process_.kill('SIGTERM');
    const timer = setTimeout(() => process_.kill('SIGKILL'), CHILD_STOP_MS);
    const exit = await exited;
    clearTimeout(timer);
    return exit;
  };

  /** @type {Promise<Record<string, unknown>>} */
  const readyLine = new Promise((resolve) => {
    createInterface({ input: process_.stdout }).on('line', (line) => {
      keep(line);
      const said = parseReady(line);
      if (said) resolve(said);
    });
  });
  try {
    const ready = await firstOf(readyLine, exited, readyMs, signal);
    return { name, pid: process_.pid ?? 0, ready, exited, output, stop, kill };
  } catch (error) {
    await kill();
    const what = error instanceof Error ? error.message : String(error);
    throw new PlainError(`${name} ${what}. ${lastWords(output())}`, { cause: error });
  }
}

/**
 * @param {Exit} exit
 * @returns {string} words for how a process ended
 */
export function exitWords({ code, signal }) {
  if (signal) return `was killed by ${signal}`;
  return code === null ? 'could not be started' : `ended with code ${code}`;
}

/**
 * @param {Promise<Record<string, unknown>>} readyLine
 * @param {Promise<Exit>} exited
 * @param {number} readyMs
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<Record<string, unknown>>}
 */
function firstOf(readyLine, exited, readyMs, signal) {
  return new Promise((resolve, reject) => {
    /** @param {string} what */
    const fail = (what) => {
      clearTimeout(timer);
      reject(new Error(what));
    };
    const timer = setTimeout(() => fail(`was not ready after ${readyMs / 1000} s`), readyMs);
    const abort = () => fail('was stopped before it was ready');
    signal?.addEventListener('abort', abort, { once: true });
    void readyLine.then((said) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      resolve(said);
    });
    void exited.then((exit) => fail(exitWords(exit)));
  });
}

/**
 * @param {string} output
 * @returns {string}
 */
export function lastWords(output) {
  return output ? `It wrote last:\n${output}` : 'It wrote nothing.';
}

/**
 * @param {string} line
 * @returns {Record<string, unknown> | undefined}
 */
function parseReady(line) {
  if (!line.startsWith('{')) return undefined;
  try {
    const said = /** @type {unknown} */ (JSON.parse(line));
    if (typeof said !== 'object' || said === null) return undefined;
    return 'ready' in said && said.ready === true
      ? /** @type {Record<string, unknown>} */ (said)
      : undefined;
  } catch {
    return undefined;
  }
}
