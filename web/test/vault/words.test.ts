import { fromHex } from '@raida-wallet/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { seedOf, wordsOf } from '../../src/vault/words.ts';
import { RequestRefused } from '../../src/wallet/refusal.ts';
import { bytes, replaced, thrown } from './support.ts';

/** Those with 256 bits of https://github.com/trezor/python-mnemonic/blob/f5a975a/vectors.json. */
const VECTORS: readonly (readonly [entropy: string, words: string])[] = [
  ['00'.repeat(32), `${'abandon '.repeat(23)}art`],
  [
    '7f'.repeat(32),
    'legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth ' +
      'useful legal winner thank year wave sausage worth title',
  ],
  [
    '80'.repeat(32),
    'letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor ' +
      'acoustic avoid letter advice cage absurd amount doctor acoustic bless',
  ],
  ['ff'.repeat(32), `${'zoo '.repeat(23)}vote`],
  [
    '68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c',
    'hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy ' +
      'gospel tennis maple dilemma loan word shrug inflict delay length',
  ],
  [
    '9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863',
    'panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich alcohol speed ' +
      'nation flash devote level hobby quick inner drive ghost inside',
  ],
  [
    '066dca1a2bb7e8a1db2832148ce9933eea0f3ac9548d793112d9a95c9407efad',
    'all hour make first leader extend hole alien behind guard gospel lava path output census ' +
      'museum junior mass reopen famous sing advance salt reform',
  ],
  [
    'f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f',
    'void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing ' +
      'screen patrol group space point ten exist slush involve unfold',
  ],
];

const WORDS = VECTORS[5]![1].split(' ');
const SEED = fromHex(VECTORS[5]![0])!;

test.each(VECTORS)('BIP-39: the entropy %s', (entropy, words) => {
  expect(wordsOf(fromHex(entropy)!)).toEqual(words.split(' '));
  expect(seedOf(words)).toEqual(fromHex(entropy));
});

test('every seed comes back from its words, and from their first four letters', () => {
  fc.assert(
    fc.property(bytes(32), fc.nat({ max: 8 }), (seed, letters) => {
      const words = wordsOf(seed);
      expect(words).toHaveLength(24);
      expect(seedOf(words.join(' '))).toEqual(seed);
      expect(seedOf(words.map((word) => word.slice(0, 4 + letters)).join('\n'))).toEqual(seed);
    }),
  );
});

test('a seed of another size is a programmer error', () => {
  expect(() => wordsOf(new Uint8Array(16))).toThrow('32 bytes');
});

describe('words are taken as people write them', () => {
  test.each([
    ['on a line each', WORDS.join('\n')],
    ['with other white space', `\r\n  ${WORDS.join(' \t\u00a0\u3000\r\n')}\n\n`],
    ['in upper case', WORDS.join(' ').toUpperCase()],
    ['as a list', WORDS.join(', ')],
    ['numbered with "1."', WORDS.map((word, i) => `${i + 1}. ${word}`).join('\n')],
    ['numbered with "1)", close to the word', WORDS.map((word, i) => `${i + 1})${word}`).join(' ')],
    ['numbered with "(1)"', WORDS.map((word, i) => `(${i + 1}) ${word}`).join(' ')],
    ['numbered with "1"', WORDS.map((word, i) => `${i + 1} ${word}`).join('  ')],
    ['in wide letters, as some keyboards have them', wide(`1. ${WORDS.join(' ')}`)],
  ])('%s', (_how, text) => {
    expect(seedOf(text)).toEqual(SEED);
  });

  /** The same in the characters of "fullwidth forms"; NFKD makes them plain. */
  function wide(text: string): string {
    return text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
  }
});

describe('what is refused says where, and never which words', () => {
  function refusal(words: readonly string[]): string {
    const error = thrown(() => seedOf(words.join(' ')));
    expect(error).toBeInstanceOf(RequestRefused);
    const { message } = error as RequestRefused;
    for (const word of words) expect(message.split(/\W+/)).not.toContain(word);
    return message;
  }

  test.each([0, 1, 12, 23, 25])('%i words', (count) => {
    const message = refusal([...WORDS, 'zebra'].slice(0, count));
    expect(message).toBe(`24 words are needed, and these are ${count}.`);
  });

  test.each([
    ['a word that is none', 'mufin'],
    ['too few letters', 'muf'],
    ['more than the word', 'muffins'],
    ['a digit for a letter', 'muff1n'],
    ['an accent', 'mùffin'],
  ])('%s', (_what, word) => {
    expect(refusal(replaced(WORDS, 6, word))).toMatch(/^Word 7 is not on the list of words\. /);
  });

  test('several words', () => {
    const words = ['panta', ...WORDS.slice(1, 6), 'mufin', ...WORDS.slice(7, 23), 'outsit'];
    expect(refusal(words)).toMatch(/^Words 1, 7 and 24 are not on the list of words\. /);
  });

  test.each([
    ['two swapped', [WORDS[1]!, WORDS[0]!, ...WORDS.slice(2)]],
    ['another word of the list', replaced(WORDS, 10, 'zoo')],
  ])('%s', (_what, words) => {
    expect(refusal(words)).toMatch(/^One of the words is wrong, or two are swapped\. /);
  });
});

test('no text does anything but give a seed or be refused', () => {
  const piece = fc.oneof(
    fc.constantFrom(...WORDS, '1.', '\n', '24)'),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      try {
        expect(seedOf(pieces.join(' '))).toHaveLength(32);
      } catch (error) {
        expect(error).toBeInstanceOf(RequestRefused);
      }
    }),
  );
});
