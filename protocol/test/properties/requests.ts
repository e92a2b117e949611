import assert from 'node:assert/strict';

import fc from 'fast-check';

import {
  type AnyCommand,
  COMMANDS,
  DecodeError,
  type Encryption,
  encodeRequest,
  isChallengeSealed,
  makeChallenge,
  openRequestBody,
  readRequestHeader,
  type RequestEnvelope,
  RequestError,
  STATUS,
  writeRequestHeader,
} from '@raida-wallet/protocol';

import {
  anyBytes,
  byte,
  bytes,
  encryption,
  oneOrMore,
  raida,
  record,
  tokenAnPan,
  uint16,
  uint32,
} from './arbitraries.ts';
import { CASES } from './command-cases.ts';
import { EVERY_BIT_RUNS, HEADER_BYTES, opensslCtr, shifted } from './placed.ts';
import { named, type NamedProperty } from './property.ts';

/** Whole requests: header, cipher and terminator, against OpenSSL and against every damage. */

interface Drawn {
  readonly command: AnyCommand;
  readonly request: unknown;
  readonly envelope: RequestEnvelope;
}

const envelope: fc.Arbitrary<RequestEnvelope> = record<RequestEnvelope>({
  raida,
  coinId: uint16,
  encryption,
  challenge: bytes(12).map(makeChallenge),
  nonce: bytes(8),
});

const frame: fc.Arbitrary<Drawn> = fc.oneof(
  ...Object.entries(COMMANDS).map(([name, command]) =>
    record<Drawn>({
      command: fc.constant<AnyCommand>(command),
      request: CASES[name as keyof typeof CASES].request as fc.Arbitrary<unknown>,
      envelope,
    }),
  ),
);

/** A frame small enough to damage each of its bits. */
const smallFrame: fc.Arbitrary<Drawn> = record<Drawn>({
  command: fc.constant<AnyCommand>(COMMANDS.pown),
  request: record({ tokens: oneOrMore(tokenAnPan, 2).map((tokens) => tokens.slice(0, 2)) }),
  envelope,
});

function keyOf({ encryption: how }: { readonly encryption: Encryption }): Uint8Array | null {
  return how.kind === 'none' ? null : how.key;
}

/** The frame that the tables of section 2 describe, built without our code. */
function expectedFrame({ command, request, envelope: { encryption: how, ...sent } }: Drawn) {
  const payload = new Uint8Array(command.payloadBytes(request));
  command.encodeRequest(request, payload);
  const clear = Buffer.concat([sent.challenge, payload]);
  const header = Buffer.alloc(HEADER_BYTES);
  header.set([1, 0, sent.raida, 0, command.group, command.code]);
  header.writeUInt16BE(sent.coinId, 6);
  header.set([1, 0, 0, 0, 0, 0, 0, 1], 8);
  header.writeUInt16BE(clear.length + 2, 22);
  if (how.kind === 'none') {
    header.set(sent.nonce.subarray(6), 30);
    return new Uint8Array(Buffer.concat([header, clear, Buffer.from([0x3e, 0x3e])]));
  }
  header.writeUInt8(how.kind === 'token' ? 1 : 2, 16);
  header.writeInt8(how.token.dn, 17);
  header.writeUInt32BE(how.token.sn, 18);
  header.set(sent.nonce, 24);
  const body = opensslCtr(clear, how.key, sent.nonce, 0);
  return new Uint8Array(Buffer.concat([header, body, Buffer.from([0x3e, 0x3e])]));
}

function encode({ command, request, envelope: sent }: Drawn, headroomBytes = 0): Uint8Array {
  return encodeRequest(command, request, sent, headroomBytes);
}

function open(value: Uint8Array, key: Uint8Array | null) {
  const header = readRequestHeader(value);
  return { header, ...openRequestBody(value, header, key) };
}

const CLEAR_END = 24;

export const REQUEST_PROPERTIES: readonly NamedProperty[] = [
  named(
    'request: the frame that the tables describe, encrypted as OpenSSL does',
    fc.tuple(frame, fc.constantFrom(0, 4, 8, 64)),
    ([drawn, headroom]) => {
      const buffer = encode(drawn, headroom);
      assert.deepEqual(buffer.subarray(headroom), expectedFrame(drawn));
      assert.ok(buffer.subarray(0, headroom).every((one) => one === 0));
      assert.equal(buffer.byteLength, buffer.buffer.byteLength);
    },
  ),
  named(
    'request: opened where it lies, whatever its alignment',
    fc.tuple(frame, fc.nat(7)),
    ([drawn, offset]) => {
      const placed = shifted(encode(drawn), offset);
      const { header, challenge, payload } = open(placed, keyOf(drawn.envelope));
      assert.equal(challenge.buffer, placed.buffer);
      assert.equal(payload.buffer, placed.buffer);
      assert.deepEqual(challenge, drawn.envelope.challenge);
      assert.equal(isChallengeSealed(challenge), true);
      assert.deepEqual(drawn.command.decodeRequest(payload), drawn.request);
      const { encryption: how } = drawn.envelope;
      assert.equal(header.encryptionType, { none: 0, token: 1, locker: 2 }[how.kind]);
      assert.equal(header.echo, Buffer.from(drawn.envelope.nonce).readUInt16BE(6));
      const keyToken = how.kind === 'none' ? { dn: 0, sn: 0 } : how.token;
      assert.deepEqual({ dn: header.keyDn, sn: header.keySn }, keyToken);
    },
  ),
  named('request: every truncation is turned down', smallFrame, (drawn) => {
    const whole = encode(drawn);
    for (let size = 0; size < whole.length; size++) {
      const cut = whole.slice(0, size);
      const expected = size < HEADER_BYTES ? DecodeError : RequestError;
      assert.throws(() => open(cut, keyOf(drawn.envelope)), expected, `${size} bytes`);
    }
  }),
  named('request: trailing bytes are turned down', fc.tuple(smallFrame, anyBytes), (value) => {
    const [drawn, more] = value;
    fc.pre(more.length > 0);
    const longer = new Uint8Array(Buffer.concat([encode(drawn), more, Buffer.from('>>')]));
    const status = STATUS.badPacketLength;
    assert.throws(() => open(longer, keyOf(drawn.envelope)), { name: 'RequestError', status });
  }),
  named(
    'request: every flipped bit is noticed, or changes what it must',
    smallFrame,
    (drawn) => {
      const whole = encode(drawn);
      for (let bit = 0; bit < whole.length * 8; bit++) expectFlipJudged(drawn, whole, bit);
    },
    EVERY_BIT_RUNS,
  ),
  named('request: any bytes are turned down or opened', anyBytes, (garbage) => {
    try {
      open(garbage.slice(), null);
    } catch (error) {
      assert.ok(error instanceof DecodeError || error instanceof RequestError);
      if (error instanceof RequestError) {
        assert.ok(
          ([STATUS.badTerminator, STATUS.badPacketLength] as number[]).includes(error.status),
        );
      }
    }
  }),
  named(
    'request header: what was written is read, and only 32 bytes',
    requestHeader(),
    (header) => {
      const written = new Uint8Array(HEADER_BYTES + 8).fill(0xa5);
      writeRequestHeader(written, header);
      assert.deepEqual(readRequestHeader(written), header);
      assert.ok(written.subarray(HEADER_BYTES).every((one) => one === 0xa5));
    },
  ),
];

function requestHeader() {
  return fc
    .tuple(
      record({
        version: byte,
        splitId: byte,
        raida: byte,
        shardId: byte,
        group: byte,
        code: byte,
        coinId: uint16,
        encryptionType: byte,
        keyDn: fc.integer({ min: -128, max: 127 }),
        keySn: uint32,
        bodyBytes: uint16,
      }),
      bytes(8),
    )
    .map(([fields, nonce]) => ({ ...fields, nonce, echo: Buffer.from(nonce).readUInt16BE(6) }));
}

/** What one flipped bit of a request does, by where it lies (section 2). */
function expectFlipJudged(drawn: Drawn, whole: Uint8Array, bit: number): void {
  const position = bit >> 3;
  const key = keyOf(drawn.envelope);
  const altered = whole.slice();
  altered[position]! ^= 1 << (bit & 7);
  const end = whole.length - 2;
  if (position >= end || position === 22 || position === 23) {
    const status = position >= end ? STATUS.badTerminator : STATUS.badPacketLength;
    assert.throws(() => open(altered, key), { name: 'RequestError', status });
    return;
  }
  const damaged = altered.slice();
  const { challenge, payload } = open(altered, key);
  const clear = open(whole.slice(), key);
  const isNonce = position >= CLEAR_END && position < HEADER_BYTES;
  if (position < CLEAR_END || (isNonce && !key)) {
    // Nothing authenticates the header: it reads differently, and the body is the same.
    assert.deepEqual(payload, clear.payload);
    assert.notDeepEqual(damaged.subarray(0, 32), whole.subarray(0, 32));
  } else if (isNonce || position < HEADER_BYTES + 16) {
    assert.equal(isChallengeSealed(challenge), false);
  } else {
    // CTR mode lets anybody flip a chosen bit of the payload, unnoticed: WALLET.md, I6.
    assert.equal(isChallengeSealed(challenge), true);
    const expected = clear.payload.slice();
    expected[position - HEADER_BYTES - 16]! ^= 1 << (bit & 7);
    assert.deepEqual(payload, expected);
  }
}
