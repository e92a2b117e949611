import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, it, onTestFinished } from 'vitest';

import { Client } from './support/client.ts';
import { FakeRaida, replyTo } from './support/fake-raida.ts';
import { relayRequest } from './support/requests.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'relay', 'dist', 'main.js');
const BUILD_MS = 60_000;

beforeAll(() => {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-b', 'relay'], { cwd: ROOT });
}, BUILD_MS);

async function networkFile(host: string, ports: readonly number[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const servers = ports.map((port, id) => ({ id, host, port }));
  const network = { name: 'test', coinId: 6, quorum: 1, udpMaxBytes: 1400, servers };
  const file = join(folder, 'network.json');
  await writeFile(file, JSON.stringify(network));
  return file;
}

async function startRaida(): Promise<FakeRaida> {
  const raida = await FakeRaida.start(0);
  onTestFinished(() => raida.stop());
  return raida;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly firstLine: Promise<string>;

  constructor(args: readonly string[], maxFiles = 4096) {
    const command = `ulimit -n ${maxFiles} && exec "$@"`;
    this.child = spawn('sh', ['-c', command, 'sh', process.execPath, MAIN, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => {
      this.child.kill('SIGKILL');
    });
    const { stdout, stderr } = this.child;
    this.firstLine = once(stdout!, 'data').then(([chunk]) => String(chunk));
    this.ended = Promise.all([once(this.child, 'exit'), text(stdout!), text(stderr!)]).then(
      ([[code], out, err]) => ({ code: code as number | null, stdout: out, stderr: err }),
    );
  }

  async port(): Promise<number> {
    return (JSON.parse(await this.firstLine) as { port: number }).port;
  }
}

it('says when it is ready, for people and for programs', async () => {
  const file = await networkFile('127.0.0.1', [50_000]);
  const human = new Running(['--network', file, '--port', '0', '--allow-private']);
  expect(await human.firstLine).toMatch(
    /^The relay for test \(1 RAIDA\) listens on http:\/\/127\.0\.0\.1:\d+\.\n$/,
  );
  const program = new Running(['--network', file, '--port=0', '--allow-private', '--json-ready']);
  expect(await program.firstLine).toMatch(/^\{"ready":true,"port":\d+\}\n$/);
  const response = await fetch(`http://127.0.0.1:${await program.port()}/healthz`);
  expect(response.status).toBe(200);
});

it('finishes open exchanges on SIGTERM, closes with 1001, and exits with 0', async () => {
  const raida = await startRaida();
  const held: (() => void)[] = [];
  raida.behaviour = ({ request, reply }) => {
    held.push(() => {
      reply(replyTo(request, 0));
    });
  };
  const file = await networkFile('127.0.0.1', [raida.port]);
  const relay = new Running(['--network', file, '--port=0', '--allow-private', '--json-ready']);
  const port = await relay.port();
  const client = await Client.connect(port);
  client.send(relayRequest(1, 0));
  await raida.received(1);
  relay.child.kill('SIGTERM');
  // Only a relay that drains turns a request away; until it does, RAIDA 0 gets one more.
  let last = 2;
  client.send(relayRequest(last, 0));
  while (!(await Promise.race([client.answerTo(last), raida.received(last)]))) {
    last += 1;
    client.send(relayRequest(last, 0));
  }
  expect((await client.answerTo(last)).status).toBe('overload');
  await expect(Client.connect(port)).rejects.toThrow('ECONNREFUSED');
  for (const release of held) release();
  for (let open = 1; open < last; open++) expect((await client.answerTo(open)).status).toBe('ok');
  expect(await client.closed).toBe(1001);
  const { code, stderr } = await relay.ended;
  expect(code).toBe(0);
  const events = stderr.trim().split('\n');
  expect(JSON.parse(events[0]!)).toMatchObject({
    event: 'connection opened',
    client: '127.0.0.0/24',
  });
  expect(JSON.parse(events.at(-1)!)).toMatchObject({ event: 'connection closed', code: 1001 });
});

it.each([
  [['--port', '0'], 'relay: --network: is missing\n'],
  [
    ['--network', '/nowhere.json', '--port', '0'],
    'relay: /nowhere.json: cannot be read (ENOENT)\n',
  ],
])('exits with 1 and one line on %j', async (args, message) => {
  const { code, stdout, stderr } = await new Running(args).ended;
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: message });
});

it('refuses private addresses, and says what permits them', async () => {
  const file = await networkFile('127.0.0.1', [50_000]);
  const { code, stderr } = await new Running(['--network', file, '--port', '0']).ended;
  expect(code).toBe(1);
  expect(stderr).toBe(
    'relay: servers[0].host: 127.0.0.1 is a loopback address, not a public one; ' +
      '--allow-private permits it\n',
  );
});

it('says when its port is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const { port } = server.address() as { port: number };
  const file = await networkFile('127.0.0.1', [50_000]);
  const args = ['--network', file, '--port', String(port), '--allow-private'];
  const { code, stderr } = await new Running(args).ended;
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'relay: --port: is in use by another program\n',
  });
});

it('survives without file descriptors, and serves again when there are some', async () => {
  const raida = await startRaida();
  const file = await networkFile('127.0.0.1', [raida.port]);
  const args = ['--network', file, '--port=0', '--allow-private', '--json-ready'];
  const relay = new Running([...args, '--udp-sockets-per-raida=4096'], 80);
  const port = await relay.port();
  const client = await Client.connect(port);
  const held: (() => void)[] = [];
  raida.behaviour = ({ request, reply }) => {
    held.push(() => {
      reply(replyTo(request, 0));
    });
  };
  // More UDP and TCP exchanges than descriptors: some are answered with overload at once.
  client.send(...Array.from({ length: 200 }, (_, i) => relayRequest(i, 0)));
  const tcp = { tcp: true };
  client.send(...Array.from({ length: 5 }, (_, i) => relayRequest(300 + i, 0, undefined, tcp)));
  for (let i = 300; i < 305; i++) expect((await client.answerTo(i)).status).toBe('overload');
  expect((await client.answerTo(199)).status).toBe('overload');
  // No descriptor is left to accept anyone with either.
  const refused: Socket[] = Array.from({ length: 5 }, () => connectTcp(port, '127.0.0.1'));
  await Promise.all(
    refused.map((socket) => {
      socket.resume().on('error', () => undefined);
      return once(socket, 'close');
    }),
  );
  const overloaded = client.answers.filter(({ status }) => status === 'overload').length - 5;
  expect(overloaded).toBeGreaterThan(100);
  await raida.received(200 - overloaded);
  for (const release of held) release();
  for (let i = 0; i < 200 - overloaded; i++) expect((await client.answerTo(i)).status).toBe('ok');
  raida.behaviour = ({ request, reply }) => {
    reply(replyTo(request, 0));
  };
  expect((await client.ask(relayRequest(400, 0)))[0]!.status).toBe('ok');
  relay.child.kill('SIGTERM');
  expect((await relay.ended).code).toBe(0);
});
