/**
 * `npm run check`: everything that can be said about the code without running it. Types come
 * first, because the linter and the bundle need what they produce; the rest runs side by side, and
 * every failure is shown at the end. `--built` says that `npm run build` has just been done.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './lib/child.mjs';
import { printFailures, runSideBySide } from './lib/tasks.mjs';

const WORKSPACES = ['protocol', 'raida', 'relay', 'web', 'e2e'];

/** The projects of the root `tsconfig.json` leave tests out; these hold them. */
const testProjects = WORKSPACES.map((workspace) => `${workspace}/tsconfig.test.json`).filter(
  (path) => existsSync(join(ROOT, path)),
);

const built = process.argv.includes('--built');
const types = { name: 'types', command: 'tsc', args: ['-b', '.', 'scripts', ...testProjects] };
const bundle = { name: 'bundle', command: 'vite', args: ['build', '--logLevel', 'warn'] };

const first = await runSideBySide(built ? [types] : [types, bundle]);
const rest = await runSideBySide([
  { name: 'eslint', command: 'eslint', args: ['--max-warnings', '0', '.'] },
  {
    name: 'svelte-check',
    command: 'svelte-check',
    args: ['--workspace', 'web', '--tsconfig', 'tsconfig.json', '--fail-on-warnings'],
  },
  {
    name: 'prettier',
    command: 'prettier',
    args: ['--check', '--log-level', 'warn', '--cache', '.'],
  },
  { name: 'knip', command: 'knip', args: ['--no-progress', '--treat-config-hints-as-errors'] },
  { name: 'size-limit', command: 'size-limit', args: [] },
]);

const outcomes = [...first, ...rest];
printFailures(outcomes);
const failed = outcomes.filter(({ ok }) => !ok).map(({ name }) => name);
console.log(failed.length === 0 ? '\nAll checks pass.' : `\nFailed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
