import { DEFAULT_COIN_ID, readCoinFile, toHex, type Token } from '@raida-wallet/protocol';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { removeFolder, temporaryFolder } from './support/network.ts';
import { buildRaida, RaidaProcess } from './support/process.ts';

const BUILD_MS = 60_000;

let data: string;
let running: RaidaProcess[] = [];
beforeAll(buildRaida, BUILD_MS);
beforeEach(() => {
  data = temporaryFolder();
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.end('SIGKILL')));
  running = [];
  removeFolder(data);
});

function run(...args: readonly string[]): RaidaProcess {
  const process = new RaidaProcess(...args);
  running.push(process);
  return process;
}

const anyPorts = () => ['--data', data, '--base-port', '0', '--json-ready'];

interface NetworkFile {
  readonly quorum: number;
  readonly servers: readonly {
    readonly id: number;
    readonly host: string;
    readonly port: number;
  }[];
}

test('says in one line that it is ready, and writes the network file', async () => {
  const { ready, networkFile, controlPort } = await run(
    ...anyPorts(),
    '--control-port',
    '0',
  ).ready();
  expect(ready).toBe(true);
  expect(networkFile).toBe(join(data, 'network.json'));
  const network = JSON.parse(readFileSync(networkFile, 'utf8')) as NetworkFile;
  expect(network).toEqual({
    name: 'Local RAIDA network',
    coinId: DEFAULT_COIN_ID,
    quorum: 13,
    udpMaxBytes: 1400,
    servers: Array.from({ length: 25 }, (_, id) => ({
      id,
      host: '127.0.0.1',
      port: expect.any(Number) as number,
    })),
    testCoinsUrl: `http://127.0.0.1:${controlPort}/coins`,
  });
  expect(new Set(network.servers.map(({ port }) => port)).size).toBe(25);
});

test('says it to a person otherwise, and has no control unless asked', async () => {
  // Below the ports that systems hand out by themselves, which other tests use by the hundred.
  const line = await run('--data', data, '--base-port', '22200', '--nodes', '2').firstLine;
  expect(line).toBe(`2 RAIDA are running; ${join(data, 'network.json')} says where`);
  const file = JSON.parse(readFileSync(join(data, 'network.json'), 'utf8')) as NetworkFile;
  expect(file.servers.map(({ port }) => port)).toEqual([22200, 22201]);
  // 13 of 2 servers: a relay would refuse the file.
  expect(file.quorum).toBe(2);
  expect(file).not.toHaveProperty('testCoinsUrl');
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends it cleanly, with every token kept',
  async (signal) => {
    const first = run(...anyPorts(), '--control-port', '0');
    const { controlPort } = await first.ready();
    const issued = await fetch(`http://127.0.0.1:${controlPort}/coins`, {
      method: 'POST',
      body: '{"preset":"mix"}',
    });
    const file = new Uint8Array(await issued.arrayBuffer());
    expect(await first.end(signal)).toMatchObject({ code: 0, signal: null });

    const again = await run(...anyPorts(), '--control-port', '0').ready();
    const { tokens } = readCoinFile(file, { coinId: DEFAULT_COIN_ID });
    const read = await fetch(`http://127.0.0.1:${again.controlPort}/tokens/read`, {
      method: 'POST',
      body: JSON.stringify({ tokens: tokens.map(({ dn, sn }: Token) => ({ dn, sn })) }),
    });
    expect(await read.json()).toEqual(tokens.map(({ ans }) => ans.map(toHex)));
  },
);

test('a port that is in use ends the start with a message that names it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address!.port : 0;
  const { code, stderr } = await run('--data', data, '--base-port', `${port}`, '--nodes', '1')
    .ended;
  expect([code, stderr]).toEqual([
    1,
    `port ${port} of 127.0.0.1 is in use by another program: choose another --base-port\n`,
  ]);
  const control = ['--control-port', `${port}`];
  const second = await run(...anyPorts(), '--nodes', '1', ...control).ended;
  expect(second.stderr).toContain(`port ${port} of 127.0.0.1 is in use`);
  expect(second.stderr).toContain('--control-port');
  server.close();
});

test('a second network in the same folder is refused', async () => {
  const first = run(...anyPorts(), '--nodes', '1');
  await first.ready();
  const { code, stderr } = await run(...anyPorts(), '--nodes', '1').ended;
  expect(code).toBe(1);
  expect(stderr).toContain(`${data} is in use by process ${first.child.pid}`);
});

test('a config folder without its file is an error that says what to write', async () => {
  mkdirSync(join(data, 'raida-00', 'config'), { recursive: true });
  const { code, stderr } = await run(...anyPorts()).ended;
  expect(code).toBe(1);
  expect(stderr).toContain(join(data, 'raida-00', 'config'));
  expect(stderr).toMatch(/trusted\.(1\.){25}13\.config/);
});

test.each([
  [['--base-port', '0'], '--data must name a folder'],
  [['--data', 'x'], '--base-port must be a whole number from 0 to 65535'],
  [['--data', 'x', '--base-port', '65536'], '--base-port must be'],
  [['--data', 'x', '--base-port', '1e3'], '--base-port must be'],
  [
    ['--data', 'x', '--base-port', '0', '--nodes', '26'],
    '--nodes must be a whole number from 1 to 25',
  ],
  [['--data', 'x', '--base-port', '0', '--nodes', '0'], '--nodes must be'],
  [['--data', 'x', '--base-port', '0', '--coin-id', '65536'], '--coin-id must be'],
  [['--data', 'x', '--base-port', '0', '--wat'], "Unknown option '--wat'"],
])('wrong arguments are named: %j', async (args, message) => {
  const { code, stderr } = await run(...args).ended;
  expect(code).toBe(1);
  expect(stderr).toContain(message);
});
