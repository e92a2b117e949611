import { describe, expect, test } from 'vitest';

import {
  COMMANDS,
  cryptInPlace,
  decodeRelayAnswers,
  decodeRelayRequests,
  encodeCoinFile,
  encodeRelayRequests,
  encodeReply,
  encodeRequest,
  makeChallenge,
  openRequestBody,
  readCoinFile,
  readReply,
  readRequestHeader,
  toHex,
} from '@raida-wallet/protocol';

import { everythingIn, leakDetector } from './support/leaks.ts';

/** No error of ours holds a secret, whatever is thrown at the code that throws it. */

/** Bytes of which no four in a row could stand in a message by accident. */
function canary(first: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => (first + i * 37 + 129) & 0xff || 1);
}

const AN = canary(1);
const PAN = canary(70);
const PG = canary(140);
const KEY = canary(210);
const SECRETS = [AN, PAN, PG, KEY];
const leaks = leakDetector(SECRETS);
const TOKENS = [
  { dn: 1, sn: 77, an: AN, pan: PAN },
  { dn: -2, sn: 78, an: PAN, pan: AN },
];
const REQUEST = { tokens: TOKENS, sum: AN, pg: PG, tickets: [AN.subarray(0, 4)] };

/** Calls `attempt`, and keeps all that its error says, if it throws one. */
function collector() {
  const said = new Set<string>();
  let errors = 0;
  return {
    attempt(what: () => unknown): void {
      try {
        what();
      } catch (error) {
        errors++;
        said.add(everythingIn(error));
      }
    },
    expectSilent(atLeast: number): void {
      expect(errors).toBeGreaterThanOrEqual(atLeast);
      for (const text of said) expect(leaks(text), text).toBe(false);
    },
  };
}

const FILL = [0x00, 0x3e, 0xff];

/** Every truncation, then each byte set to some values, then more bytes. */
function* damages(whole: Uint8Array): Generator<Uint8Array> {
  for (let size = 0; size < whole.length; size++) yield whole.slice(0, size);
  for (let i = 0; i < whole.length; i++) {
    for (const value of FILL) {
      const changed = whole.slice();
      changed[i] = value;
      yield changed;
    }
  }
  yield Uint8Array.from([...whole, ...AN]);
}

describe('the detector itself', () => {
  test('finds a secret in every spelling, and in no innocent text', () => {
    const base64 = Buffer.from(AN).toString('base64');
    const leaky = [
      `bad AN ${toHex(AN)}`,
      `bad AN ${toHex(AN).toUpperCase()}`,
      `...${toHex(AN).slice(6, 20)}...`,
      `bad AN ${base64}`,
      Buffer.from([9, 9, ...AN, 9]).toString('base64'),
      String(AN),
      JSON.stringify({ an: Array.from(AN) }),
      `bad AN ${Buffer.from(AN).toString('latin1')}`,
      everythingIn(Object.assign(new Error('innocent'), { an: AN })),
      everythingIn(new Error('innocent', { cause: new Error(toHex(AN)) })),
    ];
    for (const text of leaky) expect(leaks(text), text).toBe(true);
    expect(leaks('reply: expected 3E 3E at byte 40, found other bytes')).toBe(false);
  });
});

/** Far beyond what thousands of small errors take on a busy machine. */
const TIMEOUT_MS = 60_000;

describe('no secret in any error', { timeout: TIMEOUT_MS }, () => {
  for (const command of Object.values(COMMANDS)) {
    test(`${command.name}: payloads and replies`, () => {
      const { attempt, expectSilent } = collector();
      const request = { ...REQUEST, claimant: 1, ticket: AN.subarray(0, 4) };
      const payload = new Uint8Array(command.payloadBytes(request));
      command.encodeRequest(request, payload);
      for (const damaged of damages(payload)) attempt(() => command.decodeRequest(damaged));
      for (let status = 0; status <= 255; status++) {
        for (const body of [AN, Uint8Array.from([...AN, ...PAN]), PG.subarray(3)]) {
          const context = { tokenCount: 2, bitOrder: 'least-significant-first' } as const;
          attempt(() => command.decodeReply({ status, body }, context));
        }
      }
      expectSilent(3);
    });
  }

  test('whole requests and replies', () => {
    const { attempt, expectSilent } = collector();
    const encryption = { kind: 'token', token: { dn: 1, sn: 77 }, key: KEY } as const;
    const challenge = makeChallenge(AN);
    const envelope = { raida: 3, coinId: 6, encryption, challenge, nonce: AN.subarray(0, 8) };
    const frame = encodeRequest(COMMANDS.pown, REQUEST, envelope);
    for (const damaged of damages(frame)) {
      attempt(() => openRequestBody(damaged, readRequestHeader(damaged), KEY));
    }
    const fields = {
      raida: 3,
      status: 243,
      group: 1,
      echo: 9,
      executionMicroseconds: 1,
      signature: KEY,
    };
    for (const damaged of damages(encodeReply(fields, AN, null))) attempt(() => readReply(damaged));
    attempt(() => cryptInPlace(frame, KEY.subarray(1), AN));
    attempt(() => encodeReply(fields, new Uint8Array(1 << 20).fill(AN[0]!), null));
    attempt(() => {
      const tokens = Array.from({ length: 2000 }, () => TOKENS[0]!);
      encodeRequest(COMMANDS.pown, { tokens }, envelope);
    });
    expectSilent(100);
  });

  test('relay messages', () => {
    const { attempt, expectSilent } = collector();
    const part = { raida: 3, tcp: false, deadlineMs: 250, exchange: 5, frame: AN };
    for (const parts of [[part], [part, { ...part, frame: PAN }]]) {
      for (const damaged of damages(encodeRelayRequests(parts))) {
        attempt(() => decodeRelayRequests(damaged));
        attempt(() => decodeRelayAnswers(damaged));
      }
    }
    expectSilent(100);
  });

  test('coin files of every format', () => {
    const { attempt, expectSilent } = collector();
    const ans = Array.from({ length: 25 }, (_, raida) => SECRETS[raida % SECRETS.length]!);
    const bin = encodeCoinFile([{ dn: 1, sn: 77, ans }], { coinId: 6, pans: [ans] });
    const coin = { nn: 1, sn: 77, an: ans.map(toHex), pown: 'p'.repeat(25) };
    const stack = new Uint8Array(Buffer.from(JSON.stringify({ cloudcoin: [coin] })));
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bin.length);
    const png = Buffer.concat([
      Buffer.from('89504e470d0a1a0a', 'hex'),
      size,
      Buffer.from('cLDc'),
      bin,
      Buffer.from('no checksum'),
    ]);
    for (const whole of [bin, stack, new Uint8Array(png)]) {
      for (const damaged of damages(whole)) attempt(() => readCoinFile(damaged, { coinId: 6 }));
    }
    attempt(() => encodeCoinFile([{ dn: 1, sn: 77, ans: ans.slice(1) }], { coinId: 6 }));
    attempt(() => encodeCoinFile([{ dn: 7, sn: 77, ans }], { coinId: 6 }));
    expectSilent(1000);
  });
});
