import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';

import fc from 'fast-check';

import {
  type AnyCommand,
  COMMANDS,
  type CounterMode,
  cryptInPlace,
  cryptReplyBody,
  DecodeError,
  type Encryption,
  encodeReply,
  encodeRequest,
  isChallengeSealed,
  judgeReply,
  makeChallenge,
  openRequestBody,
  readReply,
  readReplyHeader,
  readRequestHeader,
  type ReplyCipher,
  type RequestEnvelope,
  RequestError,
  signatureFor,
  STATUS,
  writeReplyHeader,
  writeRequestHeader,
} from '@raida-wallet/protocol';

import {
  anyBytes,
  byte,
  bytes,
  counterMode,
  encryption,
  oneOrMore,
  raida,
  record,
  secret,
  tokenAnPan,
  uint16,
  uint32,
} from './arbitraries.ts';
import { CASES } from './command-cases.ts';
import { named, type NamedProperty } from './property.ts';

/** Whole frames: header, cipher and terminator, against OpenSSL and against every damage. */

const HEADER_BYTES = 32;

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

/** What AES-128-CTR of OpenSSL makes of `clear`, with the counter block that section 2 says. */
function opensslCtr(
  clear: Uint8Array,
  key: Uint8Array,
  nonce: Uint8Array,
  startBlock: number,
): Uint8Array {
  const counter = Buffer.alloc(16);
  counter.set(nonce);
  counter.writeBigUInt64BE(BigInt(startBlock), 8);
  return new Uint8Array(createCipheriv('aes-128-ctr', key, counter).update(clear));
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

/** `bytes` at `offset` in a larger buffer, as a frame lies in a WebSocket message. */
function shifted(value: Uint8Array, offset: number): Uint8Array {
  const buffer = new Uint8Array(offset + value.length + 8).fill(0xa5);
  buffer.set(value, offset);
  return buffer.subarray(offset, offset + value.length);
}

function open(value: Uint8Array, key: Uint8Array | null) {
  const header = readRequestHeader(value);
  return { header, ...openRequestBody(value, header, key) };
}

const CLEAR_END = 24;
/** Each of these runs opens a frame a thousand times. */
const EVERY_BIT_RUNS = 20;

const requests: NamedProperty[] = [
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

interface DrawnReply {
  readonly fields: {
    readonly raida: number;
    readonly status: number;
    readonly group: number;
    readonly echo: number;
    readonly executionMicroseconds: number;
  };
  readonly challenge: Uint8Array;
  readonly body: Uint8Array;
  readonly cipher: ReplyCipher | null;
}

const replyCipher = record<ReplyCipher>({
  key: secret,
  nonce: bytes(8),
  requestBodyBytes: fc.integer({ min: 18, max: 0xffff }),
  counterMode,
});

const reply: fc.Arbitrary<DrawnReply> = record<DrawnReply>({
  fields: record({
    raida,
    status: byte,
    group: byte,
    echo: uint16,
    executionMicroseconds: uint32,
  }),
  challenge: secret,
  body: fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ maxLength: 60 })),
  cipher: fc.option(replyCipher, { nil: null }),
});

function encodeDrawn({ fields, challenge, body, cipher }: DrawnReply): Uint8Array {
  const signature = signatureFor(challenge, cipher && cipher.key);
  return encodeReply({ ...fields, signature }, body, cipher);
}

function judge({ fields, challenge, cipher }: DrawnReply, value: Uint8Array) {
  const { raida: id, group, echo } = fields;
  const key = cipher && cipher.key;
  return judgeReply(readReplyHeader(value), { raida: id, group, echo, challenge, key });
}

/** The key stream's first block: after ceil(body / 16) blocks of the request, or at zero. */
function firstBlock(mode: CounterMode, requestBodyBytes: number): number {
  return mode === 'restart' ? 0 : Math.ceil((requestBodyBytes - 2) / 16);
}

const replies: NamedProperty[] = [
  named(
    'reply: round trip at any alignment, encrypted as OpenSSL does in both counter ways',
    fc.tuple(reply, fc.nat(7)),
    ([drawn, offset]) => {
      const { body, cipher } = drawn;
      const placed = shifted(encodeDrawn(drawn), offset);
      const read = readReply(placed);
      assert.equal(judge(drawn, placed), 'authentic');
      assert.equal(read.header.status, drawn.fields.status);
      assert.equal(read.header.executionMicroseconds, drawn.fields.executionMicroseconds);
      assert.equal(read.header.bodyBytes, body.length === 0 ? 0 : body.length + 2);
      assert.equal(read.body.buffer, placed.buffer);
      if (cipher) {
        const start = firstBlock(cipher.counterMode, cipher.requestBodyBytes);
        assert.deepEqual(read.body, opensslCtr(body, cipher.key, cipher.nonce, start));
        cryptReplyBody(read.body, cipher);
      }
      assert.deepEqual(read.body, body);
    },
  ),
  named('reply: every truncation and trailing bytes', fc.tuple(reply, anyBytes), (value) => {
    const [drawn, more] = value;
    const whole = encodeDrawn(drawn);
    for (let size = 0; size < whole.length; size++) {
      assert.throws(() => readReply(whole.subarray(0, size)), DecodeError, `${size} bytes`);
    }
    if (more.length > 0) {
      assert.throws(() => readReply(new Uint8Array(Buffer.concat([whole, more]))), DecodeError);
    }
  }),
  named(
    'reply: every flipped bit is noticed, or is one that nothing protects',
    reply,
    (drawn) => {
      const whole = encodeDrawn(drawn);
      for (let bit = 0; bit < whole.length * 8; bit++) {
        const position = bit >> 3;
        const altered = whole.slice();
        altered[position]! ^= 1 << (bit & 7);
        if ((position >= 9 && position < 12) || (position >= 32 && position >= whole.length - 2)) {
          assert.throws(() => readReply(altered), DecodeError);
          continue;
        }
        readReply(altered);
        assert.equal(judge(drawn, altered), worthOfFlip(position), `byte ${position}`);
      }
    },
    EVERY_BIT_RUNS,
  ),
  named(
    'reply: another key, challenge or RAIDA is not authentic',
    fc.tuple(reply, secret),
    (two) => {
      const [drawn, other] = two;
      const whole = encodeDrawn(drawn);
      fc.pre(!Buffer.from(other).equals(drawn.challenge));
      assert.equal(judge({ ...drawn, challenge: other }, whole), 'hint');
      if (drawn.cipher && !Buffer.from(other).equals(drawn.cipher.key)) {
        assert.equal(judge({ ...drawn, cipher: { ...drawn.cipher, key: other } }, whole), 'hint');
      }
      const elsewhere = { ...drawn.fields, raida: (drawn.fields.raida + 1) % 25 };
      assert.equal(judge({ ...drawn, fields: elsewhere }, whole), 'foreign');
    },
  ),
  named('reply: any bytes are a DecodeError or a reply', anyBytes, (garbage) => {
    try {
      assert.equal(readReply(garbage).header.bodyBytes, garbage.length - HEADER_BYTES);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }),
  named('reply header: what was written is read, and only 32 bytes', replyHeader(), (header) => {
    const written = new Uint8Array(HEADER_BYTES + 8).fill(0xa5);
    writeReplyHeader(written, header);
    assert.deepEqual(readReplyHeader(written), header);
    assert.ok(written.subarray(HEADER_BYTES).every((one) => one === 0xa5));
  }),
];

function replyHeader() {
  return record({
    raida: byte,
    shardId: byte,
    status: byte,
    group: byte,
    frameCount: uint16,
    echo: uint16,
    bodyBytes: fc.nat(0xffffff),
    executionMicroseconds: uint32,
    signature: secret,
  });
}

function worthOfFlip(position: number): string {
  const isAddress = position === 0 || position === 6 || position === 7;
  if (isAddress) return 'foreign';
  const isVouchedFor = position === 3 || (position >= 16 && position < 32);
  return isVouchedFor ? 'hint' : 'authentic';
}

const ciphers: NamedProperty[] = [
  named(
    'cipher: OpenSSL agrees, at any length, alignment and start, and only there',
    fc.tuple(
      fc.uint8Array({ maxLength: 200 }),
      secret,
      bytes(8),
      fc.nat(5000),
      fc.nat(7),
      fc.nat(7),
    ),
    ([clear, key, nonce, startBlock, offset, keyOffset]) => {
      const placed = shifted(clear, offset);
      const before = new Uint8Array(placed.buffer).slice();
      before.set(opensslCtr(clear, key, nonce, startBlock), offset);
      const placedKey = shifted(key, keyOffset);
      const placedNonce = shifted(nonce, keyOffset);
      cryptInPlace(placed, placedKey, placedNonce, startBlock);
      assert.deepEqual(new Uint8Array(placed.buffer), before);
      assert.deepEqual([placedKey, placedNonce], [key, nonce]);
      cryptInPlace(placed, key, nonce, startBlock);
      assert.deepEqual(placed, clear);
    },
  ),
];

export const FRAME_PROPERTIES: readonly NamedProperty[] = [...ciphers, ...requests, ...replies];
