import { assert } from '@raida-wallet/protocol';
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';

import { RequestRefused } from '../wallet/refusal.ts';

/**
 * The seed as 24 words of BIP-39: the seed is the entropy itself, nothing is stretched. Eight bits of
 * them are a checksum, so that one of 256 mistakes is not noticed here.
 */
const WORDS = 24;
const SEED_BYTES = 32;
/** No two words of the English list begin with the same four letters. */
const UNAMBIGUOUS_LETTERS = 4;

/** `seed`: 32 bytes. */
export function wordsOf(seed: Uint8Array): string[] {
  assert(seed.length === SEED_BYTES, 'a seed has 32 bytes');
  return entropyToMnemonic(seed, wordlist).split(' ');
}

/**
 * The seed (32 bytes) of words as somebody wrote them down: in any case, numbered or not, on any number of
 * lines, each word whole or from its first four letters on. Throws RequestRefused, which names words
 * by their position only.
 */
export function seedOf(text: string): Uint8Array {
  const typed = typedWords(text);
  if (typed.length !== WORDS) {
    throw new RequestRefused(`${WORDS} words are needed, and these are ${typed.length}.`);
  }
  const words = typed.map(wordOf);
  const unknown = words.flatMap((word, i) => (word === undefined ? [i + 1] : []));
  if (unknown.length > 0) throw new RequestRefused(unknownWords(unknown));
  try {
    return mnemonicToEntropy(words.join(' '), wordlist);
  } catch {
    throw new RequestRefused(
      'One of the words is wrong, or two are swapped. Compare them with what you wrote down.',
    );
  }
}

/** Without the numbers before words ("1.", "2)", "3"), and the commas after them. */
function typedWords(text: string): string[] {
  const pieces = text
    .normalize('NFKD')
    .toLowerCase()
    .split(/[\s,;]+/u);
  return pieces.map((piece) => piece.replace(/^\(?\d+[.):]*/u, '')).filter((piece) => piece !== '');
}

function wordOf(typed: string): string | undefined {
  if (wordlist.includes(typed)) return typed;
  if (typed.length < UNAMBIGUOUS_LETTERS) return undefined;
  return wordlist.find((word) => word.startsWith(typed));
}

function unknownWords(positions: readonly number[]): string {
  const what =
    positions.length === 1
      ? `Word ${positions.join()} is`
      : `Words ${positions.slice(0, -1).join(', ')} and ${positions.at(-1)!} are`;
  return `${what} not on the list of words. Compare with what you wrote down.`;
}
