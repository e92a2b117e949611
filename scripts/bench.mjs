/**
 * npm run bench -- <area> [--json] [--quick] [more for the area]
 *
 * The convention: an area is a file `<workspace>/bench/<area>.bench.mjs` that exports
 *
 *   export async function run({ quick, args, log }) { ...; return results; }
 *   export function describe(results) { return 'lines for a person'; }   // optional
 *
 * - `results` is plain data: numbers with their unit in the name (`framesPerSecond`, `medianMs`).
 * - `quick` (boolean) asks for a run of a few seconds, `args` holds the flags that are not ours,
 *   and `log(text)` writes progress to stderr, because stdout belongs to the results.
 * - The workspace and what it references are built (`tsc -b <workspace>`) before the file is
 *   imported, so it imports `@raida-wallet/<workspace>` or `../dist/...`, as a user would run it.
 * - Compare within one run, in interleaved rounds, by the median: this machine's speed drifts.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SUFFIX = '.bench.mjs';

/**
 * @typedef {object} Area
 * @property {(how: { quick: boolean, args: string[], log: (text: string) => void }) => Promise<unknown>} run
 * @property {(results: unknown) => string} [describe]
 */

/** Every area with its file and its workspace. */
function findAreas() {
  const { workspaces } = /** @type {{ workspaces: string[] }} */ (
    createRequire(import.meta.url)('../package.json')
  );
  return workspaces.flatMap((workspace) => {
    const folder = join(ROOT, workspace, 'bench');
    return listFolder(folder)
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => ({
        name: name.slice(0, -SUFFIX.length),
        workspace,
        file: join(folder, name),
      }));
  });
}

/** @param {string} folder */
function listFolder(folder) {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** @param {string} workspace */
function build(workspace) {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-b', workspace], { cwd: ROOT, stdio: ['ignore', 2, 2] });
}

const { values, positionals, tokens } = parseArgs({
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' } },
  allowPositionals: true,
  strict: false,
  tokens: true,
});
const areas = findAreas();
const area = areas.find(({ name }) => name === positionals[0]);
if (!area) {
  const names = areas.map(({ name }) => name).join(', ');
  console.error(`usage: npm run bench -- <area> [--json] [--quick]\nareas: ${names}`);
  process.exit(2);
}

build(area.workspace);
const { run, describe } = /** @type {Area} */ (await import(pathToFileURL(area.file).href));
const args = tokens.flatMap((token) => {
  if (token.kind !== 'option' || ['json', 'quick'].includes(token.name)) return [];
  return [token.value === undefined ? token.rawName : `${token.rawName}=${token.value}`];
});
const results = await run({
  quick: values.quick === true,
  args,
  log: (text) => process.stderr.write(`${text}\n`),
});
const report = {
  area: area.name,
  date: new Date().toISOString(),
  node: process.version,
  cpu: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
  results,
};
if (values.json || !describe) console.log(JSON.stringify(report, null, 2));
else console.log(describe(results));
