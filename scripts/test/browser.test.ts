import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { findBrowser } from '../browser.mjs';
import { MIN_CHROMIUM_MAJOR } from '../lib/limits.mjs';
import { temporaryFolder } from './support.ts';

/** A program that answers `--version` as it is told. */
function program(text: string): string {
  const file = join(temporaryFolder(), 'chromium');
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('the browser that CHROME_PATH names', () => {
  afterEach(() => vi.unstubAllEnvs());

  async function found(path: string): Promise<string> {
    vi.stubEnv('CHROME_PATH', path);
    return (await findBrowser()).executablePath;
  }

  test.each([
    `Chromium ${MIN_CHROMIUM_MAJOR}.0.1.2 built on Debian GNU/Linux 12 (bookworm)`,
    `Google Chrome ${MIN_CHROMIUM_MAJOR + 40}.0.7000.1`,
    `Google Chrome for Testing ${MIN_CHROMIUM_MAJOR + 1}.0.7000.1`,
  ])('is taken when it says "%s"', async (version) => {
    const path = program(`echo '${version}'`);
    expect(await found(path)).toBe(path);
  });

  test('has to be new enough', async () => {
    const path = program(`echo 'Chromium ${MIN_CHROMIUM_MAJOR - 1}.9.1.2'`);
    await expect(found(path)).rejects.toThrow(
      `CHROME_PATH names ${path}, but it is not Chromium ${MIN_CHROMIUM_MAJOR} or newer`,
    );
  });

  test('has to be a browser', async () => {
    await expect(found(program(`echo 'Command requires the snap'`))).rejects.toThrow('snap');
    await expect(found(program('exit 127'))).rejects.toThrow('it does not start');
    await expect(found(join(temporaryFolder(), 'none'))).rejects.toThrow('there is no such file');
  });
});
