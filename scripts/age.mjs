/**
 * Finds the age tool, with which the tests open backup files, and brings it when the machine has none:
 *
 * 1. an installed one that starts,
 * 2. Debian's package, where we may install it,
 * 3. a message that says what to do.
 *
 * `node scripts/age.mjs` prints the path.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PlainError, reportAndFail } from './lib/plain-error.mjs';
import { installDebianPackages, output, placesOf } from './lib/programs.mjs';

const NAMES = process.platform === 'win32' ? ['age.exe'] : ['age'];
const FOLDERS = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

const WHAT_TO_DO = `The age tool was not found, and could not be installed. The tests of backup files need it.
Any of these helps:
  - install it with your system's package manager
    (Debian: apt-get install age; macOS: brew install age),
  - put the program "age" of https://github.com/FiloSottile/age/releases into a folder of PATH.`;

/**
 * @param {{ log?: (message: string) => void }} [options]
 * @returns {Promise<string>} its path; throws an error that says what to do when there is none
 */
export async function findAge({ log = () => {} } = {}) {
  const found = await firstThatStarts();
  if (found !== undefined) return found;
  await installDebianPackages(['age'], (message) => log(`age: ${message}`));
  const installed = await firstThatStarts();
  if (installed === undefined) throw new PlainError(WHAT_TO_DO);
  return installed;
}

/** @returns {Promise<string | undefined>} */
async function firstThatStarts() {
  for (const path of placesOf(NAMES, FOLDERS).filter((place) => existsSync(place))) {
    if ((await output(path, ['--version'])) !== undefined) return path;
  }
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(await findAge({ log: console.error }));
  } catch (error) {
    reportAndFail(error);
  }
}
