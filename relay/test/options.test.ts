import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

import { LIMIT_NAMES, limitFlag, LIMITS } from '../src/limits.ts';
import { parseOptions, USAGE } from '../src/options.ts';

const NEEDED = ['--network', 'network.json', '--port', '8480'];

const relays = (...origins: string[]) => origins.map((origin) => `--wallet-relay=${origin}`);
const SEVENTEEN = Array.from({ length: 17 }, (_, i) => `https://relay-${i}.example`);

it('knows its defaults', () => {
  expect(parseOptions(NEEDED)).toEqual({
    networkFile: 'network.json',
    port: 8480,
    host: '127.0.0.1',
    allowPrivate: false,
    allowedOrigins: new Set(),
    allowNoOrigin: false,
    walletFolder: undefined,
    walletRelays: [],
    jsonReady: false,
    limits: {},
  });
});

it('reads all flags', () => {
  const args = ['--host', '::', '--allow-private', '--allow-no-origin', '--json-ready'];
  const origins = ['--allow-origin', 'https://a.example', '--allow-origin', 'http://b.example:81/'];
  const relays = ['--wallet-relay', 'https://c.example/', '--wallet-relay=http://d.example:81'];
  const limits = ['--open-exchanges-per-connection', '7'];
  expect(parseOptions([...NEEDED, ...args, ...origins, ...relays, ...limits])).toMatchObject({
    host: '::',
    allowPrivate: true,
    allowNoOrigin: true,
    jsonReady: true,
    allowedOrigins: new Set(['https://a.example', 'http://b.example:81']),
    walletRelays: ['https://c.example', 'http://d.example:81'],
    limits: { openExchangesPerConnection: 7 },
  });
});

it('serves the built wallet, or the one in a folder', () => {
  expect(parseOptions([...NEEDED, '--serve-wallet']).walletFolder).toMatch(/\/web\/dist$/);
  expect(parseOptions(['--serve-wallet', ...NEEDED]).walletFolder).toMatch(/\/web\/dist$/);
  expect(parseOptions(['--serve-wallet', 'my/dist', ...NEEDED]).walletFolder).toBe('my/dist');
  expect(parseOptions(['--serve-wallet=my/dist', ...NEEDED]).walletFolder).toBe('my/dist');
});

it.each([
  [['--port', '1'], '--network: is missing'],
  [['--network', 'x'], '--port: is missing'],
  [
    ['--network', 'x', '--port', 'http'],
    '--port: must be a whole number from 0 to 65535, not http',
  ],
  [['--network', 'x', '--port', '65536'], '--port: must be a whole number from 0 to 65535'],
  [[...NEEDED, '--open-exchanges', '0'], '--open-exchanges: must be a whole number from 1'],
  [[...NEEDED, '--allow-origin', 'wallet.example'], '--allow-origin: wallet.example is not'],
  [[...NEEDED, '--allow-origin', 'https://a.example/x'], '--allow-origin: https://a.example/x'],
  [[...NEEDED, '--allow-origin', '*'], '--allow-origin: * is not an origin'],
  [[...NEEDED, '--wallet-relay', 'wss://a.example'], '--wallet-relay: wss://a.example is not'],
  [[...NEEDED, ...relays('https://a.example', 'https://a.example:443')], 'given twice'],
  [[...NEEDED, ...relays(...SEVENTEEN)], '--wallet-relay: at most 16 relays, not 17'],
  [[...NEEDED, '--portt', '1'], '--portt'],
  [[...NEEDED, 'extra'], 'extra'],
])('says what is wrong with %j', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});

it('documents every limit: name, default and flag', () => {
  const file = new URL('../../docs/relay.md', import.meta.url);
  const document = readFileSync(file, 'utf8').replaceAll(/ +/g, ' ');
  for (const name of LIMIT_NAMES) {
    const value = LIMITS[name].default.toLocaleString('en');
    expect(document).toContain(`| \`${name}\` | ${value} | \`--${limitFlag(name)}\` |`);
    expect(USAGE).toContain(`--${limitFlag(name)} N (${LIMITS[name].default})`);
  }
});
