import assert from 'node:assert/strict';

import fc from 'fast-check';

import {
  type CounterMode,
  cryptReplyBody,
  DecodeError,
  encodeReply,
  judgeReply,
  readReply,
  readReplyHeader,
  type ReplyCipher,
  signatureFor,
  writeReplyHeader,
} from '@raida-wallet/protocol';

import {
  anyBytes,
  byte,
  bytes,
  counterMode,
  raida,
  record,
  secret,
  uint16,
  uint32,
} from './arbitraries.ts';
import { EVERY_BIT_RUNS, HEADER_BYTES, opensslCtr, shifted } from './placed.ts';
import { named, type NamedProperty } from './property.ts';

/** Whole replies, in both counter ways, and what a reply with a flipped bit is worth. */

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

export const REPLY_PROPERTIES: readonly NamedProperty[] = [
  named('reply: a Buffer is signed for and judged as any bytes are', reply, (drawn) => {
    const { challenge, cipher } = drawn;
    const inBuffer = Buffer.from(challenge);
    const signature = signatureFor(inBuffer, cipher && cipher.key);
    assert.deepEqual(new Uint8Array(inBuffer), challenge);
    assert.deepEqual(signature, signatureFor(challenge, cipher && cipher.key));
    assert.equal(judge(drawn, Buffer.from(encodeDrawn(drawn))), 'authentic');
  }),
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
