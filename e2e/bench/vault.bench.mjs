/**
 * What the vault costs, in Chromium, each as a ratio to its floor in the same run: unlocking against
 * the bare KDF, opening a wallet against reading the same bytes, a journal write against writing them.
 *
 * The page's thread runs four times slower, as a phone does. Chromium refuses that for workers, where the
 * wallet lives; so it is measured in a page, which has no second copy, and again in a worker at full
 * speed, with the second copy.
 *
 *   --tokens=10000   how many tokens the wallet has
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { build } from 'vite';
import { findBrowser } from '../../scripts/browser.mjs';
import { install } from './support/vault-work.mjs';

const THROTTLING = 4;
const WEB = fileURLToPath(new URL('../../web/src/', import.meta.url));
/** What is measured, as the page bundles it. */
const MODULES = [
  'ports/idb-records.ts',
  'ports/opfs-copy.ts',
  'vault/sealed-store.ts',
  'vault/sealed.ts',
  'vault/reconcile.ts',
  'vault/key-wrap.ts',
  'vault/kdf.ts',
  'wallet/wallet.ts',
  'wallet/journal.ts',
  'wallet/ledger.ts',
  'wallet/ledger-apply.ts',
  'wallet/snapshot.ts',
];
const ENTRY = 'virtual-vault.js';

/** The wallet's modules and the work, as one script for a page or a worker. */
async function bundle() {
  const output = await build({
    configFile: false,
    logLevel: 'warn',
    root: WEB,
    resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
    plugins: [
      {
        name: 'entry',
        enforce: 'pre',
        resolveId: (id) => (id.endsWith(ENTRY) ? ENTRY : null),
        load: (id) =>
          id === ENTRY
            ? MODULES.map((path) => `export * from ${JSON.stringify(join(WEB, path))};`).join('\n')
            : null,
      },
    ],
    build: {
      write: false,
      target: 'es2022',
      rolldownOptions: { output: { codeSplitting: false } },
      lib: { entry: ENTRY, formats: ['iife'], name: 'modules' },
    },
  });
  return `${[output].flat()[0].output[0].code}\n(${install})(modules);`;
}

const WORKER = `
  onmessage = async ({ data: { id, name, args } }) => {
    try {
      postMessage({ id, result: await vaultWork[name](...args) });
    } catch (error) {
      postMessage({ id, failure: String(error.stack ?? error) });
    }
  };`;

function serve(script) {
  const files = { '/work.js': script, '/worker.js': script + WORKER };
  const server = createServer(({ url }, response) => {
    const file = files[url];
    response.setHeader('content-type', file ? 'text/javascript' : 'text/html');
    response.end(file ?? '<!doctype html><title>bench</title>');
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function summarize(rounds) {
  const of = (pick) => Number(median(rounds.map(pick)).toFixed(1));
  const parts = rounds[0].parts && {
    parts: Object.fromEntries(
      Object.keys(rounds[0].parts).map((name) => [name, of((round) => round.parts[name])]),
    ),
  };
  return {
    oursMs: of(({ oursMs }) => oursMs),
    floorMs: of(({ floorMs }) => floorMs),
    ratio: Number(median(rounds.map(({ oursMs, floorMs }) => oursMs / floorMs)).toFixed(2)),
    bytes: rounds[0].bytes,
    ...parts,
  };
}

/** `call` runs a method of the work; the first round of each warms up and does not count. */
async function measureAll(call, { tokens, journalTokens, rounds, slowDown, log }) {
  const prepared = await call('prepare', tokens);
  await slowDown();
  const repeat = async (name, ...args) => {
    const results = [];
    for (let round = 0; round <= rounds; round++) {
      log(`  ${name}, round ${round} of ${rounds}`);
      results.push(await call(name, ...args));
    }
    return results.slice(1);
  };
  const unlock = await repeat('measureUnlock');
  const opening = await repeat('measureOpening');
  const secondCopy = await call('startWriting');
  const journal = await repeat('measureJournal', journalTokens);
  if (opening.some(({ coins }) => coins !== tokens)) throw new Error('coins are missing');
  return {
    secondCopy,
    ...prepared,
    unlock: summarize(unlock),
    opening: { tokens, ...summarize(opening) },
    journal: { tokens: journalTokens, ...summarize(journal) },
  };
}

/** A profile on the disk: what private windows have in memory is no storage. */
async function withPage(script, use) {
  const { executablePath } = await findBrowser();
  const profile = mkdtempSync(join(tmpdir(), 'vault-bench-'));
  const server = await serve(script);
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return await use(page, context.browser()?.version());
  } finally {
    await context.close();
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function measureInPage(script, options) {
  return withPage(script, async (page, version) => {
    await page.addScriptTag({ url: '/work.js' });
    const session = await page.context().newCDPSession(page);
    const slowDown = () => session.send('Emulation.setCPUThrottlingRate', { rate: THROTTLING });
    const call = (name, ...args) =>
      page.evaluate(([method, given]) => globalThis.vaultWork[method](...given), [name, args]);
    const measured = await measureAll(call, { ...options, slowDown });
    return { version, throttling: THROTTLING, ...measured };
  });
}

async function measureInWorker(script, options) {
  return withPage(script, async (page) => {
    await page.evaluate(() => {
      globalThis.worker = new globalThis.Worker('/worker.js');
    });
    const call = (name, ...args) =>
      page.evaluate(
        ([method, given]) =>
          new Promise((resolve, reject) => {
            globalThis.worker.onmessage = ({ data: { failure, result } }) =>
              failure ? reject(new Error(failure)) : resolve(result);
            globalThis.worker.postMessage({ id: 0, name: method, args: given });
          }),
        [name, args],
      );
    const measured = await measureAll(call, { ...options, slowDown: async () => {} });
    return { throttling: 1, ...measured };
  });
}

export async function run({ quick, args, log }) {
  const asked = args.find((arg) => arg.startsWith('--tokens='))?.split('=')[1];
  const tokens = Number(asked ?? (quick ? 1_000 : 10_000));
  const options = { tokens, journalTokens: quick ? 100 : 1_000, rounds: quick ? 1 : 7, log };
  const script = await bundle();
  log(`a page, ${THROTTLING} times slower`);
  const page = await measureInPage(script, options);
  log('a worker, with the second copy');
  const worker = await measureInWorker(script, options);
  return { page, worker };
}

export function describe({ page, worker }) {
  return [
    ...table(`Chromium ${page.version}, page, ${page.throttling} times slower`, page),
    ...table(`worker, full speed, second copy ${worker.secondCopy}`, worker),
  ].join('\n');
}

function table(title, { unlock, opening, journal }) {
  const line = (name, { oursMs, floorMs, ratio, bytes }) =>
    `  ${name.padEnd(32)} ${oursMs.toFixed(1).padStart(8)} ms, floor ${floorMs.toFixed(1).padStart(8)} ms, ` +
    `ratio ${ratio}${bytes ? `, ${bytes} bytes` : ''}`;
  const parts = Object.entries(opening.parts).map(([name, ms]) => `${name} ${ms}`);
  return [
    title,
    line('unlock', unlock),
    line(`opening, ${opening.tokens} tokens`, opening),
    `    ${parts.join(', ')}`,
    line(`journal write, ${journal.tokens} tokens`, journal),
  ];
}
