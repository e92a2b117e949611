import {
  type AnyCommand,
  COMMANDS,
  findCommand,
  readRequestHeader,
  type RelayRequest,
} from '@raida-wallet/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { checkFrame } from '../src/frame-check.ts';
import {
  BY_LOCKER,
  BY_TOKEN,
  COIN_ID,
  echoFrame,
  frameOf,
  pownFrame,
  relayRequest,
} from './support/requests.ts';
import { networkOf, setUp } from './support/setup.ts';

const NETWORK = networkOf(
  Array.from({ length: 25 }, (_, id) => ({ id, host: 'raida.example', port: 50_000 + id })),
);

function check(frame: Uint8Array, raida = 4, tcp = false): string {
  const request: RelayRequest = { raida, tcp, deadlineMs: 1000, exchange: 1, frame };
  return checkFrame(request, NETWORK);
}

/** A good frame with one byte changed. */
function withByte(offset: number, value: number, frame = echoFrame(4)): Uint8Array {
  const changed = frame.slice();
  changed[offset < 0 ? frame.length + offset : offset] = value;
  return changed;
}

/** Header and terminator, with a body length that fits. */
function withoutChallenge(): Uint8Array {
  const frame = echoFrame(4);
  return Uint8Array.from([...withByte(23, 2, frame).subarray(0, 32), 0x3e, 0x3e]);
}

const TOKEN = { dn: 0, sn: 1, an: new Uint8Array(16).fill(1), pan: new Uint8Array(16).fill(2) };
const SUM = { tokens: [TOKEN], sum: new Uint8Array(16) };
const TOKENS = { tokens: [TOKEN] };
const TICKETS = Array.from({ length: 25 }, () => new Uint8Array(4));
const REQUESTS: [AnyCommand, unknown][] = [
  [COMMANDS.echo, {}],
  [COMMANDS.version, {}],
  [COMMANDS.validateTicket, { claimant: 3, ticket: new Uint8Array(4) }],
  [COMMANDS.detect, TOKENS],
  [COMMANDS.detectSum, SUM],
  [COMMANDS.pown, TOKENS],
  [COMMANDS.getTicket, TOKENS],
  [COMMANDS.getTicketBySum, SUM],
  [COMMANDS.find, TOKENS],
  [COMMANDS.fix, { tokens: [TOKEN], pg: new Uint8Array(16), tickets: TICKETS }],
];
const OPEN = ['echo', 'version', 'validate ticket'];

describe('commands', () => {
  it('knows all of them', () => {
    expect(REQUESTS.map(([command]) => command)).toHaveLength(Object.keys(COMMANDS).length);
  });

  it.each(REQUESTS)('lets $name pass encrypted', (command, request) => {
    expect(check(frameOf(command, request, 4, BY_TOKEN))).toBe('ok');
    expect(check(frameOf(command, request, 4, BY_LOCKER))).toBe('ok');
  });

  it.each(REQUESTS)('lets $name pass unencrypted only without secrets', (command, request) => {
    const verdict = OPEN.includes(command.name) ? 'ok' : 'forbidden';
    expect(check(frameOf(command, request, 4))).toBe(verdict);
  });

  it('lets no other command pass, of all 65536', () => {
    const frame = echoFrame(4, BY_TOKEN);
    const passed: string[] = [];
    for (let number = 0; number < 0x10000; number++) {
      frame[4] = number >> 8;
      frame[5] = number & 0xff;
      if (check(frame) === 'ok') passed.push(`${number >> 8}/${number & 0xff}`);
    }
    const allowed = '0/0 0/1 1/10 1/11 1/20 2/40 2/41 2/50 2/60 2/80';
    expect(passed.join(' ')).toBe(allowed);
  });
});

describe('headers', () => {
  it.each([
    ['another version', withByte(0, 2), 'malformed'],
    ['another RAIDA', withByte(2, 5), 'malformed'],
    ['a body length that is too small', withByte(23, 17), 'malformed'],
    ['a body length that is too large', withByte(22, 1), 'malformed'],
    ['no terminator', withByte(-1, 0), 'malformed'],
    ['half a terminator', withByte(-2, 0), 'malformed'],
    ['a header alone', echoFrame(4).subarray(0, 32), 'malformed'],
    ['nothing', new Uint8Array(0), 'malformed'],
    ['a body without a challenge', withoutChallenge(), 'malformed'],
    ['another coin id', withByte(7, COIN_ID + 1), 'forbidden'],
    ['an unknown encryption type', withByte(16, 3, pownFrame(4, 1)), 'forbidden'],
  ])('with %s', (_what, frame, verdict) => {
    expect(check(frame)).toBe(verdict);
    expect(check(frame, 4, true)).toBe(verdict);
  });

  it.each([25, 255])('for RAIDA %i, which does not exist', (raida) => {
    expect(check(withByte(2, raida), raida)).toBe('malformed');
  });

  it('knows the largest frame of UDP and of TCP', () => {
    expect(pownFrame(4, 36).length).toBe(1382);
    expect(check(pownFrame(4, 36))).toBe('ok');
    expect(check(pownFrame(4, 37))).toBe('tooBig');
    expect(check(pownFrame(4, 37), 4, true)).toBe('ok');
    const network = { ...NETWORK, udpMaxBytes: 1382 };
    const request = relayRequest(1, 4, pownFrame(4, 36));
    expect(checkFrame(request, network)).toBe('ok');
    expect(checkFrame(request, { ...network, udpMaxBytes: 1381 })).toBe('tooBig');
    expect(check(pownFrame(4, 1770), 4, true)).toBe('ok');
    expect(check(new Uint8Array(65_568), 4, true)).toBe('tooBig');
  });

  it('never says ok to a frame that breaks a rule, whatever was done to it', () => {
    const good = fc.constantFrom(echoFrame(4), pownFrame(4, 1), pownFrame(4, 3));
    const changes = fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 3 });
    fc.assert(
      fc.property(good, changes, fc.nat(60), fc.nat(255), (frame, edits, cut, raida) => {
        const bytes = frame.slice(0, frame.length - Math.max(0, cut - 50));
        for (const [offset, value] of edits) bytes[offset] = value;
        const route = raida > 30 ? 4 : raida;
        if (check(bytes, route) !== 'ok') return;
        const header = readRequestHeader(bytes);
        const command = findCommand(header.group, header.code);
        expect([header.version, header.raida, header.coinId]).toEqual([1, route, COIN_ID]);
        expect(header.bodyBytes).toBe(bytes.length - 32);
        expect([...bytes.subarray(-2)]).toEqual([0x3e, 0x3e]);
        expect(route).toBeLessThan(25);
        expect(header.encryptionType).toBeLessThanOrEqual(2);
        if (header.encryptionType === 0) expect(command?.carriesSecrets).toBe(false);
        expect(command).toBeDefined();
      }),
      { numRuns: 3000 },
    );
  });
});

it('answers what it does not forward, and forwards none of it', async () => {
  const { raida, connect } = await setUp(5);
  const client = await connect();
  const answers = await client.ask(
    relayRequest(1, 4, frameOf(COMMANDS.pown, TOKENS, 4)),
    relayRequest(2, 3, echoFrame(4)),
    relayRequest(3, 25, withByte(2, 25)),
    relayRequest(4, 255, withByte(2, 255)),
    relayRequest(5, 4, pownFrame(4, 37)),
    relayRequest(6, 4, new Uint8Array(0)),
    relayRequest(7, 4, frameOf(COMMANDS.fix, REQUESTS[9]![1], 4)),
  );
  expect(answers.map(({ raida: number, status }) => [number, status])).toEqual([
    [4, 'forbidden'],
    [3, 'malformed'],
    [25, 'malformed'],
    [255, 'malformed'],
    [4, 'tooBig'],
    [4, 'malformed'],
    [4, 'forbidden'],
  ]);
  const [fine] = await client.ask(relayRequest(8, 4));
  expect(fine!.status).toBe('ok');
  expect(raida.map(({ requests }) => requests.length)).toEqual([0, 0, 0, 0, 1]);
});
