/**
 * Detect and POWN at one node and at all 25, by UDP on loopback, from a process of its own, beside
 * a server that only sends the same datagrams back; then one or more nodes with a million tokens.
 *
 *   --million-nodes=N   how many nodes hold a million tokens (1; with --quick none)
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LmdbStore } from '../dist/store/lmdb-store.js';
import { an, framesOf, KEY_TOKEN } from './frames.mjs';

const NODES = 25;
/** Requests on their way at once: enough that a commit is shared, few enough for the buffers. */
const SLOTS_ONE_NODE = 64;
const SLOTS_EACH_OF_ALL = 8;
const MAX_TOKENS = 36;
const MILLION = 1_000_000;
const CASES = ['detect', 'pown'].flatMap((command) =>
  [1, MAX_TOKENS].flatMap((tokens) => [1, NODES].map((nodes) => ({ command, tokens, nodes }))),
);

/** @param {URL} script @param {string[]} args */
function start(script, args = []) {
  return fork(fileURLToPath(script), args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
}

/** @param {import('node:child_process').ChildProcess} child */
async function end(child) {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** The network as `npm run raida` starts it. @param {string} data */
async function startNetwork(data) {
  const args = ['--data', data, '--base-port', '0', '--json-ready'];
  const child = start(new URL('../dist/main.js', import.meta.url), args);
  const [line] = await once(/** @type {import('node:stream').Readable} */ (child.stdout), 'data');
  const { networkFile } = JSON.parse(String(line));
  const { servers } = JSON.parse(readFileSync(networkFile, 'utf8'));
  return { child, ports: servers.map((/** @type {{ port: number }} */ { port }) => port) };
}

/** @param {number} nodes */
const slotsOf = (nodes) => (nodes === 1 ? SLOTS_ONE_NODE : SLOTS_EACH_OF_ALL);

/** Tokens of one slot. @param {number} slot @param {number} count */
const tokensOf = (slot, count) =>
  Array.from({ length: count }, (_, i) => ({ dn: 0, sn: slot * MAX_TOKENS + i }));

/** Gives every node what the cases need. @param {string} data @param {number} millionNodes */
async function fill(data, millionNodes) {
  const store = new LmdbStore(data, NODES);
  const startedAt = performance.now();
  for (let raida = 0; raida < NODES; raida++) {
    const count = raida < millionNodes ? MILLION : SLOTS_ONE_NODE * MAX_TOKENS;
    for (let first = 0; first < count; first += 50_000) {
      const part = Array.from({ length: Math.min(50_000, count - first) }, (_, i) => {
        const token = { dn: 0, sn: first + i };
        return { raida, token, an: an(raida, token) };
      });
      await store.write(part);
    }
    await store.write([{ raida, token: KEY_TOKEN, an: an(raida, KEY_TOKEN) }]);
  }
  await store.close();
  return (performance.now() - startedAt) / 1000;
}

/**
 * @param {import('node:child_process').ChildProcess} client
 * @param {{ seconds: number, slots: object[], echoes: boolean }} job
 */
async function measure(client, job) {
  const { slots } = job;
  client.send(job);
  const [result] = await once(client, 'message');
  // At the end of a run POWNs are on their way, so the next one may find tokens moved already.
  const { failures, resent } = result;
  if (failures > slots.length + resent) throw new Error(`${failures} requests did not pass`);
  return result;
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/**
 * The rate of one case, and that of the bare server, in alternation.
 *
 * @param {{ command: string, tokens: number, nodes: number }} kase
 * @param {{ client: any, ports: number[], echoPorts: number[], seconds: number, rounds: number, tokensAt?: (slot: number, count: number) => { dn: number, sn: number }[] }} setting
 */
async function compare({ command, tokens, nodes }, setting) {
  const { client, ports, echoPorts, seconds, rounds, tokensAt = tokensOf } = setting;
  const slots = Array.from({ length: nodes }, (_, raida) =>
    Array.from({ length: slotsOf(nodes) }, (_, slot) => ({
      raida,
      frames: framesOf(/** @type {any} */ (command), raida, slot, tokensAt(slot, tokens)),
    })),
  ).flat();
  const at = (/** @type {number[]} */ where) =>
    slots.map(({ raida, frames }) => ({ port: where[raida], frames }));
  const rates = { node: /** @type {number[]} */ ([]), echo: /** @type {number[]} */ ([]) };
  let resent = 0;
  for (let round = 0; round < rounds; round++) {
    const bare = await measure(client, { seconds, slots: at(echoPorts), echoes: true });
    const real = await measure(client, { seconds, slots: at(ports), echoes: false });
    rates.echo.push(bare.requestsPerSecond);
    rates.node.push(real.requestsPerSecond);
    resent += real.resent;
  }
  const requestsPerSecond = Math.round(median(rates.node));
  const echoesPerSecond = Math.round(median(rates.echo));
  return {
    command,
    tokens,
    nodes,
    requestsPerSecond,
    tokensPerSecond: requestsPerSecond * tokens,
    echoesPerSecond,
    ratioToEcho: Number((requestsPerSecond / echoesPerSecond).toFixed(3)),
    resent,
  };
}

/** What the process holds, in megabytes; the file is mapped, so its pages are counted apart. */
function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name) =>
    Math.round(Number(RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
  return { ownMegabytes: megabytes('RssAnon'), mappedFileMegabytes: megabytes('RssFile') };
}

/** A million tokens at each of some nodes, and requests about tokens all over them. */
async function measureMillion(millionNodes, setting, log) {
  const data = mkdtempSync(join(tmpdir(), 'raida-bench-'));
  try {
    log(`loading ${MILLION} tokens at ${millionNodes} node(s)`);
    const loadSeconds = await fill(data, millionNodes);
    const fileBytes = statSync(join(data, 'tokens.mdb')).size;
    const startedAt = performance.now();
    const { child, ports } = await startNetwork(data);
    const startMs = Math.round(performance.now() - startedAt);
    const atStart = memoryOf(child.pid);
    const stride = Math.floor(MILLION / (SLOTS_ONE_NODE * MAX_TOKENS));
    const tokensAt = (slot, count) =>
      tokensOf(slot, count).map(({ dn, sn }) => ({ dn, sn: sn * stride }));
    const cases = [];
    for (const kase of CASES.filter(({ nodes }) => nodes === 1)) {
      cases.push(await compare(kase, { ...setting, ports, tokensAt }));
    }
    const afterLoad = memoryOf(child.pid);
    await end(child);
    return {
      nodesWithAMillion: millionNodes,
      loadSeconds: Number(loadSeconds.toFixed(1)),
      fileMegabytes: Math.round(fileBytes / 1e6),
      startMs,
      memoryAtStart: atStart,
      memoryAfterRequests: afterLoad,
      cases,
    };
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

export async function run({ quick, args, log }) {
  const asked = args.find((arg) => arg.startsWith('--million-nodes='))?.split('=')[1];
  const millionNodes = Number(asked ?? (quick ? 0 : 1));
  const data = mkdtempSync(join(tmpdir(), 'raida-bench-'));
  const client = start(new URL('./load-client.mjs', import.meta.url));
  const echo = start(new URL('./echo-server.mjs', import.meta.url), [`${NODES}`]);
  const children = [client, echo];
  try {
    const [echoPorts] = await once(echo, 'message');
    const timing = quick ? { seconds: 0.3, rounds: 1 } : { seconds: 1.5, rounds: 3 };
    await fill(data, 0);
    const { child, ports } = await startNetwork(data);
    children.push(child);
    const setting = { client, ports, echoPorts, ...timing };
    const cases = [];
    for (const kase of CASES) {
      log(`${kase.command}, ${kase.tokens} token(s), ${kase.nodes} node(s)`);
      cases.push(await compare(kase, setting));
    }
    const million = millionNodes > 0 ? await measureMillion(millionNodes, setting, log) : null;
    return { cases, million };
  } finally {
    await Promise.all(children.map(end));
    rmSync(data, { recursive: true, force: true });
  }
}

export function describe({ cases, million }) {
  const line = ({ command, tokens, nodes, requestsPerSecond, ratioToEcho }) =>
    `${command.padEnd(6)} ${`${tokens}`.padStart(2)} token(s), ${`${nodes}`.padStart(2)} node(s): ` +
    `${`${requestsPerSecond}`.padStart(6)} requests/s, ${ratioToEcho} of a bare server`;
  const lines = cases.map(line);
  if (!million) return lines.join('\n');
  const { nodesWithAMillion, loadSeconds, fileMegabytes, memoryAfterRequests: memory } = million;
  return [
    ...lines,
    `a million tokens at ${nodesWithAMillion} node(s): loaded in ${loadSeconds} s, a file of ` +
      `${fileMegabytes} MB, ${memory.ownMegabytes} MB of memory and ${memory.mappedFileMegabytes} MB mapped`,
    ...million.cases.map(line),
  ].join('\n');
}
