import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';

import { findAge } from '../../../scripts/age.mjs';
import { openBackup, sealBackup } from '../../src/vault/backup-file.ts';

/**
 * The tool that people have, on the files that the wallet makes, and the other way round. A missing
 * tool is installed, or the test fails and says what to do.
 */

/** Debian's package with its lists comes first, on a machine that has no age. */
const TIMEOUT_MS = 600_000;
const PASSPHRASE = 'correct horse battery staple';
const BACKUP = { madeAtMs: 1_763_800_000_000, entries: [new Uint8Array(150_000).fill(3)] };

/** Gives a program a terminal of its own; age reads passphrases from nothing else. */
const SCRIPT = 'script';

/** Runs age, and types. */
async function age(args: readonly string[], typed: string): Promise<string> {
  const command = [await findAge(), ...args];
  const words = process.platform === 'darwin' ? ['/dev/null', ...command] : [...quoted(command)];
  return new Promise((resolve, reject) => {
    const child = execFile(SCRIPT, ['-q', ...words], (error, output) => {
      if (error && 'code' in error && error.code === 'ENOENT') {
        reject(
          new Error(
            `There is no program "${SCRIPT}". Install it (Debian: apt-get install bsdutils).`,
          ),
        );
      } else if (error) reject(new Error(output));
      else resolve(output);
    });
    child.stdin?.end(typed);
  });
}

/** For util-linux, which takes a line for a shell. */
function quoted(command: readonly string[]): string[] {
  const line = command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  return ['-e', '-c', line, '/dev/null'];
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'raida-wallet-age-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('the age tool opens a backup file', { timeout: TIMEOUT_MS }, async () => {
  const [sealed, opened] = [join(folder(), 'backup.age'), join(folder(), 'backup.cbor')];
  const { bytes, digest } = await sealBackup(BACKUP, PASSPHRASE);
  writeFileSync(sealed, bytes);
  await age(['-d', '-o', opened, sealed], `${PASSPHRASE}\n`);
  const plain = readFileSync(opened);
  expect(createHash('sha256').update(plain).digest('hex')).toBe(
    Buffer.from(digest).toString('hex'),
  );
  expect(plain.includes('raida-wallet backup')).toBe(true);
  await expect(age(['-d', '-o', opened, sealed], 'another one\n')).rejects.toThrow('incorrect');
});

test.each([[[]], [['-a']]])(
  'a backup file that the age tool encrypted again opens: age -p %s',
  { timeout: TIMEOUT_MS },
  async (options) => {
    const [first, plain, again] = ['backup.age', 'backup.cbor', 'again.age'].map((name) =>
      join(folder(), name),
    ) as [string, string, string];
    const { bytes, digest } = await sealBackup(BACKUP, PASSPHRASE, { workFactor: 2 });
    writeFileSync(first, bytes);
    await age(['-d', '-o', plain, first], `${PASSPHRASE}\n`);
    await age(['-p', ...options, '-o', again, plain], 'a new one\na new one\n');
    expect(await openBackup(readFileSync(again), 'a new one')).toEqual({ ...BACKUP, digest });
  },
);
