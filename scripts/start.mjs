/**
 * `npm start`: builds everything, then runs a local network of 25 RAIDA, the relay and the wallet,
 * and prints the one address to open. Everything it keeps lies in the data folder.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { exitWords, lastWords, ROOT, startChild } from './lib/child.mjs';
import {
  addressOf,
  choosePort,
  HOST,
  readOptions,
  rememberPort,
  USAGE,
} from './lib/start-options.mjs';
import { PARENT_CHECK_MS } from './lib/limits.mjs';
import { PlainError, reportAndFail } from './lib/plain-error.mjs';
import { runQuietly } from './lib/tasks.mjs';

/** @typedef {import('./lib/child.mjs').Child} Child */
/** @typedef {import('./lib/start-options.mjs').StartOptions} StartOptions */

/** Something that stands between the start and the stop, in the order in which it was started. */
/** @typedef {{ name: string, stop: () => Promise<unknown> }} Part */

const stopping = new AbortController();

/** @param {boolean} dev */
async function build(dev) {
  console.log('Building ...');
  const steps = [{ name: 'tsc', command: 'tsc', args: ['-b', 'raida', 'relay'] }];
  if (!dev) steps.push({ name: 'vite', command: 'vite', args: ['build', '--logLevel', 'warn'] });
  for (const { ok, output } of await Promise.all(steps.map(runQuietly))) {
    if (!ok) throw new PlainError(`The build failed:\n${output}`);
  }
}

/**
 * @param {string} data
 * @returns {Promise<Child>}
 */
function startNetwork(data) {
  // Ports are whatever is free: the relay reads them from the network file at each start.
  const ports = ['--base-port', '0', '--control-port', '0'];
  const args = ['raida/dist/main.js', ...ports, '--data', join(data, 'raida'), '--json-ready'];
  return startChild('The local network', args, { signal: stopping.signal });
}

/**
 * @param {string} networkFile
 * @param {number} port
 * @param {string[]} more
 * @returns {Promise<Child>}
 */
function startRelay(networkFile, port, more) {
  const network = ['--network', networkFile, '--allow-private'];
  const args = ['relay/dist/main.js', ...network, '--port', `${port}`, ...more, '--json-ready'];
  return startChild('The relay', args, { signal: stopping.signal });
}

/**
 * The wallet from its sources. Vite passes what is the relay's on to it.
 *
 * @param {number} port
 * @param {unknown} relayPort
 * @returns {Promise<Part>}
 */
async function startDevServer(port, relayPort) {
  const { createServer } = await import('vite');
  const target = `http://${HOST}:${String(relayPort)}`;
  const proxied = { target, changeOrigin: true, rewriteWsOrigin: true };
  const server = await createServer({
    configFile: join(ROOT, 'vite.config.ts'),
    root: join(ROOT, 'web'),
    server: {
      host: HOST,
      port,
      strictPort: true,
      proxy: { '/relay': { ...proxied, ws: true }, '/network.json': proxied, '/healthz': proxied },
    },
  });
  await server.listen();
  return { name: 'The development server', stop: () => server.close() };
}

/**
 * @param {StartOptions} options
 * @param {Part[]} parts what has been started so far, for whoever has to stop it
 * @param {(child: Child) => void} watch
 */
async function startAll(options, parts, watch) {
  const port = await choosePort(options);
  if (!options.built) await build(options.dev);
  mkdirSync(options.data, { recursive: true });

  const network = await startNetwork(options.data);
  parts.push(network);
  watch(network);
  const served = options.dev ? [] : ['--serve-wallet', join(ROOT, 'web', 'dist')];
  const networkFile = String(network.ready['networkFile']);
  const relay = await startRelay(networkFile, options.dev ? 0 : port, served);
  parts.push(relay);
  watch(relay);
  if (options.dev) parts.push(await startDevServer(port, relay.ready['port']));
  rememberPort(options.data, port);

  console.log(`25 RAIDA run on this machine, with their tokens in ${options.data}.`);
  console.log(`Their control interface: http://${HOST}:${String(network.ready['controlPort'])}`);
  console.log(`\n  Open ${addressOf(port)}\n\nCtrl-C stops everything.`);
}

/**
 * Last started, first stopped: the relay finishes its exchanges while the servers still answer.
 *
 * @param {Part[]} parts
 */
async function stopAll(parts) {
  for (const part of parts.reverse()) await part.stop();
}

/**
 * npm passes SIGTERM on to the shell between it and us, which dies of it and tells nobody. So
 * whoever stops `npm start` would leave everything running.
 */
function stopWithParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) stopping.abort('asked to');
  }, PARENT_CHECK_MS);
  timer.unref();
}

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return;
  }
  /** @type {Part[]} */
  const parts = [];
  /** @type {Promise<Error | undefined>} */
  const over = new Promise((resolve) => {
    stopping.signal.addEventListener('abort', () => {
      const reason = /** @type {unknown} */ (stopping.signal.reason);
      resolve(reason instanceof Error ? reason : undefined);
    });
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => stopping.abort('asked to'));
  }
  if (process.env['npm_lifecycle_event']) stopWithParent();
  /** @param {Child} child */
  const watch = (child) => {
    void child.exited.then((exit) => {
      const last = lastWords(child.output());
      stopping.abort(new PlainError(`${child.name} ${exitWords(exit)}. ${last}`));
    });
  };
  try {
    await startAll(options, parts, watch);
    const failure = await over;
    if (failure) throw failure;
  } catch (error) {
    if (stopping.signal.reason !== 'asked to') throw error;
  } finally {
    await stopAll(parts);
  }
}

try {
  await main();
} catch (error) {
  reportAndFail(error);
}
