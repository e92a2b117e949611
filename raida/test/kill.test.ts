import {
  COMMANDS,
  encodeCoinFile,
  readReply,
  readRequestHeader,
  toHex,
  type Token,
} from '@raida-wallet/protocol';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { frameOf, secret } from './support/node.ts';
import { HOST, removeFolder, temporaryFolder } from './support/network.ts';
import { buildRaida, RaidaProcess } from './support/process.ts';

/**
 * kill -9 under load, several times over the same data: whatever a node has acknowledged is there
 * afterwards, whatever was on its way is done or not, and no POWN is half done.
 */

const ROUNDS = 4;
const CLIENTS = 50;
/** Tokens in each POWN: enough that half of one would show. */
const TOKENS = 3;
/** Acknowledged POWNs before the kill, which then comes in the midst of the others. */
const ACKNOWLEDGED = 1_500;
const TEST_MS = 120_000;

/** A client POWNs its own tokens at one RAIDA, over and over: generation 0, 1, 2, ... */
class Client {
  readonly number: number;
  readonly raida: number;
  acknowledged = 0;
  sent = 0;
  #socket: Socket | null = null;

  constructor(number: number) {
    this.number = number;
    this.raida = number % 25;
  }

  get ids() {
    return Array.from({ length: TOKENS }, (_, i) => ({ dn: 0, sn: 1 + this.number * TOKENS + i }));
  }

  an(generation: number, sn: number, raida = this.raida): Uint8Array {
    return secret(`${raida} ${sn} ${generation}`);
  }

  async connect(port: number): Promise<void> {
    this.#socket = createSocket('udp4');
    this.#socket.connect(port, HOST);
    await once(this.#socket, 'connect');
  }

  /** POWNs until the node is gone. `acknowledge` is told of each success. */
  run(acknowledge: () => void): Promise<void> {
    const socket = this.#socket!;
    return new Promise((resolve, reject) => {
      let frame = this.#next();
      socket.on('error', () => resolve());
      socket.on('message', (bytes) => {
        const { header } = readReply(new Uint8Array(bytes));
        if (header.echo !== readRequestHeader(frame).echo) return;
        if (header.status !== 241) return reject(new Error(`status ${header.status}`));
        this.acknowledged = this.sent;
        acknowledge();
        frame = this.#next();
        socket.send(frame);
      });
      socket.send(frame);
    });
  }

  close(): void {
    this.#socket?.close();
  }

  #next(): Uint8Array {
    const from = this.sent;
    this.sent += 1;
    const tokens = this.ids.map(({ dn, sn }) => ({
      dn,
      sn,
      an: this.an(from, sn),
      pan: this.an(from + 1, sn),
    }));
    return frameOf(COMMANDS.pown, { tokens }, { raida: this.raida });
  }
}

async function control(port: number, path: string, body: string | Uint8Array): Promise<unknown> {
  const raw = typeof body === 'string' ? body : body.slice();
  const answer = await fetch(`http://${HOST}:${port}${path}`, { method: 'POST', body: raw });
  expect(answer.status).toBe(200);
  return answer.json();
}

const data = temporaryFolder();
const clients = Array.from({ length: CLIENTS }, (_, number) => new Client(number));
let process: RaidaProcess;

beforeAll(buildRaida, TEST_MS);
afterAll(async () => {
  await process.end('SIGKILL');
  removeFolder(data);
});

async function start(): Promise<{ controlPort: number; ports: number[] }> {
  process = new RaidaProcess(
    ...['--data', data, '--base-port', '0', '--control-port', '0', '--json-ready'],
  );
  const { networkFile, controlPort } = await process.ready();
  const { servers } = JSON.parse(readFileSync(networkFile, 'utf8')) as {
    servers: { port: number }[];
  };
  return { controlPort: controlPort!, ports: servers.map(({ port }) => port) };
}

/** Kills the network while everybody POWNs. */
async function killUnderLoad(ports: readonly number[]): Promise<void> {
  await Promise.all(clients.map((client) => client.connect(ports[client.raida]!)));
  let acknowledged = 0;
  const enough = new Promise<void>((resolve) => {
    const running = clients.map((client) =>
      client.run(() => {
        if (++acknowledged === ACKNOWLEDGED) resolve();
      }),
    );
    void Promise.all(running);
  });
  await enough;
  const { signal } = await process.end('SIGKILL');
  expect(signal).toBe('SIGKILL');
  // What the node had sent before it died counts as acknowledged: let it arrive.
  await new Promise((resolve) => setImmediate(resolve));
  for (const client of clients) client.close();
}

/** Finds out where each client's tokens are, and lets it go on from there. */
async function settle(controlPort: number): Promise<{ done: number; undone: number }> {
  const tally = { done: 0, undone: 0 };
  for (const client of clients) {
    const body = JSON.stringify({ tokens: client.ids });
    const held = (await control(controlPort, '/tokens/read', body)) as string[][];
    const generations = client.ids.map(({ sn }, i) => {
      const an = held[i]![client.raida]!;
      const at = [client.acknowledged, client.sent].filter(
        (generation) => toHex(client.an(generation, sn)) === an,
      );
      expect(at, `token ${sn}, ${client.acknowledged} acknowledged`).not.toEqual([]);
      return at[0]!;
    });
    expect(new Set(generations).size, 'no POWN is half done').toBe(1);
    if (client.sent !== client.acknowledged) {
      tally[generations[0] === client.sent ? 'done' : 'undone'] += 1;
    }
    client.sent = generations[0]!;
    client.acknowledged = generations[0]!;
  }
  return tally;
}

test(
  'no acknowledged POWN is ever lost',
  async () => {
    let { controlPort, ports } = await start();
    const tokens = clients.flatMap((client): Token[] =>
      client.ids.map((id) => ({
        ...id,
        ans: Array.from({ length: 25 }, (_, raida) => client.an(0, id.sn, raida)),
      })),
    );
    await control(controlPort, '/register', encodeCoinFile(tokens, { coinId: 6 }));
    let open = 0;
    for (let round = 0; round < ROUNDS; round++) {
      await killUnderLoad(ports);
      ({ controlPort, ports } = await start());
      const { done, undone } = await settle(controlPort);
      open += done + undone;
    }
    // The kill came in the midst of the load, or the test would prove nothing.
    expect(open).toBeGreaterThan(CLIENTS);
    const total = clients.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    expect(total).toBeGreaterThanOrEqual(ROUNDS * ACKNOWLEDGED);
  },
  TEST_MS,
);
