import fc from 'fast-check';
import { sha256 } from '@noble/hashes/sha2.js';
import { MAX_DENOMINATION, MIN_DENOMINATION, tokenKey } from '@raida-wallet/protocol';
import { base32nopad } from '@scure/base';
import encodeQR from 'qr';
import { describe, expect, test } from 'vitest';

import { decodeCoinList, encodeCoinList } from '../../src/vault/coin-list.ts';
import { RequestRefused } from '../../src/wallet/refusal.ts';
import type { ListedToken, TokenList } from '../../src/wallet/restore.ts';
import { thrown } from './support.ts';

const PREFIX = 'RAIDA-COINS:1:';
const MISTYPED = 'mistyped or cut off';

const LIST: TokenList = {
  panCounter: 9,
  fixCounter: 300,
  tokens: [
    { dn: -2, sn: 7, counter: 8, fixes: [] },
    { dn: 0, sn: 0, counter: 3, fixes: [299, 12] },
    { dn: 0, sn: 0xffff_ffff, counter: 0xffff_ffff, fixes: [] },
  ],
};

/** The same list by hand: `varint` by `varint`, as token-list-bytes.ts says. */
const LIST_BYTES = Uint8Array.from([
  // panCounter, fixCounter, groups
  ...[9, 0xac, 0x02, 2],
  // DN -2, one token; SN 7; step -1, no Fixes
  ...[6, 1, 7, 2],
  // DN 0, two tokens; SN 0; step -5, and Fixes: one more, steps -1 and -287
  ...[8, 2, 0, 19, 1, 1, 0xbd, 0x04],
  // 2^32 - 2 left out; step 2^32 - 4, no Fixes
  ...[0xfe, 0xff, 0xff, 0xff, 0x0f, 0xf0, 0xff, 0xff, 0xff, 0x3f],
]);

/** A list that says these bytes, with a checksum that is right. */
function textOf(bytes: Uint8Array, prefix = PREFIX): string {
  const sum = sha256(Buffer.concat([Buffer.from(prefix), bytes])).subarray(0, 4);
  return `${prefix}${base32nopad.encode(Buffer.concat([bytes, sum]))}.`;
}

const uint32 = fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 0xffff_ffff }));

const token: fc.Arbitrary<ListedToken> = fc.record({
  dn: fc.integer({ min: MIN_DENOMINATION, max: MAX_DENOMINATION }),
  sn: uint32,
  counter: uint32,
  fixes: fc.oneof(fc.constant([]), fc.array(uint32, { maxLength: 5 })),
});

const tokenList: fc.Arbitrary<TokenList> = fc.record({
  panCounter: uint32,
  fixCounter: uint32,
  tokens: fc.uniqueArray(token, { selector: tokenKey, maxLength: 40 }),
});

function sorted({ tokens, ...list }: TokenList): TokenList {
  return { ...list, tokens: [...tokens].sort((a, b) => a.dn - b.dn || a.sn - b.sn) };
}

function expectRefused(text: string): void {
  expect(thrown(() => decodeCoinList(text))).toBeInstanceOf(RequestRefused);
}

test('the text is what the docstrings say', () => {
  expect(encodeCoinList(LIST)).toBe(textOf(LIST_BYTES));
  expect(decodeCoinList(textOf(LIST_BYTES))).toEqual(LIST);
});

test('every list comes back, sorted, from characters that a QR code has a mode for', () => {
  fc.assert(
    fc.property(tokenList, (list) => {
      const text = encodeCoinList(list);
      expect(text).toMatch(/^[0-9A-Z $%*+\-./:]+$/);
      expect(decodeCoinList(text)).toEqual(sorted(list));
    }),
  );
});

test('the order of the tokens does not show', () => {
  const tokens = [...LIST.tokens].reverse();
  expect(encodeCoinList({ ...LIST, tokens })).toBe(encodeCoinList(LIST));
});

describe('the text is found', () => {
  const text = encodeCoinList(LIST);
  const space = fc.constantFrom('', ' ', '\n', '\r\n', '\t', '\u00a0');

  test('with white space and line breaks in it, in any case', () => {
    const characters = Array.from(text.slice(PREFIX.length));
    const spaces = fc.array(space, { minLength: characters.length, maxLength: characters.length });
    fc.assert(
      fc.property(spaces, fc.boolean(), (between, lower) => {
        const spaced = PREFIX + characters.map((c, i) => between[i]! + c).join('');
        expect(decodeCoinList(lower ? spaced.toLowerCase() : spaced)).toEqual(LIST);
      }),
    );
  });

  test.each([
    ['a comment before it', `# Coins of 2026-11-22, beside the words\n${text}`],
    ['words after it', `${text}\nKeep this list safe`],
    ['a line break in the prefix', text.replace('1:', '\n1:\n')],
    ['nothing that ends it', text.slice(0, -1)],
    ['a mark of the byte order', `\ufeff${text}`],
  ])('with %s', (_what, changed) => {
    expect(decodeCoinList(changed)).toEqual(LIST);
  });
});

describe('the text is refused', () => {
  const text = encodeCoinList(LIST);

  test('when any character of it was changed', () => {
    const other = fc.constantFrom(...Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-'));
    const place = fc.nat({ max: text.length - 2 });
    fc.assert(
      fc.property(place, other, (at, character) => {
        fc.pre(text[at] !== character);
        expectRefused(text.slice(0, at) + character + text.slice(at + 1));
      }),
      { numRuns: 500 },
    );
  });

  test('when it was cut off, anywhere', () => {
    for (let length = 0; length < text.length - 1; length++) expectRefused(text.slice(0, length));
    for (let length = PREFIX.length; length < text.length - 1; length++) {
      expect(() => decodeCoinList(text.slice(0, length))).toThrow(MISTYPED);
    }
  });

  test('when a newer version made it', () => {
    const newer = 'made by a newer version of this page. Reload the page';
    expect(() => decodeCoinList(text.replace(':1:', ':2:'))).toThrow(newer);
    expect(() => decodeCoinList('RAIDA-COINS:12:ANYTHING 018')).toThrow(newer);
  });

  test('when it says that a version made it that never was', () => {
    expect(() => decodeCoinList(textOf(LIST_BYTES, 'RAIDA-COINS:0:'))).toThrow(MISTYPED);
  });

  test.each(['', 'abandon ability able', 'RAIDA-COINS', 'https://example.org/RAIDA-COINS:'])(
    'when it is another text: "%s"',
    (other) => expect(() => decodeCoinList(other)).toThrow('This is not a list of coins'),
  );

  test.each<[string, number[]]>([
    ['no bytes at all', []],
    ['a counter of more than 32 bits', [0x80, 0x80, 0x80, 0x80, 0x10, 0, 0]],
    ['a number of more than 53 bits', [...Array<number>(8).fill(0xff), 0x7f, 0, 0]],
    ['a number without an end', Array<number>(1000).fill(0x80)],
    ['a number with more bytes than it needs', [0x80, 0, 0, 0]],
    ['bytes after the end', [0, 0, 0, 0]],
    ['a denomination that there is not', [0, 0, 1, 15, 1, 0, 0]],
    ['denominations that do not go up', [0, 0, 2, 3, 1, 0, 0, 3, 1, 0, 0]],
    ['a group without tokens', [0, 0, 1, 3, 0]],
    ['a serial number of more than 32 bits', [0, 0, 1, 3, 1, 0x80, 0x80, 0x80, 0x80, 0x10, 0]],
    ['a counter below 0', [0, 0, 1, 3, 1, 0, 2]],
    ['a Fix below 0', [0, 0, 1, 3, 1, 0, 1, 0, 1]],
    ['a million tokens and one', [0, 0, 1, 3, 0xc1, 0x84, 0x3d, 0, 0]],
    ['more groups than bytes', [0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['more Fixes than bytes', [0, 0, 1, 3, 1, 0, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]],
  ])('when it has %s, though its checksum is right', (_what, bytes) => {
    expect(() => decodeCoinList(textOf(Uint8Array.from(bytes)))).toThrow(MISTYPED);
  });

  test('or read, whatever bytes it says, and then it is the text that we would write', () => {
    const mutated = fc.tuple(tokenList, fc.nat(), fc.nat({ max: 255 })).map(([list, at, byte]) => {
      const text = encodeCoinList(list).slice(PREFIX.length, -1);
      const bytes = base32nopad.decode(text).subarray(0, -4);
      bytes[at % bytes.length] = byte;
      return bytes;
    });
    const small = fc
      .array(fc.nat({ max: 20 }), { maxLength: 20 })
      .map((all) => Uint8Array.from(all));
    fc.assert(
      fc.property(fc.oneof(mutated, small, fc.uint8Array({ maxLength: 100 })), (bytes) => {
        const text = textOf(bytes);
        let list: TokenList;
        try {
          list = decodeCoinList(text);
        } catch (error) {
          expect(error).toBeInstanceOf(RequestRefused);
          return;
        }
        expect(encodeCoinList(list)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  test('or read, whatever it is', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('raida-coins', ':', '1', ' ', text, 'RAIDA-COINS:1:', '٣', 'ſ', 'İ'),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        try {
          decodeCoinList(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(RequestRefused);
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['spaces', `RAIDA-COINS:1${' '.repeat(5_000_000)}`],
    ['marks', 'RAIDA-COINS:'.repeat(500_000)],
    ['lines without an end', `RAIDA-COINS:1:${'A\n'.repeat(2_500_000)}`],
  ])('soon, also when it is megabytes of %s', { timeout: 10_000 }, (_what, long) =>
    expectRefused(long),
  );

  test('when it is longer than any list', () => {
    expect(() => decodeCoinList(text + ' '.repeat(64 * 1024 * 1024))).toThrow(
      'not a list of coins',
    );
  });
});

test('a list of more than a million tokens is not written', () => {
  const tokens = Array.from({ length: 1_000_001 }, (_, sn) => ({
    dn: 0,
    sn,
    counter: 0,
    fixes: [],
  }));
  expect(() => encodeCoinList({ ...LIST, tokens })).toThrow('Make a backup file instead');
});

describe('a QR code holds 100 tokens', () => {
  /** Numbers that look random and are always the same: a sequence of Weyl, stirred. */
  function numbers(): () => number {
    let state = 0;
    return () => {
      state = (state + 0x9e37_79b9) >>> 0;
      return Math.imul(state ^ (state >>> 15), 0x2c1b_3c6d) >>> 0;
    };
  }

  /** Every tenth was repaired twice; serial numbers lie anywhere. */
  function hundred(floor: number): TokenList {
    const next = numbers();
    const tokens = Array.from({ length: 100 }, (_, i) => ({
      dn: (next() % 5) - 2,
      sn: next(),
      counter: floor + (next() % 30),
      fixes: i % 10 === 0 ? [floor + i, floor + i + 1] : [],
    }));
    return { panCounter: floor + 30, fixCounter: floor + 120, tokens };
  }

  /** 1 for 21 x 21 modules, and 4 more a side for each further one. */
  function versionOf(text: string, ecc: 'low' | 'medium'): number {
    const modules = encodeQR(text, 'raw', { ecc, encoding: 'alphanumeric', border: 1 }).length - 2;
    return (modules - 17) / 4;
  }

  test.each([
    ['of a young wallet', 0, 939, 18, 20],
    ['of one that was restored, with large counters', 12_345_678, 948, 18, 20],
  ])('%s: version 25 at most', (_what, floor, length, low, medium) => {
    const text = encodeCoinList(hundred(floor));
    expect(text).toHaveLength(length);
    expect(versionOf(text, 'low')).toBe(low);
    expect(versionOf(text, 'medium')).toBe(medium);
    expect(Math.max(low, medium)).toBeLessThanOrEqual(25);
  });
});
