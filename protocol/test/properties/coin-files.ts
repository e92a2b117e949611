import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';

import fc from 'fast-check';

import {
  CoinFileError,
  coinFileName,
  encodeCoinFile,
  readCoinFile,
  type Token,
  toHex,
} from '@raida-wallet/protocol';

import { anyBytes, byte, distinctTokens, record, tokenId, uint16 } from './arbitraries.ts';
import { named, type NamedProperty } from './property.ts';

/** Coin files: what was written is read, and no bytes do anything but be refused. */

const POWN_LETTERS = ['u', 'p', 'b', 'n', 'd', 'e', 'f'] as const;

interface DrawnFile {
  readonly tokens: readonly Token[];
  readonly coinId: number;
  readonly withPans: boolean;
  readonly pown: string;
}

const drawnFile: fc.Arbitrary<DrawnFile> = record<DrawnFile>({
  tokens: distinctTokens,
  coinId: uint16,
  withPans: fc.boolean(),
  pown: fc
    .array(fc.constantFrom(...POWN_LETTERS), { minLength: 25, maxLength: 25 })
    .map((letters) => letters.join('')),
});

function pansOf(tokens: readonly Token[]): Uint8Array[][] {
  return tokens.map(({ ans }) => ans.map((an) => an.map((one) => one ^ 0x5a)));
}

function writeBin({ tokens, coinId, withPans, pown }: DrawnFile): Uint8Array {
  return encodeCoinFile(tokens, { coinId, pown, ...(withPans && { pans: pansOf(tokens) }) });
}

function expectedTokens({ tokens, withPans, pown }: DrawnFile) {
  const pans = pansOf(tokens);
  return tokens.map((token, i) => ({
    ...token,
    ...(withPans && { pans: pans[i]! }),
    ...(tokens.length === 1 && { pown }),
  }));
}

/** The legacy JSON of these tokens, quoted and cased as the draw says. */
function writeStack({ tokens, withPans: quoted, pown }: DrawnFile): Uint8Array {
  const cloudcoin = tokens.map(({ sn, ans }) => ({
    nn: quoted ? '1' : 1,
    sn: quoted ? `${sn}` : sn,
    an: ans.map((an) => (quoted ? toHex(an).toUpperCase() : toHex(an))),
    ed: '12-2027',
    pown,
    aoid: ['\u{1f600} "}]'],
  }));
  const text = JSON.stringify({ cloudcoin }, null, quoted ? 2 : 0);
  return new Uint8Array(Buffer.from(quoted ? `\uFEFF ${text}\n` : text));
}

function chunk(type: string, data: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(typed));
  return Buffer.concat([size, typed, sum]);
}

function writePng(payloads: readonly Uint8Array[], noise: Uint8Array): Uint8Array {
  return new Uint8Array(
    Buffer.concat([
      Buffer.from('89504e470d0a1a0a', 'hex'),
      chunk('IHDR', noise.subarray(0, 13)),
      ...payloads.map((payload) => chunk('cLDc', payload)),
      chunk('IDAT', noise),
      chunk('IEND', new Uint8Array(0)),
    ]),
  );
}

/** Legacy tokens are told apart by serial number alone. */
function distinctBySn(file: DrawnFile): DrawnFile {
  const bySn = new Map(file.tokens.map((token) => [token.sn, { ...token, dn: 0 }]));
  return { ...file, tokens: [...bySn.values()] };
}

/** Reads anything; whatever is not a CoinFileError is a fault of ours. */
function reads(bytes: Uint8Array, coinId: number): boolean {
  try {
    assert.ok(readCoinFile(bytes, { coinId }).tokens.length > 0);
    return true;
  } catch (error) {
    if (error instanceof CoinFileError) return false;
    throw error;
  }
}

type Writer = (file: DrawnFile) => Uint8Array;
const WRITERS: Readonly<Record<string, Writer>> = {
  bin: writeBin,
  stack: writeStack,
  'png with bin': (file) => writePng([writeBin(file)], file.tokens[0]!.ans[0]!),
  'png with stack': (file) => writePng([writeStack(file)], file.tokens[0]!.ans[1]!),
};
const written = fc
  .tuple(drawnFile, fc.constantFrom(...Object.keys(WRITERS)))
  .map(([file, format]) => ({ file, format, bytes: WRITERS[format]!(file) }));

const good: NamedProperty[] = [
  named('coin file: a .bin is read as it was written, in views', drawnFile, (file) => {
    const bytes = writeBin(file);
    const read = readCoinFile(bytes, { coinId: file.coinId });
    assert.deepEqual(read, { format: 'bin', tokens: expectedTokens(file), repeated: 0 });
    for (const { ans, pans = [] } of read.tokens) {
      for (const view of [...ans, ...pans]) assert.equal(view.buffer, bytes.buffer);
    }
    const other = { coinId: (file.coinId + 1) & 0xffff };
    assert.throws(() => readCoinFile(bytes, other), { problem: 'other-coin' });
  }),
  named('coin file: a .stack is read as it was written', drawnFile.map(distinctBySn), (file) => {
    const read = readCoinFile(writeStack(file), file);
    const expected = file.tokens.map((token) => ({ ...token, pown: file.pown }));
    assert.deepEqual([read.format, read.tokens, read.repeated], ['stack', expected, 0]);
    assert.equal(read.legacy?.values.length, expected.length);
  }),
  named('coin file: a picture yields what each of its chunks holds', drawnFile, (file) => {
    const { coinId, tokens } = file;
    const parts = tokens.map((token) => writeBin({ ...file, tokens: [token], withPans: false }));
    const read = readCoinFile(writePng(parts, tokens[0]!.ans[2]!), { coinId });
    const expected = tokens.map((token) => ({ ...token, pown: file.pown }));
    assert.deepEqual(read, { format: 'png', tokens: expected, repeated: 0 });
  }),
  named('coin file: repeats are left out, contradictions refused', drawnFile, (file) => {
    const { coinId, tokens } = file;
    const noise = tokens[0]!.ans[0]!;
    const twice = readCoinFile(writePng([writeBin(file), writeBin(file)], noise), { coinId });
    assert.deepEqual(twice.tokens, expectedTokens(file));
    assert.equal(twice.repeated, tokens.length);
    const [first] = tokens;
    const ans = first!.ans.map((an, raida) => (raida === 24 ? an.map((one) => one ^ 1) : an));
    const changed = ans.some((an) => an.every((one) => one === 0))
      ? null
      : writeBin({ ...file, tokens: [{ ...first!, ans }] });
    fc.pre(changed !== null);
    const both = writePng([writeBin(file), changed], noise);
    assert.throws(() => readCoinFile(both, { coinId }), { problem: 'conflict' });
  }),
];

/** Each of these runs reads a file thousands of times. */
const EVERY_SIZE_RUNS = 8;

const changes = fc.array(fc.tuple(fc.nat(), byte), { minLength: 1, maxLength: 5 });

const bad: NamedProperty[] = [
  named(
    'coin file: every truncation is refused',
    written,
    ({ file, format, bytes }) => {
      const lastMeaningful = format === 'stack' ? bytes.lastIndexOf(0x7d) : bytes.length - 1;
      for (let size = 0; size <= lastMeaningful; size++) {
        assert.equal(
          reads(bytes.subarray(0, size), file.coinId),
          false,
          `${format}, ${size} bytes`,
        );
      }
    },
    EVERY_SIZE_RUNS,
  ),
  named('coin file: changed bytes', fc.tuple(written, changes), ([{ file, bytes }, all]) => {
    const changed = bytes.slice();
    for (const [position, value] of all) changed[position % changed.length] = value;
    reads(changed, file.coinId);
  }),
  named('coin file: trailing bytes after a .bin', fc.tuple(drawnFile, anyBytes), (two) => {
    const [file, more] = two;
    fc.pre(more.length > 0);
    const longer = new Uint8Array(Buffer.concat([writeBin(file), more]));
    assert.throws(() => readCoinFile(longer, file), { problem: 'trailing-bytes' });
  }),
  named(
    'coin file: a changed bit in the chunk of a picture',
    fc.tuple(drawnFile, fc.nat()),
    (two) => {
      const [file, bit] = two;
      const payload = writeBin(file);
      const png = writePng([payload], file.tokens[0]!.ans[0]!);
      const start = Buffer.from(png).indexOf('cLDc') + 4;
      png[start + ((bit >> 3) % payload.length)]! ^= 1 << (bit & 7);
      assert.throws(() => readCoinFile(png, file), { problem: 'checksum' });
    },
  ),
  named('coin file: any bytes after the beginning of any format', anyBytes, (garbage) => {
    const beginnings = ['', '0901', '09010006', '89504e47', '89504e470d0a1a0a', '7b', 'efbbbf7b22'];
    for (const beginning of beginnings) {
      reads(new Uint8Array(Buffer.concat([Buffer.from(beginning, 'hex'), garbage])), 6);
    }
  }),
  named('coin file: any JSON', fc.tuple(fc.json(), fc.json()), ([inner, other]) => {
    const texts = [
      inner,
      `{"cloudcoin":${inner}}`,
      `{"cloudcoin":[{"sn":${inner},"an":${other}}]}`,
    ];
    const before = Object.getOwnPropertyNames(Object.prototype).length;
    for (const text of texts) assert.equal(reads(new Uint8Array(Buffer.from(text)), 6), false);
    assert.equal(Object.getOwnPropertyNames(Object.prototype).length, before);
  }),
];

const memo = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
const names = named(
  'coin file: a name that every file system takes',
  fc.tuple(fc.array(tokenId, { minLength: 1, maxLength: 9 }), memo),
  ([tokens, text]) => {
    const name = coinFileName(tokens, text);
    assert.match(name, /^[\d,]+(\.\d+)? CloudCoin #\d+( '.+')?\.bin$/u);
    // eslint-disable-next-line no-control-regex -- control characters are what must not be there
    assert.doesNotMatch(name, /[\u0000-\u001f\u007f-\u009f/\\:*?"<>|\u202a-\u202e\u2028\u2029]/u);
    assert.equal(Buffer.from(name).toString(), name);
    assert.ok(Buffer.byteLength(name) <= 255);
  },
);

export const COIN_FILE_PROPERTIES: readonly NamedProperty[] = [...good, ...bad, names];
