import { expect, test } from 'vitest';

import { NetworkError, parseNetwork } from '../../src/ports/network.ts';

const PAGE = 'https://wallet.example';
const GOOD = { name: 'Local', coinId: 6, quorum: 13, udpMaxBytes: 1400, servers: 25 };

test('a network of 25 servers and a quorum of 13 is taken', () => {
  expect(parseNetwork(GOOD, PAGE)).toEqual({
    name: 'Local',
    coinId: 6,
    udpMaxBytes: 1400,
    testCoinsUrl: null,
    relays: [PAGE],
  });
  const testCoinsUrl = 'http://127.0.0.1:50100/coins';
  expect(parseNetwork({ ...GOOD, testCoinsUrl }, PAGE).testCoinsUrl).toBe(testCoinsUrl);
});

test("relays are taken as origins, in an order that is not the list's", () => {
  const relays = ['https://b.example', 'https://A.example:443/', 'https://c.example:8443'];
  expect(parseNetwork({ ...GOOD, relays }, PAGE).relays).toEqual([
    'https://a.example',
    'https://b.example',
    'https://c.example:8443',
  ]);
});

test('a page that came in the clear may use relays in the clear', () => {
  const relays = ['http://127.0.0.1:2', 'http://127.0.0.1:1'];
  const page = 'http://127.0.0.1:1';
  expect(parseNetwork({ ...GOOD, relays }, page).relays).toEqual([...relays].sort());
});

test.each([
  ['name', ''],
  ['name', 7],
  ['coinId', 70_000],
  ['coinId', 1.5],
  ['quorum', 12],
  ['udpMaxBytes', 64],
  ['udpMaxBytes', '1400'],
  ['servers', 24],
  ['testCoinsUrl', 'javascript:alert(1)'],
  ['testCoinsUrl', 5],
  ['relays', 'https://a.example'],
  ['relays', []],
  ['relays', Array.from({ length: 17 }, (_, i) => `https://relay-${i}.example`)],
  ['relays', ['https://a.example', 5]],
  ['relays', ['wss://a.example']],
  ['relays', ['https://a.example/path']],
  ['relays', ['https://a.example', 'https://A.example:443/']],
  ['relays', ['https://a.example', 'http://b.example']],
])('a network whose %s is %j is refused, and the field is named', (field, value) => {
  expect(() => parseNetwork({ ...GOOD, [field]: value }, PAGE)).toThrow(NetworkError);
  expect(() => parseNetwork({ ...GOOD, [field]: value }, PAGE)).toThrow(`"${field}"`);
});

test.each([null, 'network', 5, []])('%j is no network at all', (value) => {
  expect(() => parseNetwork(value, PAGE)).toThrow(NetworkError);
});
