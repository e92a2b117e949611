/** What `npm start` may be told, and which port it serves the wallet on. */
import { createServer } from 'node:net';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_PORT, PORT_ATTEMPTS, PROBE_MS } from './limits.mjs';
import { PlainError } from './plain-error.mjs';

export const HOST = '127.0.0.1';

export const USAGE = `npm start [-- options]

  --data DIR   where the local network keeps its tokens (default: data)
  --port N     where the wallet is served (default: the port of the last time, or ${DEFAULT_PORT})
  --dev        serve the wallet from its sources, with hot reload
  --help       this text`;

/**
 * @typedef {object} StartOptions
 * @property {string} data absolute path
 * @property {number | undefined} port
 * @property {boolean} dev
 * @property {boolean} built `npm run build` has just been done
 * @property {boolean} help
 */

/**
 * @param {string[]} args
 * @returns {StartOptions}
 */
export function readOptions(args) {
  const { values } = parse(args);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw new PlainError(`--port takes a number from 1 to 65535, not "${values.port ?? ''}".`);
  }
  if (values.data === '') throw new PlainError('--data takes a folder.');
  const { dev = false, built = false, help = false } = values;
  return { data: resolve(values.data ?? 'data'), port, dev, built, help };
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
        data: { type: 'string' },
        port: { type: 'string' },
        dev: { type: 'boolean' },
        built: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new PlainError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

/**
 * A browser keeps a wallet by origin: at another port it would open an empty one. So the port is
 * remembered beside the tokens, and only a first start looks for a free one.
 *
 * @param {StartOptions} options
 * @returns {Promise<number>}
 */
export async function choosePort({ data, port: asked }) {
  const remembered = rememberedPort(data);
  if (remembered !== undefined && (await isRelay(remembered))) {
    throw new PlainError(
      `Something serves a wallet at ${addressOf(remembered)} already, where the wallet of ${data}\n` +
        'was opened before. Is this data folder in use? Stop that one first.',
    );
  }
  if (asked !== undefined) {
    if (await isFree(asked)) return asked;
    throw new PlainError(`Port ${asked} is taken. Choose another one with --port.`);
  }
  if (remembered !== undefined) {
    if (await isFree(remembered)) return remembered;
    throw new PlainError(
      `Port ${remembered} is taken. The browser keeps the wallet of ${data} under that\n` +
        'port, so no other one is chosen by itself. Free it, or choose one with --port: the\n' +
        'browser then opens another, empty wallet.',
    );
  }
  for (let port = DEFAULT_PORT; port < DEFAULT_PORT + PORT_ATTEMPTS; port++) {
    if (await isFree(port)) return port;
  }
  const last = DEFAULT_PORT + PORT_ATTEMPTS - 1;
  throw new PlainError(`Ports ${DEFAULT_PORT} to ${last} are taken. Choose one with --port.`);
}

/** @param {number} port */
export function addressOf(port) {
  return `http://${HOST}:${port}`;
}

/**
 * @param {string} data
 * @returns {number | undefined}
 */
function rememberedPort(data) {
  let text;
  try {
    text = readFileSync(portFile(data), 'utf8');
  } catch {
    return undefined;
  }
  const port = Number(text);
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
}

/**
 * @param {string} data
 * @param {number} port
 */
export function rememberPort(data, port) {
  mkdirSync(data, { recursive: true });
  const next = `${portFile(data)}.next`;
  writeFileSync(next, `${port}\n`);
  renameSync(next, portFile(data));
}

/** @param {string} data */
function portFile(data) {
  return join(data, 'wallet-port');
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((settle) => {
    const server = createServer();
    server.once('error', () => settle(false));
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => settle(true)));
  });
}

/** @param {number} port */
async function isRelay(port) {
  try {
    const signal = AbortSignal.timeout(PROBE_MS);
    return (await fetch(`${addressOf(port)}/network.json`, { signal })).ok;
  } catch {
    return false;
  }
}
