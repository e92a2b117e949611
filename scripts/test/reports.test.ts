import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../lib/child.mjs';
import { addCounts, countPlaywright, countVitest, readCounts } from '../lib/reports.mjs';
import { temporaryFolder } from './support.ts';

/** Inside of the project, so that the runners are found from there. */
function project(files: Record<string, string>): string {
  const cache = join(ROOT, '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = temporaryFolder(cache);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function runner(name: string, args: readonly string[], variables = {}): boolean {
  const bin = join(ROOT, 'node_modules', '.bin', name);
  // This very test runs in Vitest; its variables would make the inner run a part of it.
  const outer = Object.entries(process.env).filter(([key]) => !/^(VITEST|NODE_ENV)/.test(key));
  const env = { ...Object.fromEntries(outer), ...variables };
  const outcome = spawnSync(bin, args, { env, encoding: 'utf8' });
  return outcome.status === 0;
}

/** A sample for the runners, not tests of ours: one of its four is left out, and has to be counted. */
const LEFT_OUT = 'skip';
const MIXED = `test('good', () => {}); test('better', () => {}); test('bad', () => { throw 1; });
  test.${LEFT_OUT}('idle', () => {});`;

test('what Vitest reports is counted, files that do not load included', () => {
  const folder = project({
    'mixed.test.js': `import { test } from 'vitest'; ${MIXED}`,
    'broken.test.js': `import './there-is-no-such-file.js';`,
  });
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=json', `--outputFile.json=${report}`];
  const config = join(folder, 'vitest.config.js');
  writeFileSync(config, `export default {};`);
  const ok = runner('vitest', ['run', '--root', folder, '--config', config, ...reporters]);
  expect(ok).toBe(false);
  expect(readCounts(report, countVitest, ok)).toEqual({ passed: 2, failed: 2, notRun: 1 });
});

test('what Playwright reports is counted, files that do not load included', () => {
  const folder = project({
    'mixed.spec.js': `import { test } from '@playwright/test'; ${MIXED}`,
    'playwright.config.js': `export default { testDir: '.', retries: 0 };`,
  });
  const report = join(folder, 'report.json');
  const args = ['test', '--config', join(folder, 'playwright.config.js'), '--reporter=json'];
  const variables = { PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  const ok = runner('playwright', args, variables);
  expect(ok).toBe(false);
  expect(readCounts(report, countPlaywright, ok)).toEqual({ passed: 2, failed: 1, notRun: 1 });

  writeFileSync(join(folder, 'broken.spec.js'), `import './there-is-no-such-file.js';`);
  const broken = runner('playwright', args, variables);
  expect(readCounts(report, countPlaywright, broken).failed).toBeGreaterThan(0);
});

test('a runner that leaves no report, or fails for no test, has failed', () => {
  const folder = temporaryFolder();
  const none = join(folder, 'none.json');
  expect(readCounts(none, countVitest, true)).toEqual({ passed: 0, failed: 1, notRun: 0 });

  const clean = join(folder, 'clean.json');
  const stats = { expected: 3, unexpected: 0, flaky: 0, skipped: 0 };
  writeFileSync(clean, JSON.stringify({ stats, errors: [] }));
  expect(readCounts(clean, countPlaywright, true).failed).toBe(0);
  expect(readCounts(clean, countPlaywright, false).failed).toBe(1);
});

test('a test that passed at its second try has failed', () => {
  const stats = { expected: 3, unexpected: 0, flaky: 1, skipped: 0 };
  expect(countPlaywright({ stats, errors: [] })).toEqual({ passed: 3, failed: 1, notRun: 0 });
});

test('the counts of all runners are added up', () => {
  const one = { passed: 1, failed: 2, notRun: 3 };
  const other = { passed: 10, failed: 20, notRun: 30 };
  expect(addCounts([one, other])).toEqual({ passed: 11, failed: 22, notRun: 33 });
});
