/**
 * `npm run check`: everything that can be said about the code without running it. Types come
 * first, because the linter and the bundle need what they produce; the rest runs side by side, and
 * every failure is shown at the end. Each check is a `check:` script of `package.json`, to be run
 * alone as well. `--built` says that `npm run build` has just been done.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './lib/child.mjs';
import { printFailures, runSideBySide } from './lib/tasks.mjs';

const { scripts } = /** @type {{ scripts: Record<string, string> }} */ (
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
);

/**
 * @param {string} name of a `check:` script
 * @returns {import('./lib/tasks.mjs').Task}
 */
function check(name) {
  const [command, ...args] = (scripts[`check:${name}`] ?? '').split(' ');
  if (!command) throw new Error(`package.json has no script check:${name}`);
  return { name, command, args };
}

const bundle = { name: 'bundle', command: 'vite', args: ['build', '--logLevel', 'warn'] };
const first = process.argv.includes('--built') ? [check('types')] : [check('types'), bundle];
// The long ones first, so that no core waits at the end.
const rest = ['lint', 'svelte', 'format', 'unused', 'size'].map(check);

const outcomes = [...(await runSideBySide(first)), ...(await runSideBySide(rest))];
printFailures(outcomes);
const failed = outcomes.filter(({ ok }) => !ok).map(({ name }) => name);
console.log(failed.length === 0 ? '\nAll checks pass.' : `\nFailed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
