import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import { startRelay } from '../src/relay.ts';
import { networkOf, setUp } from './support/setup.ts';

const SERVERS = [{ id: 0, host: '127.0.0.1', port: 50_000 }];
const TEST_COINS = 'http://127.0.0.1:8481/coins';

async function walletFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-wallet-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>wallet</title>');
  await writeFile(join(folder, 'assets', 'index-BxY12.js'), 'console.log(1)');
  await writeFile(join(folder, '.secret'), 'secret');
  await writeFile(join(folder, '..', 'relay-outside.txt'), 'outside');
  onTestFinished(() => rm(join(folder, '..', 'relay-outside.txt')));
  return folder;
}

async function serveWallet(): Promise<string> {
  const network = networkOf(SERVERS, { testCoinsUrl: TEST_COINS });
  const { relay } = await setUp(0, { network, walletFolder: await walletFolder() });
  return `http://127.0.0.1:${relay.port}`;
}

/** As `fetch`, but leaves a path as it is. */
async function statusOf(base: string, path: string): Promise<number> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });
}

it('describes the network, without addresses', async () => {
  const base = await serveWallet();
  const response = await fetch(`${base}/network.json`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
  const text = await response.text();
  expect(JSON.parse(text)).toEqual({
    name: 'test network',
    coinId: 6,
    quorum: 1,
    udpMaxBytes: 1400,
    servers: 1,
    testCoinsUrl: TEST_COINS,
  });
});

it('leaves out of the description what there is not', async () => {
  const { relay } = await setUp(0, { network: networkOf(SERVERS) });
  const description = await (await fetch(`http://127.0.0.1:${relay.port}/network.json`)).json();
  expect(description).not.toHaveProperty('testCoinsUrl');
  expect(description).not.toHaveProperty('relays');
});

it('names the relays that a wallet shall use, and lets its page speak to them', async () => {
  const walletRelays = ['https://a.example', 'http://127.0.0.1:8490'];
  const { relay } = await setUp(0, { network: networkOf(SERVERS), walletRelays });
  const response = await fetch(`http://127.0.0.1:${relay.port}/network.json`);
  expect(await response.json()).toMatchObject({ relays: walletRelays });
  const policy = response.headers.get('content-security-policy');
  expect(policy).toContain("connect-src 'self' wss://a.example ws://127.0.0.1:8490;");
});

it('lets pages of allowed origins, and no others, read the description', async () => {
  const origins = { allowed: new Set(['https://wallet.example']), allowNone: true };
  const { relay } = await setUp(0, { network: networkOf(SERVERS), origins });
  const allowedFor = async (origin: string): Promise<string | null> => {
    const url = `http://127.0.0.1:${relay.port}/network.json`;
    const { headers } = await fetch(url, { headers: { origin } });
    expect(headers.get('vary')).toBe('origin');
    return headers.get('access-control-allow-origin');
  };
  expect(await allowedFor('https://wallet.example')).toBe('https://wallet.example');
  expect(await allowedFor('https://evil.example')).toBeNull();
});

it('says that it is alive', async () => {
  const { relay } = await setUp(1);
  const response = await fetch(`http://127.0.0.1:${relay.port}/healthz`);
  expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
});

it('serves the wallet: pages are checked each time, hashed files never again', async () => {
  const base = await serveWallet();
  const page = await fetch(`${base}/`);
  expect(await page.text()).toContain('<title>wallet</title>');
  expect(page.headers.get('content-type')).toBe('text/html;charset=utf-8');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const asset = await fetch(`${base}/assets/index-BxY12.js`);
  expect(await asset.text()).toBe('console.log(1)');
  expect(asset.headers.get('content-type')).toBe('text/javascript');
  expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  const etag = page.headers.get('etag') ?? '';
  const again = await fetch(`${base}/`, { headers: { 'if-none-match': etag } });
  expect(again.status).toBe(304);
});

it('sends the same strict headers with everything', async () => {
  const base = await serveWallet();
  for (const path of ['/', '/assets/index-BxY12.js', '/network.json', '/nothing']) {
    const { headers } = await fetch(`${base}${path}`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("connect-src 'self' http://127.0.0.1:8481;");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
  }
});

it('has no other paths', async () => {
  const base = await serveWallet();
  const outside = ['/../relay-outside.txt', '/%2e%2e/relay-outside.txt', '/assets/../../x'];
  for (const path of ['/nothing', '/.secret', '/assets/', '/assets/%ff', '//', ...outside]) {
    expect([path, await statusOf(base, path)]).toEqual([path, 404]);
  }
});

it('serves no files unless told', async () => {
  const { relay } = await setUp(0, { network: networkOf(SERVERS) });
  expect(await statusOf(`http://127.0.0.1:${relay.port}`, '/')).toBe(404);
  await expect(
    startRelay({ network: networkOf(SERVERS), port: 0, allowPrivate: true, walletFolder: '/dev' }),
  ).rejects.toThrow('--serve-wallet: no index.html in /dev; `npm run build` makes it');
});

it('takes no other methods, and answers HEAD without a body', async () => {
  const base = await serveWallet();
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const response = await fetch(`${base}/network.json`, { method });
    expect([method, response.status]).toEqual([method, 405]);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  }
  const head = await fetch(`${base}/healthz`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect(head.headers.get('content-length')).toBe('3');
});

it('says that /relay is for WebSockets', async () => {
  const base = await serveWallet();
  const response = await fetch(`${base}/relay`);
  expect(response.status).toBe(426);
});
