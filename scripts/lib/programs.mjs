/** Programs that tests need: where they may be, what they say, and Debian's package of one. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { APT_MS, PROGRAM_ANSWER_MS } from './limits.mjs';

/**
 * @param {readonly string[]} names
 * @param {readonly string[]} [more] folders that are looked into after those of PATH
 * @returns {string[]} every place where a program of one of these names may be, the best first
 */
export function placesOf(names, more = []) {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  folders.push(...more);
  return [...new Set(names.flatMap((name) => folders.map((folder) => join(folder, name))))];
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {number} timeout in milliseconds
 * @returns {Promise<string | undefined>} its standard output, or nothing when it failed
 */
export function output(command, args, timeout = PROGRAM_ANSWER_MS) {
  return new Promise((resolve) => {
    const options = { timeout, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(command, args, options, (error, stdout) => {
      resolve(error ? undefined : stdout);
    });
    child.stdin?.end();
  });
}

/**
 * Installs Debian's packages where this is a Debian, or a child of it, and we may.
 *
 * @param {readonly string[]} packages
 * @param {(message: string) => void} log
 * @returns {Promise<boolean>} whether it was tried; whether it worked, the program itself says
 */
export async function installDebianPackages(packages, log) {
  if (!isDebian()) return false;
  const asRoot = await prefixForRoot();
  if (!asRoot) {
    log("Debian's package would do, but installing it takes root");
    return false;
  }
  log("installing Debian's package");
  const env = ['env', 'DEBIAN_FRONTEND=noninteractive'];
  const options = ['-y', '-q', '-o', 'Acquire::Retries=2', '-o', 'DPkg::Lock::Timeout=60'];
  for (const step of [
    ['apt-get', 'update', ...options],
    ['apt-get', 'install', '--no-install-recommends', ...options, ...packages],
  ]) {
    const [command, ...args] = [...asRoot, ...env, ...step];
    const said = command && (await output(command, args, APT_MS));
    // Lists that are a little old still name a package that can be had.
    if (said === undefined) log(`${step.slice(0, 2).join(' ')} failed`);
  }
  return true;
}

function isDebian() {
  if (process.platform !== 'linux' || !existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** @returns {Promise<string[] | undefined>} what to put before a command that root must run */
async function prefixForRoot() {
  if (process.getuid?.() === 0) return [];
  const sudo = await output('sudo', ['-n', 'true']);
  return sudo === undefined ? undefined : ['sudo', '-n'];
}
