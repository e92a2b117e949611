/**
 * Finds a Chromium for the end-to-end tests, and brings one when the machine has none:
 *
 * 1. the one that `CHROME_PATH` names,
 * 2. the one that Playwright downloaded before,
 * 3. an installed Chrome, Chromium or Edge that starts and is new enough,
 * 4. Playwright's download,
 * 5. Debian's package, where we may install it,
 * 6. a message that says what to do.
 *
 * What is there comes before what must be fetched. `node scripts/browser.mjs` prints the path.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { ROOT } from './lib/child.mjs';
import {
  DOWNLOAD_CONNECTION_MS,
  DOWNLOAD_MS,
  DOWNLOAD_RETRY_MS,
  DOWNLOAD_STALL_MS,
  MIN_CHROMIUM_MAJOR,
} from './lib/limits.mjs';
import { PlainError, reportAndFail } from './lib/plain-error.mjs';
import { installDebianPackages, output, placesOf } from './lib/programs.mjs';

/**
 * @typedef {object} Browser
 * @property {string} executablePath
 * @property {string} source where it came from, in words
 */

/** Touched when a download failed. `npm ci` removes it, so a fresh install tries again. */
const DOWNLOAD_FAILED = join(ROOT, 'node_modules', '.cache', 'raida-wallet', 'no-browser-download');

const NAMES_ON_PATH = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'chrome',
  'microsoft-edge',
];

const MACOS_APPLICATIONS = [
  'Google Chrome.app/Contents/MacOS/Google Chrome',
  'Chromium.app/Contents/MacOS/Chromium',
  'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];

const WINDOWS_PROGRAMS = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Chromium\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
];

const WHAT_TO_DO = `No Chromium was found, and none could be fetched. The end-to-end tests need one.
Any of these helps:
  - install Chrome or Chromium with your system's package manager
    (Debian: apt-get install chromium),
  - npx playwright install --with-deps chromium, on a network that reaches cdn.playwright.dev,
  - set CHROME_PATH to the program of a Chrome or Chromium.`;

/**
 * @param {{ log?: (message: string) => void }} [options]
 * @returns {Promise<Browser>} throws an error that says what to do when there is none
 */
export async function findBrowser({ log = () => {} } = {}) {
  const named = process.env['CHROME_PATH'];
  if (named) {
    const problem = await whyUnusable(named);
    if (problem) throw new PlainError(`CHROME_PATH names ${named}, but ${problem}.`);
    return { executablePath: named, source: 'CHROME_PATH' };
  }
  return (
    (await firstUsable([chromium.executablePath()], "Playwright's own", log)) ??
    (await firstUsable(installedPaths(), 'installed', log)) ??
    (await downloaded(log)) ??
    (await debianPackage(log)) ??
    fail()
  );
}

/** @returns {never} */
function fail() {
  throw new PlainError(WHAT_TO_DO);
}

/**
 * @param {readonly string[]} paths
 * @param {string} source
 * @param {(message: string) => void} log
 * @returns {Promise<Browser | undefined>}
 */
async function firstUsable(paths, source, log) {
  for (const executablePath of paths.filter((path) => existsSync(path))) {
    const problem = await whyUnusable(executablePath);
    if (!problem) return { executablePath, source };
    log(`browser: ${executablePath} is passed over: ${problem}`);
  }
  return undefined;
}

/**
 * A file is not yet a browser: Ubuntu's `chromium-browser` only says that a snap is needed, and a
 * download lacks its libraries on a bare system.
 *
 * @param {string} executablePath
 * @returns {Promise<string | undefined>} what is wrong with it
 */
async function whyUnusable(executablePath) {
  if (!existsSync(executablePath)) return 'there is no such file';
  // Chrome for Windows opens a window instead of printing its version.
  if (process.platform === 'win32') return undefined;
  const said = await output(executablePath, ['--version']);
  if (said === undefined) return 'it does not start';
  const major = Number(/ (\d+)\.\d+/.exec(said)?.[1]);
  if (!(major >= MIN_CHROMIUM_MAJOR)) {
    return `it is not Chromium ${MIN_CHROMIUM_MAJOR} or newer (it says "${said.trim()}")`;
  }
  return undefined;
}

/** @returns {string[]} where a browser may be installed, on this kind of system */
function installedPaths() {
  if (process.platform === 'win32') {
    const roots = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].map((n) => process.env[n]);
    return roots.flatMap((root) => (root ? WINDOWS_PROGRAMS.map((path) => join(root, path)) : []));
  }
  const onPath = placesOf(NAMES_ON_PATH, ['/usr/bin', '/usr/local/bin', '/snap/bin']);
  if (process.platform !== 'darwin') return onPath;
  const applications = ['/Applications', join(homedir(), 'Applications')];
  const bundles = applications.flatMap((at) => MACOS_APPLICATIONS.map((path) => join(at, path)));
  return [...bundles, ...onPath];
}

/**
 * @param {(message: string) => void} log
 * @returns {Promise<Browser | undefined>}
 */
async function downloaded(log) {
  const failedAt = statSync(DOWNLOAD_FAILED, { throwIfNoEntry: false })?.mtimeMs;
  if (failedAt !== undefined && Date.now() - failedAt < DOWNLOAD_RETRY_MS) {
    log('browser: the download failed less than an hour ago and is not tried again');
    return undefined;
  }
  log("browser: none installed; fetching Playwright's");
  // The whole browser, not the headless shell: the tests are about what people have.
  const cli = join(dirname(fileURLToPath(import.meta.resolve('playwright'))), 'cli.js');
  const problem = await fetchWith(process.execPath, [cli, 'install', 'chromium', '--no-shell']);
  const browser = await firstUsable([chromium.executablePath()], "Playwright's download", log);
  if (browser) {
    rmSync(DOWNLOAD_FAILED, { force: true });
    return browser;
  }
  log(`browser: the download failed: ${problem ?? 'what came does not start'}`);
  mkdirSync(dirname(DOWNLOAD_FAILED), { recursive: true });
  writeFileSync(DOWNLOAD_FAILED, '');
  return undefined;
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<string | undefined>} what went wrong
 */
function fetchWith(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // The download runs in a child of its own, which has to end with it.
      detached: process.platform !== 'win32',
      env: {
        ...process.env,
        PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: `${DOWNLOAD_CONNECTION_MS}`,
      },
    });
    let problem = '';
    /** @param {string} what */
    const giveUp = (what) => {
      problem = what;
      try {
        process.kill(process.platform === 'win32' ? (child.pid ?? 0) : -(child.pid ?? 0));
      } catch {
        child.kill();
      }
    };
    const whole = setTimeout(() => giveUp('it took too long'), DOWNLOAD_MS);
    const stall = setTimeout(() => giveUp('it stood still'), DOWNLOAD_STALL_MS);
    /** @param {Buffer} chunk */
    const onOutput = (chunk) => {
      stall.refresh();
      // The first error is the cause; what follows wraps it.
      problem ||= /Error: .*/.exec(chunk.toString())?.[0] ?? '';
    };
    child.stdout.on('data', onOutput);
    child.stderr.on('data', onOutput);
    /** @param {number | null} code */
    const done = (code) => {
      clearTimeout(whole);
      clearTimeout(stall);
      resolve(code === 0 ? undefined : problem || 'for no reason that it gave');
    };
    child.once('error', () => done(null));
    child.once('close', done);
  });
}

/**
 * @param {(message: string) => void} log
 * @returns {Promise<Browser | undefined>}
 */
async function debianPackage(log) {
  const packages = ['chromium', 'fonts-liberation'];
  if (!(await installDebianPackages(packages, (message) => log(`browser: ${message}`)))) {
    return undefined;
  }
  return firstUsable(installedPaths(), "Debian's package", log);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { executablePath, source } = await findBrowser({ log: console.error });
    console.log(`${executablePath} (${source})`);
  } catch (error) {
    reportAndFail(error);
  }
}
