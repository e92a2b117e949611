import { describe, expect, test } from 'vitest';

import {
  type CoinFileProblem,
  coinFileName,
  encodeCoinFile,
  readCoinFile,
  toHex,
} from '@raida-wallet/protocol';

/** What no vector shows: odd JSON, edges of the sizes, names. */

const AN = '0123456789abcdef0123456789abcdef';
const ANS = Array.from({ length: 25 }, () => AN);
const TOKEN = { dn: 0, sn: 7, ans: ANS.map((text) => new Uint8Array(Buffer.from(text, 'hex'))) };
const COIN_6 = { coinId: 6 };

function text(content: string): Uint8Array {
  return new Uint8Array(Buffer.from(content));
}

function stack(...coins: unknown[]): Uint8Array {
  return text(JSON.stringify({ cloudcoin: coins }));
}

function problemOf(bytes: Uint8Array): CoinFileProblem | 'none' {
  try {
    readCoinFile(bytes, COIN_6);
    return 'none';
  } catch (error) {
    return (error as { problem: CoinFileProblem }).problem;
  }
}

describe('legacy JSON', { timeout: 60_000 }, () => {
  test('serial numbers: whole numbers of 32 bits, quoted or not', () => {
    const good = [0, 1, 16_777_216, 0xffffffff, '0', '7', '0007', '4294967295', 1e3];
    for (const sn of good) expect(problemOf(stack({ sn, an: ANS })), `${sn}`).toBe('none');
    const bad = [
      1.5,
      -1,
      2 ** 32,
      1e308,
      '4294967296',
      '99999999999',
      '1.0',
      '1e3',
      ' 7',
      '',
      '0x7',
    ];
    const stranger = [null, true, [], [7], {}, '٧'];
    for (const sn of [...bad, ...stranger]) {
      expect(problemOf(stack({ sn, an: ANS })), JSON.stringify(sn)).toBe('serial-number');
    }
    expect(problemOf(stack({ an: ANS }))).toBe('serial-number');
    expect(problemOf(text(`{"cloudcoin":[{"sn":1e999,"an":${JSON.stringify(ANS)}}]}`))).toBe(
      'serial-number',
    );
  });

  test('ANs: 25 texts of 32 hex digits', () => {
    expect(problemOf(stack({ sn: 7, an: [...ANS.slice(1), AN.slice(1)] }))).toBe('hex');
    expect(problemOf(stack({ sn: 7, an: [...ANS.slice(1), `${AN}00`] }))).toBe('hex');
    expect(problemOf(stack({ sn: 7, an: [...ANS.slice(1), 7] }))).toBe('hex');
    expect(problemOf(stack({ sn: 7, an: [...ANS.slice(1), null] }))).toBe('hex');
    expect(problemOf(stack({ sn: 7, an: [...ANS, AN] }))).toBe('an-count');
    expect(problemOf(stack({ sn: 7, an: AN }))).toBe('an-count');
    expect(problemOf(stack({ sn: 7, an: [] }))).toBe('an-count');
    expect(problemOf(stack({ sn: 7, an: { length: 25 } }))).toBe('an-count');
    expect(problemOf(stack({ sn: 7, an: [...ANS.slice(1), '0'.repeat(32)] }))).toBe('empty-an');
  });

  test('prototypes: names of Object.prototype are neither read nor written', () => {
    expect(problemOf(text('{"__proto__":{"cloudcoin":[]}}'))).toBe('unknown-format');
    const coin = `{"__proto__":{"sn":7,"an":${JSON.stringify(ANS)}}}`;
    expect(problemOf(text(`{"cloudcoin":[${coin}]}`))).toBe('an-count');
    const both = `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"sn":7,"an":${JSON.stringify(ANS)}}`;
    expect(problemOf(text(`{"cloudcoin":[${both}]}`))).toBe('none');
    expect('polluted' in {}).toBe(false);
  });

  test('of a key that stands there twice the last counts', () => {
    const file = text(`{"cloudcoin":[{"sn":1,"sn":7,"an":${JSON.stringify(ANS)}}]}`);
    expect(readCoinFile(file, COIN_6).tokens.map(({ sn }) => sn)).toEqual([7]);
  });

  test('deep nesting and wrong shapes are refused, and crash nothing', () => {
    expect(problemOf(text(`{"cloudcoin":${'['.repeat(500_000)}`))).toBe('truncated');
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
    expect(problemOf(text(`{"cloudcoin":[${deep}]}`))).toBe('unknown-format');
    expect(problemOf(text('{}'))).toBe('unknown-format');
    expect(problemOf(text('{"cloudcoin":{}}'))).toBe('unknown-format');
    expect(problemOf(text('{"cloudcoin":[null]}'))).toBe('unknown-format');
    expect(problemOf(text('{"cloudcoin":[]} trailing'))).toBe('unknown-format');
    expect(problemOf(text('{"cloudcoin":[}'))).toBe('truncated');
    expect(problemOf(text('{"a}'))).toBe('truncated');
    expect(problemOf(text('[1]'))).toBe('unknown-format');
    expect(problemOf(text('  '))).toBe('unknown-format');
  });

  test('text beyond ASCII in a note does no harm', () => {
    expect(problemOf(stack({ sn: 7, an: ANS, aoid: ['für dich 🎁 "}'] }))).toBe('none');
  });

  test('more coins than a file may hold', () => {
    const coins = new Array<string>(65_536).fill('{}').join(',');
    expect(problemOf(text(`{"cloudcoin":[${coins}]}`))).toBe('too-large');
  });

  test('values by serial number, at every edge', () => {
    const edges = [1, 2_097_152, 2_097_153, 4_194_304, 4_194_305, 6_291_456, 6_291_457];
    const more = [14_680_064, 14_680_065, 16_777_216, 16_777_217, 0];
    const coins = [...edges, ...more].map((sn) => ({ sn, an: ANS }));
    const { legacy } = readCoinFile(stack(...coins), COIN_6);
    expect(legacy?.values).toEqual([1, 1, 5, 5, 25, 25, 100, 100, 250, 250, 0, 0]);
  });
});

describe('.bin', { timeout: 60_000 }, () => {
  test('a file too large for anybody is refused unread', () => {
    const huge = new Uint8Array(64 * 1024 * 1024 + 1);
    huge.set(encodeCoinFile([TOKEN], COIN_6));
    expect(problemOf(huge)).toBe('too-large');
  });

  test('one token without a POWN string is as good, and has none', () => {
    const bytes = encodeCoinFile([TOKEN], COIN_6);
    bytes.set(text('Live Free Or Die'), 16);
    const [token] = readCoinFile(bytes, COIN_6).tokens;
    expect(token).toEqual(TOKEN);
  });

  test('the most tokens that 16 bits can count', () => {
    const tokens = Array.from({ length: 65_535 }, (_, sn) => ({ ...TOKEN, sn }));
    const bytes = encodeCoinFile(tokens, COIN_6);
    expect(bytes.length).toBe(32 + 65_535 * 407);
    const read = readCoinFile(bytes, COIN_6);
    expect(read.tokens).toHaveLength(65_535);
    expect(read.tokens[65_534]?.sn).toBe(65_534);
    expect(() => encodeCoinFile([...tokens, { ...TOKEN, sn: 65_535 }], COIN_6)).toThrow('65535');
  });

  test('only whole and distinct tokens are written', () => {
    expect(() => encodeCoinFile([], COIN_6)).toThrow('1 to 65535');
    expect(() => encodeCoinFile([TOKEN, TOKEN], COIN_6)).toThrow('twice');
    expect(() => encodeCoinFile([{ ...TOKEN, dn: 7 }], COIN_6)).toThrow('identity');
    expect(() => encodeCoinFile([{ ...TOKEN, sn: 2 ** 32 }], COIN_6)).toThrow('identity');
    expect(() => encodeCoinFile([{ ...TOKEN, ans: [] }], COIN_6)).toThrow('25 secrets');
    expect(() => encodeCoinFile([TOKEN], { ...COIN_6, pans: [] })).toThrow('PANs');
    expect(() => encodeCoinFile([TOKEN], { ...COIN_6, pown: 'p' })).toThrow('25 of its letters');
  });

  test('a message says which coin it is, and what to do', () => {
    const bytes = encodeCoinFile([TOKEN, { ...TOKEN, sn: 8 }], COIN_6);
    bytes[32 + 407 + 2] = 0x70;
    expect(() => readCoinFile(bytes, COIN_6)).toThrow(
      'A denomination is outside of -8 to 6 (coin 2 of 2). The file is damaged; ask for it again.',
    );
    expect(toHex(bytes.subarray(0, 8))).toBe('0901000600000002');
  });
});

describe('names', () => {
  const one = { dn: 3, sn: 7998 };

  test('one token: its value and its serial number; several: total and count', () => {
    expect(coinFileName([one], 'memo')).toBe("1,000 CloudCoin #7998 'memo'.bin");
    const three = [one, { dn: 2, sn: 1 }, { dn: 2, sn: 2 }];
    expect(coinFileName(three, 'memo')).toBe("1,200 CloudCoin #3 'memo'.bin");
    const fractions = [-8, -1, 6].map((dn) => ({ dn, sn: 1 }));
    expect(coinFileName(fractions, 'x')).toBe("1,000,000.10000001 CloudCoin #3 'x'.bin");
    expect(coinFileName([one])).toBe('1,000 CloudCoin #7998.bin');
  });

  test('a memo cannot leave the folder, end the line or turn the text around', () => {
    const name = (memo: string) =>
      coinFileName([one], memo).slice("1,000 CloudCoin #7998 '".length);
    expect(name('../../etc/passwd')).toBe(".._.._etc_passwd'.bin");
    expect(name('a\\b:c*d?e"f<g>h|i')).toBe("a_b_c_d_e_f_g_h_i'.bin");
    expect(name('a\u0000b\nc\u2028d\ud800')).toBe("a_b_c_d_'.bin");
    expect(name('\u202enib.exe')).toBe("_nib.exe'.bin");
    expect(name('Grüße 🎁')).toBe("Grüße 🎁'.bin");
    expect(coinFileName([one], '  ')).toBe('1,000 CloudCoin #7998.bin');
    expect(Buffer.byteLength(coinFileName([one], '🎁'.repeat(500)))).toBeLessThanOrEqual(255);
  });
});
