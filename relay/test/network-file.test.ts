import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import { ConfigError } from '../src/config-error.ts';
import { parseNetwork, readNetworkFile } from '../src/network-file.ts';

const servers = Array.from({ length: 25 }, (_, id) => ({
  id,
  host: `raida${id}.example`,
  port: 50_000 + id,
}));
const GOOD = { name: 'local', coinId: 6, quorum: 13, udpMaxBytes: 1400, servers };

function problems(change: object): string[] {
  try {
    parseNetwork(JSON.stringify({ ...GOOD, ...change }));
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message.split('\n');
  }
  return [];
}

const withServer = (index: number, change: object) => ({
  servers: servers.map((server, i) => (i === index ? { ...server, ...change } : server)),
});

it('reads a network, and puts its servers in order', () => {
  expect(parseNetwork(JSON.stringify(GOOD))).toEqual(GOOD);
  const shuffled = { ...GOOD, servers: [...servers].reverse() };
  expect(parseNetwork(JSON.stringify(shuffled))).toEqual(GOOD);
  const testCoinsUrl = 'http://127.0.0.1:8481/coins';
  expect(parseNetwork(JSON.stringify({ ...GOOD, testCoinsUrl })).testCoinsUrl).toBe(testCoinsUrl);
});

it.each([
  [withServer(3, { port: 0 }), 'servers[3].port: must be a whole number from 1 to 65535'],
  [withServer(3, { port: '50003' }), 'servers[3].port: must be a whole number from 1 to 65535'],
  [withServer(3, { port: undefined }), 'servers[3].port: is missing'],
  [withServer(0, { host: '' }), 'servers[0].host: must be a text of 1 to 253 characters'],
  [withServer(24, { id: 25 }), 'servers[24].id: must be a whole number from 0 to 24'],
  [withServer(24, { id: 3.5 }), 'servers[24].id: must be a whole number from 0 to 24'],
  [withServer(7, { id: 6 }), 'servers[7].id: 6 is taken by servers[6]'],
  [withServer(7, { prot: 1 }), 'servers[7].prot: is not a field of a network file'],
  [{ servers: servers.slice(1) }, 'servers: no server has the id 0 (ids are 0 to 23)'],
  [{ servers: [] }, 'servers: must name at least one RAIDA'],
  [{ servers: [...servers, servers[0]] }, 'servers: must name at most 25 RAIDA'],
  [{ servers: { 0: servers[0] } }, 'servers: must be a list of { id, host, port }'],
  [{ servers: [1] }, 'servers[0]: must be an object'],
  [{ quorum: 0 }, 'quorum: must be a whole number from 1 to 25'],
  [{ servers: servers.slice(0, 12) }, 'quorum: 13 cannot be reached with 12 servers'],
  [{ name: undefined }, 'name: is missing'],
  [{ coinId: 65_536 }, 'coinId: must be a whole number from 0 to 65535'],
  [{ udpMaxBytes: 49 }, 'udpMaxBytes: must be a whole number from 50 to 65507'],
  [{ testCoinsUrl: 'javascript:alert(1)' }, 'testCoinsUrl: must be an http or https address'],
  [{ testCoinUrl: 'http://x' }, 'testCoinUrl: is not a field of a network file'],
])('names the wrong field of %j', (change, message) => {
  expect(problems(change)).toContain(message);
});

it('names every wrong field', () => {
  expect(problems({ coinId: -1, ...withServer(3, { port: 0, host: 7 }) })).toHaveLength(3);
});

it.each(['', '{', '[]', 'null', '"x"'])('does not take %j for a network', (json) => {
  expect(() => parseNetwork(json)).toThrow(ConfigError);
});

it('names the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'relay-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'network.json');
  await expect(readNetworkFile(file)).rejects.toThrow(`${file}: cannot be read (ENOENT)`);
  await writeFile(file, JSON.stringify({ ...GOOD, coinId: 'six', quorum: 99 }));
  await expect(readNetworkFile(file)).rejects.toThrow(
    `${file}: coinId: must be a whole number from 0 to 65535\n${file}: quorum: must be`,
  );
  await writeFile(file, JSON.stringify(GOOD));
  await expect(readNetworkFile(file)).resolves.toEqual(GOOD);
});
