import { createHash } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { CoinFileError, encodeCoinFile, readCoinFile, toHex } from '@raida-wallet/protocol';

import { FILES, readVectorFile } from '../support/vectors.ts';

const COIN_ID = 6;

function plain(name: string) {
  const file = readCoinFile(readVectorFile(name), { coinId: COIN_ID });
  return {
    ...file,
    tokens: file.tokens.map(({ dn, sn, ans }) => ({ dn, sn, ans: ans.map(toHex) })),
    pans: file.tokens.map(({ pans }) => pans?.map(toHex)),
    pown: file.tokens.map(({ pown }) => pown),
  };
}

test('the vectors are the ones that files.json speaks of', () => {
  expect(FILES).toHaveLength(31);
  for (const { file, bytes, sha256 } of FILES) {
    const content = readVectorFile(file);
    expect(content.length, file).toBe(bytes);
    expect(createHash('sha256').update(content).digest('hex'), file).toBe(sha256);
  }
});

describe('good files', () => {
  for (const vector of FILES.filter(({ error }) => error === null)) {
    test(vector.file, () => {
      const file = plain(vector.file);
      expect(file.tokens).toEqual(vector.tokens);
      if (vector.pans) expect(file.pans).toEqual(vector.pans);
      else expect(file.pans.every((pans) => pans === undefined)).toBe(true);
      if (vector.pown !== undefined) expect(file.pown).toEqual([vector.pown]);
      expect(file.legacy !== undefined).toBe(vector.legacy === true);
    });
  }
});

describe('bad files', () => {
  for (const { file, error } of FILES) {
    if (error === null) continue;
    test(`${file}: ${error}`, () => {
      const read = () => readCoinFile(readVectorFile(file), { coinId: COIN_ID });
      expect(read).toThrow(CoinFileError);
      expect(read).toThrow(error);
    });
  }
});

test('formats, repeats and legacy values', () => {
  expect(plain('renamed.dat').format).toBe('bin');
  expect(plain('two-unquoted-upper.json').format).toBe('stack');
  expect(plain('card-json.png').format).toBe('png');
  expect(plain('twice-same.bin').repeated).toBe(1);
  expect(plain('twelve.bin').repeated).toBe(0);
  expect(plain('four.stack').legacy).toEqual({ values: [100, 1, 25, 100] });
});

describe('a good .bin is written again byte for byte', () => {
  for (const name of ['one.bin', 'one-fracked.bin', 'twelve.bin', 'three-with-pans.bin']) {
    test(name, () => {
      const bytes = readVectorFile(name);
      const { tokens } = readCoinFile(bytes, { coinId: COIN_ID });
      const pans = tokens.flatMap((token) => (token.pans ? [token.pans] : []));
      const pown = tokens[0]?.pown;
      const again = encodeCoinFile(tokens, {
        coinId: COIN_ID,
        ...(pans.length > 0 && { pans }),
        ...(pown !== undefined && { pown }),
      });
      expect(toHex(again)).toBe(toHex(bytes));
    });
  }
});
