import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { crc32 as zlibCrc32 } from 'node:zlib';

import fc from 'fast-check';

import {
  bitfieldBytes,
  crc32,
  derivePanOfFix,
  equalBytes,
  formatUnits,
  fromHex,
  isChallengeSealed,
  isZero,
  makeChallenge,
  packBits,
  readInt8,
  readUint16,
  readUint24,
  readUint32,
  sumAns,
  toHex,
  tokenUnits,
  unpackBits,
  writeUint16,
  writeUint24,
  writeUint32,
  xorInto,
} from '@raida-wallet/protocol';

import {
  anyBytes,
  bitOrder,
  byte,
  bytes,
  flags,
  oneOrMore,
  raida,
  secret,
  tokenId,
  uint32,
} from './arbitraries.ts';
import { named, type NamedProperty } from './property.ts';

/** Each small codec against an independent one: Node's Buffer, zlib, OpenSSL, bigint. */

const numbers: NamedProperty[] = [
  named('bytes: numbers are big-endian and touch nothing else', fc.tuple(uint32, byte), (drawn) => {
    const [value, fill] = drawn;
    const ours = new Uint8Array(8).fill(fill);
    const theirs = Buffer.alloc(8, fill);
    writeUint16(ours, 1, value & 0xffff);
    theirs.writeUInt16BE(value & 0xffff, 1);
    assert.deepEqual(ours, new Uint8Array(theirs));
    assert.equal(readUint16(ours, 1), value & 0xffff);
    writeUint24(ours, 3, value >>> 8);
    theirs.writeUIntBE(value >>> 8, 3, 3);
    assert.deepEqual(ours, new Uint8Array(theirs));
    assert.equal(readUint24(ours, 3), value >>> 8);
    writeUint32(ours, 3, value);
    theirs.writeUInt32BE(value, 3);
    assert.deepEqual(ours, new Uint8Array(theirs));
    assert.equal(readUint32(ours, 3), value);
    assert.equal(readInt8(ours, 3), theirs.readInt8(3));
  }),
  named('bytes: hex is what Node makes of it', anyBytes, (value) => {
    const text = toHex(value);
    assert.equal(text, Buffer.from(value).toString('hex'));
    assert.deepEqual(fromHex(text), value);
    assert.deepEqual(fromHex(text.toUpperCase()), value);
  }),
  named('bytes: what is no hex is null', fc.string({ unit: 'binary' }), (text) => {
    const isHex = text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text);
    assert.equal(fromHex(text) !== null, isHex);
  }),
  named('bytes: equality, zero and XOR', fc.tuple(secret, secret), ([a, b]) => {
    const same = Buffer.compare(a, b) === 0;
    assert.equal(equalBytes(a, b), same);
    assert.equal(equalBytes(a, a.slice()), true);
    assert.equal(equalBytes(a, a.subarray(1)), false);
    const mixed = a.slice();
    xorInto(mixed, b);
    assert.equal(isZero(mixed), same);
    xorInto(mixed, b);
    assert.deepEqual(mixed, a);
  }),
];

const checksums: NamedProperty[] = [
  named('crc32: zlib agrees, on any range', fc.tuple(anyBytes, fc.nat(), fc.nat()), (drawn) => {
    const [value, first, second] = drawn;
    const bounds = [first, second].map((one) => one % (value.length + 1)).sort((a, b) => a - b);
    const [start, end] = bounds as [number, number];
    assert.equal(crc32(value), zlibCrc32(value));
    assert.equal(crc32(value, start, end), zlibCrc32(value.subarray(start, end)));
  }),
  named('challenge: sealed, and no single bit may change', bytes(12), (random) => {
    const challenge = makeChallenge(random);
    assert.deepEqual(challenge.subarray(0, 12), random);
    assert.equal(Buffer.from(challenge).readUInt32BE(12), zlibCrc32(random));
    assert.equal(isChallengeSealed(challenge), true);
    for (let bit = 0; bit < 128; bit++) {
      const altered = challenge.slice();
      altered[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(isChallengeSealed(altered), false);
    }
  }),
];

const packedFlags = fc.nat(200).chain((count) => fc.tuple(flags(count), bitOrder));

const tokens: NamedProperty[] = [
  named('bitfield: round trip, unused bits zero, one bit a token', packedFlags, ([all, order]) => {
    const bits = packBits(all, order);
    assert.equal(bits.length, bitfieldBytes(all.length));
    assert.deepEqual(unpackBits(bits, all.length, order), all);
    let text = '';
    for (const one of bits) {
      const digits = one.toString(2).padStart(8, '0');
      const inOrder =
        order === 'most-significant-first' ? digits : Array.from(digits).reverse().join('');
      text += inOrder;
    }
    assert.equal(
      text,
      Array.from(all)
        .join('')
        .padEnd(bits.length * 8, '0'),
    );
  }),
  named('an sum: S2 adds four little-endian words, which is the XOR', oneOrMore(secret), (ans) => {
    const words = [0, 0, 0, 0];
    for (const an of ans) {
      for (let i = 0; i < 4; i++) {
        const [a, b, c, d] = an.subarray(4 * i, 4 * i + 4) as unknown as number[];
        words[i]! ^= a! | (b! << 8) | (c! << 16) | (d! << 24);
      }
    }
    const expected = words.flatMap((word) => [word, word >> 8, word >> 16, word >> 24]);
    assert.deepEqual(sumAns(ans), Uint8Array.from(expected));
  }),
  named('fix pan: MD5 of 22 bytes', fc.tuple(raida, tokenId, secret), ([id, token, pg]) => {
    const input = Buffer.alloc(22);
    input.writeUInt8(id, 0);
    input.writeInt8(token.dn, 1);
    input.writeUInt32BE(token.sn, 2);
    input.set(pg, 6);
    const expected = createHash('md5').update(input).digest();
    assert.deepEqual(derivePanOfFix(id, token, pg), new Uint8Array(expected));
  }),
  named('amount: sums of any denominations print exactly', fc.array(tokenId), (all) => {
    const units = all.reduce((sum, { dn }) => sum + tokenUnits(dn), 0n);
    const text = formatUnits(units);
    assert.match(text, /^\d{1,3}(,\d{3})*(\.\d{0,7}[1-9])?$/);
    const [whole = '', fraction = ''] = text.replaceAll(',', '').split('.');
    assert.equal(BigInt(whole + fraction.padEnd(8, '0')), units);
    assert.equal(formatUnits(-units), units === 0n ? '0' : `-${text}`);
  }),
];

export const CODEC_PROPERTIES: readonly NamedProperty[] = [...numbers, ...checksums, ...tokens];
