import { expect, test } from 'vitest';

import { NetworkError, parseNetwork } from '../../src/ports/network.ts';

const GOOD = { name: 'Local', coinId: 6, quorum: 13, udpMaxBytes: 1400, servers: 25 };

test('a network of 25 servers and a quorum of 13 is taken', () => {
  expect(parseNetwork(GOOD)).toEqual({
    name: 'Local',
    coinId: 6,
    udpMaxBytes: 1400,
    testCoinsUrl: null,
  });
  const testCoinsUrl = 'http://127.0.0.1:50100/coins';
  expect(parseNetwork({ ...GOOD, testCoinsUrl }).testCoinsUrl).toBe(testCoinsUrl);
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
])('a network whose %s is %j is refused, and the field is named', (field, value) => {
  expect(() => parseNetwork({ ...GOOD, [field]: value })).toThrow(NetworkError);
  expect(() => parseNetwork({ ...GOOD, [field]: value })).toThrow(`"${field}"`);
});

test.each([null, 'network', 5, []])('%j is no network at all', (value) => {
  expect(() => parseNetwork(value)).toThrow(NetworkError);
});
