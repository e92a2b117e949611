import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DEFAULT_COIN_ID, readCoinFile } from '@raida-wallet/protocol';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../lib/child.mjs';
import { choosePort, readOptions, rememberPort } from '../lib/start-options.mjs';
import { runQuietly } from '../lib/tasks.mjs';
import { childrenOf, temporaryFolder, until } from './support.ts';

/** The bundle of the wallet takes some seconds to build, 25 nodes a few to start. */
const SLOW_MS = 120_000;

const PAGE = join(ROOT, 'web', 'dist', 'index.html');

beforeAll(async () => {
  const steps = [{ name: 'tsc', command: 'tsc', args: ['-b', 'raida', 'relay'] }];
  // Others may be reading the bundle, and these tests do not care how fresh it is.
  if (!existsSync(PAGE)) steps.push({ name: 'vite', command: 'vite', args: ['build'] });
  for (const step of steps) {
    const { ok, output } = await runQuietly(step);
    if (!ok) throw new Error(output);
  }
}, SLOW_MS);

interface Running {
  readonly process: ChildProcess;
  readonly output: () => string;
  /** `http://127.0.0.1:<port>` of the wallet, and of the control interface. */
  readonly wallet: string;
  readonly control: string;
}

function run(args: readonly string[]): { process: ChildProcess; output: () => string } {
  const running = spawn(process.execPath, [join(ROOT, 'scripts', 'start.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void running.kill('SIGKILL'));
  let text = '';
  const keep = (chunk: Buffer): void => void (text += chunk.toString());
  running.stdout.on('data', keep);
  running.stderr.on('data', keep);
  return { process: running, output: () => text };
}

async function start(data: string, ...more: readonly string[]): Promise<Running> {
  const running = run(['--built', '--data', data, ...more]);
  await until(() => /Ctrl-C/.test(running.output()) || running.process.exitCode !== null);
  const wallet = /Open (http:\S+)/.exec(running.output())?.[1];
  const control = /control interface: (http:\S+)/.exec(running.output())?.[1];
  if (!wallet || !control) throw new Error(`it did not start:\n${running.output()}`);
  return { ...running, wallet, control };
}

async function ended(running: { process: ChildProcess }): Promise<number | null> {
  const child = running.process;
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode;
}

async function freePort(): Promise<number> {
  const server = await occupy(0);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function occupy(port: number): Promise<ReturnType<typeof createServer>> {
  const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function post(url: string, body: unknown): Promise<Response> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  return answer;
}

describe('npm start', () => {
  test(
    'keeps every token and its address from one run to the next',
    { timeout: SLOW_MS },
    async () => {
      const data = temporaryFolder();
      const port = await freePort();
      const first = await start(data, '--port', `${port}`);
      expect(first.wallet).toBe(`http://127.0.0.1:${port}`);
      expect((await fetch(`${first.wallet}/healthz`)).status).toBe(200);
      const network = (await (await fetch(`${first.wallet}/network.json`)).json()) as object;
      expect(network).toMatchObject({ coinId: 6, quorum: 13 });
      expect(await (await fetch(first.wallet)).text()).toBe(readFileSync(PAGE, 'utf8'));

      const order = {
        tokens: [
          { dn: 0, count: 3 },
          { dn: 2, count: 1 },
        ],
      };
      const file = await (await post(`${first.control}/coins`, order)).arrayBuffer();
      const { tokens } = readCoinFile(new Uint8Array(file), { coinId: DEFAULT_COIN_ID });
      expect(tokens.map(({ dn }) => dn).sort()).toEqual([0, 0, 0, 2]);
      const expected = tokens.map(({ ans }) => ans.map((an) => Buffer.from(an).toString('hex')));

      first.process.kill('SIGINT');
      expect(await ended(first)).toBe(0);
      await expect(fetch(first.wallet)).rejects.toThrow();
      await expect(fetch(first.control)).rejects.toThrow();

      const second = await start(data);
      expect(second.wallet).toBe(first.wallet);
      const asked = { tokens: tokens.map(({ dn, sn }) => ({ dn, sn })) };
      const held = await (await post(`${second.control}/tokens/read`, asked)).json();
      expect(held).toEqual(expected);

      const third = run(['--built', '--data', data]);
      expect(await ended(third)).toBe(1);
      expect(third.output()).toContain('Is this data folder in use?');

      second.process.kill('SIGTERM');
      expect(await ended(second)).toBe(0);
    },
  );

  test('stops with code 1 when a part of it dies', { timeout: SLOW_MS }, async () => {
    const running = await start(temporaryFolder(), '--port', `${await freePort()}`);
    const [network] = childrenOf(running.process.pid!, 'raida/dist/main.js');
    process.kill(network!, 'SIGKILL');
    expect(await ended(running)).toBe(1);
    expect(running.output()).toContain('The local network was killed by SIGKILL');
    await expect(fetch(running.wallet)).rejects.toThrow();
  });

  test('stops when npm is asked to stop', { timeout: SLOW_MS }, async () => {
    const port = `${await freePort()}`;
    const args = ['--built', '--data', temporaryFolder(), '--port', port];
    const npm = spawn('npm', ['start', '--', ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void npm.kill('SIGKILL'));
    let output = '';
    npm.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await until(() => output.includes('Ctrl-C'));
    npm.kill('SIGTERM');
    const wallet = `http://127.0.0.1:${port}`;
    await expect
      .poll(() => fetch(wallet).then(Boolean, () => false), { timeout: SLOW_MS })
      .toBe(false);
  });

  test('names what is wrong with its options', { timeout: SLOW_MS }, async () => {
    const running = run(['--prot', '1']);
    expect(await ended(running)).toBe(1);
    expect(running.output()).toContain("Unknown option '--prot'");
    expect(running.output()).toContain('--port N');
    expect(running.output()).not.toContain('at parse');
  });
});

describe('the port of the wallet', () => {
  const asking = (data: string, ...args: readonly string[]): Promise<number> =>
    choosePort(readOptions(['--data', data, ...args]));

  test('is the one that was asked for, or an error', async () => {
    const port = await freePort();
    expect(await asking(temporaryFolder(), '--port', `${port}`)).toBe(port);
    const other = await occupy(port);
    onTestFinished(() => void other.close());
    await expect(asking(temporaryFolder(), '--port', `${port}`)).rejects.toThrow(
      `Port ${port} is taken. Choose another one with --port.`,
    );
  });

  test('is remembered, and never silently another one', async () => {
    const data = temporaryFolder();
    const port = await freePort();
    rememberPort(data, port);
    expect(await asking(data)).toBe(port);
    const other = await occupy(port);
    onTestFinished(() => void other.close());
    await expect(asking(data)).rejects.toThrow(
      `Port ${port} is taken. The browser keeps the wallet`,
    );
  });

  test('is the next free one at the first start', async () => {
    const port = await asking(temporaryFolder());
    const other = await occupy(port);
    onTestFinished(() => void other.close());
    expect(await asking(temporaryFolder())).toBeGreaterThan(port);
  });

  test('has to be a port', () => {
    for (const wrong of ['0', '65536', '80.5', 'http']) {
      expect(() => readOptions(['--port', wrong])).toThrow('--port takes a number');
    }
  });
});
