import {
  COMMANDS,
  isZero,
  STATUS,
  statusName,
  sumAns,
  toHex,
  writeTokenId,
} from '@raida-wallet/protocol';
import { describe, expect, test } from 'vitest';
import { frameOf, handle, rawFrame, secret, send, testNode, token } from './support/node.ts';

/** PROTOCOL.md section 7: what a node checks, in which order, and with which status. */

const KEY = token(900, 'key');
const NOTHING = new Uint8Array(0);

function nodeWithKey() {
  const node = testNode();
  node.store.write(KEY, KEY.an);
  return node;
}

/** Each breaks a good, encrypted request in one way, in the order in which it must be found. */
const BREAKS: readonly (readonly [string, number, (frame: Uint8Array) => void])[] = [
  ['version', STATUS.routing, (frame) => (frame[0] = 2)],
  ['split id', STATUS.badSplitId, (frame) => (frame[1] = 1)],
  ['RAIDA id', STATUS.badRaidaId, (frame) => (frame[2] = 4)],
  ['command group', STATUS.badCommandGroup, (frame) => (frame[4] = 9)],
  ['shard id', STATUS.badShardId, (frame) => (frame[3] = 1)],
  ['command', STATUS.badCommand, (frame) => (frame[5] = 99)],
  ['coin id', STATUS.badCoinId, (frame) => (frame[7] = 5)],
  ['encryption type', STATUS.badEncryptionCode, (frame) => (frame[16] = 3)],
  ['impossible key token', STATUS.encryption, (frame) => (frame[17] = 7)],
  ['unknown key token', STATUS.keyTokenNotFound, (frame) => (frame[21] = 1)],
  ['terminator', STATUS.badTerminator, (frame) => (frame[frame.length - 1] = 0)],
  ['body length', STATUS.badPacketLength, (frame) => (frame[23]! += 1)],
  ['challenge', STATUS.badCrc, (frame) => (frame[32]! ^= 1)],
];

describe('the first thing that is wrong decides', () => {
  test.each(BREAKS.map(([name, status], i) => [name, status, i] as const))(
    '%s: %d',
    async (_, status, i) => {
      const node = nodeWithKey();
      // Token 3 does not even hold: the payload would be the last thing to look at.
      const frame = frameOf(COMMANDS.detect, { tokens: [token(3)] }, { key: KEY });
      for (const [, , spoil] of BREAKS.slice(i)) spoil(frame);
      const answer = await send(node, frame);
      expect(statusName(answer.status)).toBe(statusName(status));
      expect(answer.body).toEqual(NOTHING);
      expect(answer.worth).not.toBe('authentic');
      // Errors before the body is open have nothing to sign. A CRC is checked after that.
      expect(isZero(answer.signature)).toBe(status !== STATUS.badCrc);
      expect(node.reported).toEqual([]);
    },
  );

  test('and without any of it the request is good', async () => {
    const frame = frameOf(COMMANDS.detect, { tokens: [token(3)] }, { key: KEY });
    const answer = await send(nodeWithKey(), frame, KEY);
    expect(answer.status).toBe(STATUS.allFail);
    expect(answer.worth).toBe('authentic');
  });
});

describe('keys', () => {
  test('a wrong AN of the key token fails the CRC', async () => {
    const wrong = { ...KEY, an: secret('wrong') };
    const answer = await send(nodeWithKey(), frameOf(COMMANDS.echo, {}, { key: wrong }), wrong);
    expect(answer.status).toBe(STATUS.badCrc);
    expect(answer.worth).not.toBe('authentic');
  });

  test("a locker's key is one that this node does not have", async () => {
    const frame = frameOf(COMMANDS.echo, {}, { key: KEY });
    frame[16] = 2;
    const answer = await send(nodeWithKey(), frame);
    expect(answer.status).toBe(STATUS.encryption);
  });

  test('the signature proves the AN, also of an Echo in the other counter mode', async () => {
    const node = nodeWithKey();
    for (const mode of ['restart', 'continue'] as const) {
      node.mode = mode;
      const echo = await send(node, frameOf(COMMANDS.echo, {}, { key: KEY }), KEY, mode);
      expect([echo.status, echo.worth]).toEqual([STATUS.success, 'authentic']);
      const version = await send(node, frameOf(COMMANDS.version, {}, { key: KEY }), KEY, mode);
      expect(new TextDecoder().decode(version.body)).toBe('20250323');
    }
  });

  test('a POWN of the key token itself is answered under the old AN', async () => {
    const node = nodeWithKey();
    const pan = secret('new key');
    const other = { ...token(5), pan: secret('x') };
    const frame = frameOf(COMMANDS.pown, { tokens: [{ ...KEY, pan }, other] }, { key: KEY });
    const answer = await send(node, frame, KEY);
    expect([answer.status, answer.worth]).toEqual([STATUS.mixed, 'authentic']);
    expect(toHex(answer.body)).toBe('01');
    expect(node.store.read(KEY)).toEqual(pan);
    const again = await send(node, frame, KEY);
    expect(again.status).toBe(STATUS.badCrc);
  });
});

describe('payloads', () => {
  const counted = Object.entries(COMMANDS).filter(([name]) => !['echo', 'version'].includes(name));

  test.each(counted)('%s: an empty one is status 36', async (_, { group, code }) => {
    expect((await send(testNode(), rawFrame(group, code, NOTHING))).status).toBe(36);
  });

  test.each(counted)('%s: one that is too short is status 16', async (_, { group, code }) => {
    const answer = await send(testNode(), rawFrame(group, code, new Uint8Array(4)));
    expect([answer.status, answer.worth]).toEqual([STATUS.badPacketLength, 'authentic']);
  });

  const sizes = { detect: 21, pown: 37, find: 37, getTicket: 21 } as const;
  const tails = { detectSum: 16, getTicketBySum: 16, fix: 116 } as const;

  test.each(Object.entries(sizes))('%s: %d bytes a token must divide', async (name, size) => {
    const { group, code } = COMMANDS[name as keyof typeof sizes];
    const answer = await send(testNode(), rawFrame(group, code, new Uint8Array(2 * size + 1)));
    expect(answer.status).toBe(STATUS.badDivision);
  });

  test.each(Object.entries(tails))('%s: tokens before %d bytes must divide', async (name, tail) => {
    const { group, code } = COMMANDS[name as keyof typeof tails];
    const answer = await send(testNode(), rawFrame(group, code, new Uint8Array(tail + 11)));
    expect(answer.status).toBe(STATUS.badDivision);
  });

  test('echo and version have none', async () => {
    for (const code of [0, 1]) {
      const answer = await send(testNode(), rawFrame(0, code, new Uint8Array(1)));
      expect(answer.status).toBe(STATUS.badPacketLength);
    }
  });

  test.each([
    ['detectSum', 21],
    ['getTicket', 21],
    ['getTicketBySum', 21],
    ['find', 37],
    ['fix', 121],
  ] as const)('%s: an impossible denomination is status 40', async (name, size) => {
    const { group, code } = COMMANDS[name];
    const payload = new Uint8Array(size).fill(1);
    writeTokenId(payload, 0, { dn: -9, sn: 1 });
    const answer = await send(testNode(), rawFrame(group, code, payload));
    expect(answer.status).toBe(STATUS.badToken);
  });

  test('detect and pown count an impossible denomination as a fail', async () => {
    const node = testNode();
    const good = token(1);
    node.store.write(good, good.an);
    const tokens = [
      { ...token(2, 'x', 7), pan: secret('p') },
      { ...good, pan: secret('q') },
    ];
    for (const command of [COMMANDS.detect, COMMANDS.pown]) {
      const answer = await send(node, frameOf(command, { tokens }));
      expect([answer.status, toHex(answer.body)]).toEqual([STATUS.mixed, '02']);
    }
  });
});

describe('datagrams that get no answer', () => {
  test('shorter than a header', async () => {
    const frame = frameOf(COMMANDS.echo, {});
    for (const length of [0, 1, 31]) {
      expect(await handle(testNode(), frame.slice(0, length))).toBeNull();
    }
    expect(await handle(testNode(), frame.slice(0, 32))).not.toBeNull();
  });
});

describe('pown', () => {
  test('an AN that equals its PAN is an error, and nothing is changed', async () => {
    const node = testNode();
    const [a, b] = [token(1), token(2)];
    for (const one of [a, b]) node.store.write(one, one.an);
    const tokens = [
      { ...a, pan: secret('a2') },
      { ...b, pan: b.an },
    ];
    const answer = await send(node, frameOf(COMMANDS.pown, { tokens }));
    expect([answer.status, answer.worth]).toEqual([STATUS.invalidPan, 'authentic']);
    expect(node.store.read(a)).toEqual(a.an);
  });

  test('a token listed twice is treated like two requests', async () => {
    const node = testNode();
    const a = token(1);
    node.store.write(a, a.an);
    const [first, second] = [secret('first'), secret('second')];
    const repeated = {
      tokens: [
        { ...a, pan: first },
        { ...a, pan: second },
      ],
    };
    expect(toHex((await send(node, frameOf(COMMANDS.pown, repeated))).body)).toBe('01');
    expect(node.store.read(a)).toEqual(first);

    const chain = {
      tokens: [
        { ...a, an: first, pan: second },
        { ...a, an: second, pan: a.an },
      ],
    };
    expect((await send(node, frameOf(COMMANDS.pown, chain))).status).toBe(STATUS.allPass);
    expect(node.store.read(a)).toEqual(a.an);
  });

  test('the same serial number in two denominations are two tokens', async () => {
    const node = testNode();
    const [one, other] = [token(7, 'one', 1), token(7, 'other', -1)];
    for (const each of [one, other]) node.store.write(each, each.an);
    const tokens = [{ ...one, pan: secret('new') }];
    expect((await send(node, frameOf(COMMANDS.pown, { tokens }))).status).toBe(STATUS.allPass);
    expect(node.store.read(other)).toEqual(other.an);
  });

  test('an error of the store is status 252, reported, and says nothing', async () => {
    const node = testNode();
    const broken = {
      read: () => undefined,
      change: () => Promise.reject(new Error('no space left')),
    };
    const tokens = [{ ...token(1), pan: secret('p') }];
    const frame = frameOf(COMMANDS.pown, { tokens });
    const answer = await send({ ...node, store: broken }, frame);
    expect([answer.status, answer.worth]).toEqual([STATUS.internal, 'authentic']);
    expect(node.reported).toEqual([new Error('no space left')]);
  });
});

describe('sums', () => {
  const tokens = [token(1), token(2), token(3)];
  const sum = sumAns(tokens.map(({ an }) => an));

  function nodeWithTokens() {
    const node = testNode();
    for (const one of tokens) node.store.write(one, one.an);
    return node;
  }

  test('the right sum passes, a wrong one and an unknown token fail', async () => {
    const detect = async (request: { tokens: typeof tokens; sum: Uint8Array }) =>
      (await send(nodeWithTokens(), frameOf(COMMANDS.detectSum, request))).status;
    expect(await detect({ tokens, sum })).toBe(STATUS.allPass);
    expect(await detect({ tokens, sum: secret('no') })).toBe(STATUS.allFail);
    expect(await detect({ tokens: [...tokens, token(4)], sum })).toBe(STATUS.allFail);
  });

  test('a token listed twice drops out of a sum, and earns no ticket', async () => {
    const node = nodeWithTokens();
    const stolen = { dn: 0, sn: 1 };
    const cancelled = { tokens: [stolen, stolen], sum: new Uint8Array(16) };
    const answer = await send(node, frameOf(COMMANDS.getTicketBySum, cancelled));
    expect([answer.status, answer.body.length]).toEqual([STATUS.allFail, 0]);
  });

  test('a right sum earns one ticket for all', async () => {
    const node = nodeWithTokens();
    const answer = await send(node, frameOf(COMMANDS.getTicketBySum, { tokens, sum }));
    expect(answer.status).toBe(STATUS.allPass);
    const ids = tokens.map(({ dn, sn }) => ({ dn, sn }));
    expect(node.tickets.claim(answer.body, 0)).toEqual({ kind: 'covered', tokens: ids });
  });
});
