import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { findAge } from '../age.mjs';
import { temporaryFolder } from './support.ts';

afterEach(() => vi.unstubAllEnvs());

/** A folder with a program `age` in it. */
function folderWith(text: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'age'), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, 'age'), 0o755);
  return folder;
}

test('the first age on PATH that starts is taken', async () => {
  const [broken, one, other] = [folderWith('exit 127'), folderWith('echo 1'), folderWith('echo 2')];
  vi.stubEnv('PATH', ['', broken, one, other, process.env['PATH']].join(delimiter));
  expect(await findAge()).toBe(join(one, 'age'));
});
