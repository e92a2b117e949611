import type { RequestKey } from './ask.ts';
import type { Ledger } from './ledger.ts';
import { agrees, NONE, secretAt, type TokenRecord } from './token-record.ts';

export type KeyNeed = 'settled' | 'claimed';

export interface KeyWish {
  readonly raida: number;
  readonly need: KeyNeed;
  /** Tokens that did not work, by their keys. */
  readonly avoid: ReadonlySet<string>;
  /** Tokens that are just being given away. */
  readonly leaving: ReadonlySet<TokenRecord>;
  /** Those of the same value take turns. */
  readonly turn: number;
}

/**
 * Tokens of ours that key requests to a RAIDA (WALLET.md, "Key token"), the best first and `count` at
 * most: of the least value, because what one encrypts can uncover parts of its AN
 * (docs/threat-model.md); of those each in turn, so that none is used more than it must be. Never one
 * that others know, or that is being moved there.
 */
export function chooseKeys(ledger: Ledger, wish: KeyWish, count: number): RequestKey[] {
  const { raida, turn } = wish;
  let least: TokenRecord[] = [];
  const others: TokenRecord[] = [];
  for (const token of ledger.tokens.values()) {
    const dn = least[0]?.dn ?? Infinity;
    const isOther = token.dn > dn;
    if ((isOther && others.length >= count) || !canKey(token, wish)) continue;
    if (token.dn < dn) {
      others.unshift(...least.slice(0, count));
      others.length = Math.min(others.length, count);
      least = [];
    }
    (isOther ? others : least).push(token);
  }
  const start = least.length > 0 ? turn % least.length : 0;
  return [...least.slice(start), ...least.slice(0, start), ...others]
    .slice(0, count)
    .map((token) => ({ token, an: secretAt(token, token.proven[raida]!, raida) }));
}

function canKey(token: TokenRecord, { raida, need, avoid, leaving }: KeyWish): boolean {
  const since = need === 'settled' ? token.settledAtMs : token.claimedAtMs;
  if (since === 0 || token.sent !== 0 || token.target[raida] !== NONE) return false;
  return agrees(token, raida) && !avoid.has(token.key) && !leaving.has(token);
}
