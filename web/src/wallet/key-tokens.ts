import type { RequestKey } from './ask.ts';
import type { Ledger } from './ledger.ts';
import { agrees, NONE, secretAt, type TokenRecord } from './token-record.ts';

export interface KeyWish {
  readonly raida: number;
  readonly need: 'settled' | 'claimed';
  /** Tokens that did not work, by their keys. */
  readonly avoid: ReadonlySet<string>;
  /** Tokens that are just being given away. */
  readonly leaving: ReadonlySet<TokenRecord>;
  /** Those of the same value take turns. */
  readonly turn: number;
}

/**
 * A token of ours that keys requests to a RAIDA (WALLET.md, "Key token"): of the least value, because
 * what it encrypts can uncover parts of its AN (docs/threat-model.md); of those each in turn, so that
 * none is used more than it must be. Never one that others know, or that is being moved there.
 */
export function chooseKey(ledger: Ledger, wish: KeyWish): RequestKey | null {
  const { raida, need, avoid, leaving, turn } = wish;
  let least: TokenRecord[] = [];
  for (const token of ledger.tokens.values()) {
    const since = need === 'settled' ? token.settledAtMs : token.claimedAtMs;
    if (since === 0 || token.sent !== 0) continue;
    const dn = least[0]?.dn ?? Infinity;
    if (token.dn > dn || token.target[raida] !== NONE || !agrees(token, raida)) continue;
    if (avoid.has(token.key) || leaving.has(token)) continue;
    if (token.dn < dn) least = [];
    least.push(token);
  }
  const token = least[turn % least.length];
  return token ? { token, an: secretAt(token, token.proven[raida]!, raida) } : null;
}
