import { equalBytes, isZero } from '../bytes.ts';
import { RAIDA_COUNT } from '../limits.ts';
import { type Token, tokenKey } from '../token.ts';
import { CoinFileError } from './coin-file-error.ts';

/** A token as a file holds it. */
export interface CoinFileToken extends Token {
  /** 25 x 16 bytes, by RAIDA: what the ANs were to become when the file was written. */
  readonly pans?: readonly Uint8Array[];
  /**
   * What each RAIDA said when the file was written, 25 letters: u unknown, p pass, b bounced, n no
   * reply, d dropped, e error, f fail. A note of the writer, no evidence.
   */
  readonly pown?: string;
}

export type CoinFileFormat = 'bin' | 'stack' | 'png';

export interface CoinFile {
  readonly format: CoinFileFormat;
  readonly tokens: readonly CoinFileToken[];
  /** Tokens that stood there once more, with the same secrets, and were left out. */
  readonly repeated: number;
  /** Present when the tokens come from legacy JSON. */
  readonly legacy?: LegacyCoins;
}

/**
 * Legacy JSON knows no denomination: its tokens have `dn` 0 for want of one, and what they were
 * worth follows from their serial number.
 */
export interface LegacyCoins {
  /** One number a token: 1, 5, 25, 100 or 250; 0 for a serial number that was never issued. */
  readonly values: readonly number[];
}

/** Where a token stands in its file, for messages. */
export function place(index: number, count: number): string {
  return `coin ${index + 1} of ${count}`;
}

/** Leaves out repeats, and refuses what no wallet should import. */
export function uniqueTokens(tokens: readonly CoinFileToken[]): CoinFileToken[] {
  const unique = new Map<string, CoinFileToken>();
  tokens.forEach((token, i) => {
    if (token.ans.some(isZero)) throw new CoinFileError('empty-an', place(i, tokens.length));
    const key = tokenKey(token);
    const known = unique.get(key);
    if (known && !haveSameSecrets(known, token)) {
      throw new CoinFileError('conflict', place(i, tokens.length));
    }
    if (!known || (!known.pans && token.pans)) unique.set(key, token);
  });
  return [...unique.values()];
}

/** A repeat may lack PANs, but it may not have others: one of them could be the coin's AN by now. */
function haveSameSecrets(a: CoinFileToken, b: CoinFileToken): boolean {
  return equalLists(a.ans, b.ans) && (!a.pans || !b.pans || equalLists(a.pans, b.pans));
}

function equalLists(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  for (let raida = 0; raida < RAIDA_COUNT; raida++) {
    if (!equalBytes(a[raida]!, b[raida]!)) return false;
  }
  return true;
}
