import { createCipheriv, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright';
import { build } from 'vite';

import { findBrowser } from '../../scripts/browser.mjs';
import {
  buildAll,
  cipherInputs,
  makeWork,
  summarise,
  timeInterleaved,
  TOKEN_COUNTS,
} from './workload.mjs';

/**
 * Frames built and encrypted, against the platform's own AES-128-CTR over the same bytes in the
 * same run: node:crypto here, WebCrypto in Chromium. The platform only encrypts; we also build.
 *
 * --no-browser leaves Chromium out.
 */

const FULL = { rounds: 15, roundMs: 100 };
const QUICK = { rounds: 5, roundMs: 20 };

export async function run({ quick, args, log }) {
  const options = quick ? QUICK : FULL;
  const node = [];
  for (const tokenCount of TOKEN_COUNTS) {
    log(`node: POWN of ${tokenCount} tokens x 25`);
    node.push(await measureInNode(tokenCount, options));
  }
  if (args.includes('--no-browser')) return { node };
  log('chromium');
  return { node, chromium: await measureInChromium(options) };
}

async function measureInNode(tokenCount, options) {
  const work = makeWork(tokenCount, (count) => new Uint8Array(randomBytes(count)));
  const inputs = cipherInputs(work);
  const subjects = { ours: () => buildAll(work), theirs: () => encryptAll(inputs) };
  const { ours, theirs } = await timeInterleaved(subjects, options);
  return summarise(tokenCount, work, ours, theirs);
}

function encryptAll(inputs) {
  let bytes = 0;
  for (const { key, counter, body } of inputs) {
    bytes += createCipheriv('aes-128-ctr', key, counter).update(body).length;
  }
  return bytes;
}

async function measureInChromium(options) {
  const { executablePath } = await findBrowser();
  const isRoot = process.getuid?.() === 0;
  const browser = await chromium.launch({
    executablePath,
    args: isRoot ? ['--no-sandbox'] : [],
  });
  try {
    const page = await browser.newPage();
    // WebCrypto is there for secure origins only. Nothing of this page comes over a network.
    await page.route('**/*', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>bench</title>' }),
    );
    await page.goto('https://bench.test/');
    await page.addScriptTag({ content: await bundle() });
    const results = await page.evaluate((given) => globalThis.runBench(given), options);
    return { version: browser.version(), results };
  } finally {
    await browser.close();
  }
}

async function bundle() {
  const output = await build({
    configFile: false,
    logLevel: 'warn',
    root: fileURLToPath(new URL('.', import.meta.url)),
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: 'browser-workload.mjs', formats: ['iife'], name: 'bench' },
    },
  });
  return [output].flat()[0].output[0].code;
}

export function describe({ node, chromium: browser }) {
  const lines = [table('Node, against node:crypto', node)];
  if (browser) lines.push(table(`Chromium ${browser.version}, against WebCrypto`, browser.results));
  return lines.join('\n\n');
}

function table(title, results) {
  const rows = results.map(
    (one) =>
      `${String(one.tokens).padStart(7)} tokens x 25 ${String(one.framesPerSecond).padStart(9)} frames/s ` +
      `${one.megabytesPerSecond.toFixed(1).padStart(7)} MB/s, reference ` +
      `${one.referenceMegabytesPerSecond.toFixed(1).padStart(7)} MB/s, ratio ${one.ratio}`,
  );
  return [title, ...rows].join('\n');
}
