/**
 * Deposit, heal and find from Node: the real wallet and requester through a real relay on the real
 * local network, and beside each of them a bare loop that sends the very same frames straight to the
 * same nodes. The nodes are set back before the loop, so that its POWNs move the tokens again; what
 * tickets it shows are claimed already. The wallet's work is checked against what the nodes hold.
 *
 *   --tokens=100,1000   how many tokens at once
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  MIN_DENOMINATION,
  RAIDA_COUNT,
  readCoinFile,
  readRequestHeader,
  SECRET_BYTES,
  tokenKey,
} from '@raida-wallet/protocol';
import {
  MAX_PROBES_PER_ROUND,
  SETTLE_AFTER_MS,
  WINDOW_PER_RAIDA,
} from '@raida-wallet/web/wallet/limits';
import { startChild } from '../../scripts/lib/child.mjs';
import { runBare } from './support/bare-loop.mjs';
import { Entries, Session } from './support/session.mjs';

const ALL = [...Array(RAIDA_COUNT).keys()];
/** RAIDA at which every token is fracked before it is healed. */
const FRACKED = [3, 8, 13, 18, 23];
const MAX_REPAIRS = 10;
/** The last batch of POWNs (WALLET.md, I6) is on its way when the wallet is killed. */
const LAST_BATCH = 8;

/** Sets and reads what the nodes hold, past their protocol. */
class Nodes {
  #address;

  /** @param {number} controlPort */
  constructor(controlPort) {
    this.#address = `http://127.0.0.1:${controlPort}`;
  }

  async issue(order) {
    const answer = await this.#send('POST', '/coins', { tokens: [order] });
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** By token and RAIDA. @returns {Promise<string[][]>} */
  async read(tokens) {
    const asked = tokens.map(({ dn, sn }) => ({ dn, sn }));
    return (await this.#send('POST', '/tokens/read', { tokens: asked })).json();
  }

  async write(tokens, secrets, raidas = ALL) {
    for (const raida of raidas) {
      const written = tokens.map(({ dn, sn }, i) => ({ dn, sn, an: secrets[i][raida] }));
      await this.#send('PUT', `/nodes/${raida}/tokens`, { tokens: written });
    }
  }

  async #send(method, path, body) {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.#address}${path}`, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}`);
    return answer;
  }
}

const isOnAllServers = (deposit) =>
  deposit?.stage === 'settling' && deposit.confirmedServers === RAIDA_COUNT;

const isDeposited = ({ deposits: [newest] }) => isOnAllServers(newest);

/** Every server holds what the wallet believes to be proven there, and nothing it held before. */
async function expectHeld(setting, tokens, entries, before, raidas) {
  const held = await setting.nodes.read(tokens);
  const proven = entries.provenSecrets(tokens);
  for (const [i, secrets] of proven.entries()) {
    for (const [raida, secret] of secrets.entries()) {
      if (held[i][raida] !== secret) throw new Error(`server ${raida} holds another secret`);
      if (raidas.includes(raida) && before[i][raida] === secret) {
        throw new Error(`nothing has changed at server ${raida}`);
      }
    }
  }
}

/**
 * Measures what the session does, then the bare loop.
 *
 * @param {Session} session
 */
async function measure(setting, { session, tokens, entries, changing, work }) {
  const before = await setting.nodes.read(tokens);
  session.client.startCounting();
  const startedAt = performance.now();
  await work();
  const wallMs = performance.now() - startedAt;
  const { sent, bytesReceived, silences } = session.client;
  const after = await setting.nodes.read(tokens);
  await expectHeld(setting, tokens, entries, before, changing);
  await setting.nodes.write(tokens, before);
  const bare = await runBare(setting.ports, sent, WINDOW_PER_RAIDA);
  await setting.nodes.write(tokens, after);
  return {
    wallMs,
    bareMs: bare.ms,
    ratioToBare: wallMs / bare.ms,
    frames: sent.length,
    framesByTcp: sent.filter(({ tcp }) => tcp).length,
    bytesSent: sent.reduce((sum, { frame }) => sum + frame.length, 0),
    bytesReceived,
    unanswered: silences,
    bareResent: bare.resent,
  };
}

/**
 * A wallet with one settled coin of least value, under which it asks about those that come next; as
 * any wallet but a new one has it, and without which there is no healing.
 */
async function openWallet(setting) {
  const entries = new Entries();
  const session = await Session.open(entries, setting.network);
  session.connect();
  const file = await setting.nodes.issue({ dn: MIN_DENOMINATION, count: 1 });
  await session.run(isDeposited, () => session.accept(file));
  await settle(session, 1);
  return { entries, session };
}

/** So much later, nobody can hold tickets any more for what came in. */
async function settle(session, coins) {
  await session.run(
    ({ owned }) => owned.coins === coins,
    () => session.passTime(SETTLE_AFTER_MS),
  );
}

async function issue(setting, count) {
  const file = await setting.nodes.issue({ dn: 0, count });
  return { file, tokens: readCoinFile(file, setting.network).tokens };
}

/**
 * A repair leaves alone what does not answer in time, as on a machine that is busy with other things;
 * then a person asks for another one. Returns how many it took.
 */
async function repairAll(session) {
  const isWhole = ({ marks }) => /^c+$/.test(marks);
  for (let repairs = 1; repairs <= MAX_REPAIRS; repairs++) {
    await session.run(
      ({ repair }) => repair.running === null && repair.last !== null,
      () => session.wallet.repair(),
    );
    if (session.wallet.view().coins.every(isWhole)) return repairs;
  }
  throw new Error(`${MAX_REPAIRS} repairs were not enough`);
}

async function measureDepositAndHeal(setting, count) {
  const { file, tokens } = await issue(setting, count);
  const { entries, session } = await openWallet(setting);
  const deposit = await measure(setting, {
    session,
    tokens,
    entries,
    changing: ALL,
    work: () => session.run(isDeposited, () => session.accept(file)),
  });

  await settle(session, count + 1);
  const strange = tokens.map(() => ALL.map(() => randomBytes(SECRET_BYTES).toString('hex')));
  await setting.nodes.write(tokens, strange, FRACKED);
  let repairs = 0;
  const heal = await measure(setting, {
    session,
    tokens,
    entries,
    changing: FRACKED,
    work: async () => void (repairs = await repairAll(session)),
  });
  session.close();
  return { deposit, heal: { ...heal, repairs } };
}

const keyOf = ({ keyDn, keySn }) => tokenKey({ dn: keyDn, sn: keySn });

/**
 * A wallet that was killed when all POWNs were out and the last proofs were missing, opened again.
 * A deposit proves a part of its tokens before it moves the next, so that many in limbo are those
 * of several deposits, each killed in its turn while no proof of those before it gets through.
 */
async function measureFind(setting, count) {
  const parts = Math.ceil((count * RAIDA_COUNT) / MAX_PROBES_PER_ROUND);
  const { entries, session: first } = await openWallet(setting);
  let killed = first;
  const tokens = [];
  for (let part = 0; part < parts; part++) {
    const { file, tokens: more } = await issue(setting, count / parts);
    const lost = new Set(tokens.map(tokenKey));
    if (part > 0) killed = await Session.open(entries, setting.network);
    killed.client.isLost = (frame) => lost.has(keyOf(readRequestHeader(frame)));
    if (part > 0) killed.connect();
    killed.client.startCounting();
    await killed.killAfterMoves(more.length * RAIDA_COUNT, () => killed.accept(file));
    tokens.push(...more);
  }

  const finding = await Session.open(entries, setting.network);
  const limbo = finding.wallet.view().coins.flatMap(({ marks }) => marks.match(/m/g) ?? []);
  if (limbo.length !== count * LAST_BATCH) {
    throw new Error(`${limbo.length} coins times servers are in limbo`);
  }
  const find = await measure(setting, {
    session: finding,
    tokens,
    entries,
    changing: [],
    work: () =>
      finding.run(
        ({ deposits }) => deposits.slice(0, parts).every(isOnAllServers),
        () => finding.connect(),
      ),
  });
  finding.close();
  return find;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function summarize(operation, tokens, rounds) {
  const of = (measure, digits = 0) =>
    Number(median(rounds.map((round) => round[measure])).toFixed(digits));
  return {
    operation,
    tokens,
    wallMs: of('wallMs'),
    bareMs: of('bareMs'),
    ratioToBare: of('ratioToBare', 2),
    frames: of('frames'),
    framesByTcp: of('framesByTcp'),
    ...(operation === 'heal' ? { repairs: of('repairs') } : {}),
    framesPerSecond: Math.round((of('frames') / of('wallMs')) * 1000),
    bytesSent: of('bytesSent'),
    bytesReceived: of('bytesReceived'),
    unanswered: of('unanswered'),
    bareResent: of('bareResent'),
  };
}

async function startParts(data) {
  const free = ['--base-port', '0', '--control-port', '0'];
  const raida = await startChild('The local network', [
    ...['raida/dist/main.js', ...free, '--data', data, '--json-ready'],
  ]);
  const networkFile = String(raida.ready['networkFile']);
  const relay = await startChild('The relay', [
    ...['relay/dist/main.js', '--network', networkFile, '--port', '0'],
    ...['--allow-private', '--allow-no-origin', '--json-ready'],
  ]);
  const { coinId, udpMaxBytes, servers } = JSON.parse(readFileSync(networkFile, 'utf8'));
  return {
    children: [relay, raida],
    nodes: new Nodes(Number(raida.ready['controlPort'])),
    ports: servers.map(({ port }) => port),
    network: { coinId, udpMaxBytes, relayPort: Number(relay.ready['port']) },
  };
}

export async function run({ quick, args, log }) {
  const asked = args.find((arg) => arg.startsWith('--tokens='))?.split('=')[1];
  const counts = (asked ?? (quick ? '100' : '100,1000')).split(',').map(Number);
  const rounds = quick ? 1 : 3;
  const data = mkdtempSync(join(tmpdir(), 'wallet-bench-'));
  const setting = await startParts(data);
  try {
    // The first deposit warms everything up and does not count.
    await measureDepositAndHeal(setting, 10);
    const cases = [];
    for (const count of counts) {
      const measured = { deposit: [], heal: [], find: [] };
      for (let round = 1; round <= rounds; round++) {
        log(`${count} tokens: round ${round} of ${rounds}`);
        const { deposit, heal } = await measureDepositAndHeal(setting, count);
        measured.deposit.push(deposit);
        measured.heal.push(heal);
        measured.find.push(await measureFind(setting, count));
      }
      for (const [operation, results] of Object.entries(measured)) {
        cases.push(summarize(operation, count, results));
      }
    }
    return {
      raida: RAIDA_COUNT,
      frackedAt: FRACKED.length,
      window: WINDOW_PER_RAIDA,
      rounds,
      cases,
    };
  } finally {
    for (const child of setting.children) await child.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

export function describe({ cases }) {
  return cases
    .map(
      (one) =>
        `${one.operation.padEnd(7)} ${`${one.tokens}`.padStart(5)} tokens: ` +
        `${(one.wallMs / 1000).toFixed(2)} s, ${one.ratioToBare} of a bare loop; ` +
        `${one.frames} frames (${one.framesByTcp} by TCP), ` +
        `${one.bytesSent + one.bytesReceived} bytes, ${one.framesPerSecond} frames/s`,
    )
    .join('\n');
}
