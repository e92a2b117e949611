import { tokenKey } from '@raida-wallet/protocol';

import type { Ask, RequestKey } from './ask.ts';
import type { Ledger } from './ledger.ts';
import { KEYS_IN_TURN } from './limits.ts';
import { secretAt } from './secrets.ts';
import { agrees, NONE, type TokenRecord } from './token-record.ts';

export type KeyNeed = 'settled' | 'claimed';

export interface KeyWish {
  readonly raida: number;
  readonly need: KeyNeed;
  /** Tokens that did not work, by their keys. */
  readonly avoid: ReadonlySet<string>;
  /** Tokens that are just being given away. */
  readonly leaving: ReadonlySet<TokenRecord>;
  /** Tokens that 13 RAIDA have just denied: only where there is no other. */
  readonly doubted: (token: TokenRecord) => boolean;
  /** Those of the same value take turns. */
  readonly turn: number;
}

/**
 * Tokens of ours that key requests to a RAIDA (WALLET.md, "Key token"), the best first and `count` at
 * most: of the least value, because what one encrypts can uncover parts of its AN
 * (docs/threat-model.md); of those a few in turn, so that none is used more than it must be, and most
 * can be given away without uncovering anything. Never one that others know, or that is being moved.
 */
export function chooseKeys(ledger: Ledger, wish: KeyWish, count: number): RequestKey[] {
  const sure = chooseAmong(ledger, wish, count, (token) => !wish.doubted(token));
  if (sure.length === count) return sure;
  return [...sure, ...chooseAmong(ledger, wish, count - sure.length, wish.doubted)];
}

function chooseAmong(
  ledger: Ledger,
  wish: KeyWish,
  count: number,
  isMeant: (token: TokenRecord) => boolean,
): RequestKey[] {
  const { raida, turn } = wish;
  let least: TokenRecord[] = [];
  const others: TokenRecord[] = [];
  for (const token of ledger.tokens.values()) {
    const dn = least[0]?.dn ?? Infinity;
    const dearest = others.length < count ? Infinity : others.at(-1)!.dn;
    if ((token.dn > dn && token.dn >= dearest) || !canKey(token, wish)) continue;
    if (!isMeant(token)) continue;
    if (token.dn > dn) addByValue(others, token, count);
    else if (token.dn === dn) least.push(token);
    else {
      for (const other of least.slice(0, count)) addByValue(others, other, count);
      least = [token];
    }
  }
  const few = [...least.filter(({ keyed }) => keyed), ...least.filter(({ keyed }) => !keyed)];
  const inTurn = few.slice(0, KEYS_IN_TURN);
  const start = inTurn.length > 0 ? turn % inTurn.length : 0;
  return [...inTurn.slice(start), ...inTurn.slice(0, start), ...few.slice(KEYS_IN_TURN), ...others]
    .slice(0, count)
    .map((token) => ({ token, an: secretAt(token, token.proven[raida]!, raida) }));
}

/** Into a list of at most `count`, the least value first. */
function addByValue(tokens: TokenRecord[], token: TokenRecord, count: number): void {
  let at = tokens.length;
  while (at > 0 && tokens[at - 1]!.dn > token.dn) at--;
  tokens.splice(at, 0, token);
  tokens.length = Math.min(tokens.length, count);
}

function canKey(token: TokenRecord, { raida, need, avoid, leaving }: KeyWish): boolean {
  const since = need === 'settled' ? token.settledAtMs : token.claimedAtMs;
  if (since === 0 || token.sent !== 0 || token.target[raida] !== NONE) return false;
  return agrees(token, raida) && !avoid.has(token.key) && !leaving.has(token);
}

/** Of these asks, the tokens of ours that key a request for the first time. */
export function newKeys(asks: readonly Ask[], ledger: Ledger): TokenRecord[] {
  const found = new Set<TokenRecord>();
  for (const ask of asks) {
    if (ask.kind === 'prove') continue;
    const token = ledger.tokens.get(tokenKey(ask.key.token));
    if (token && token.claimedAtMs !== 0 && !token.keyed) found.add(token);
  }
  return [...found];
}
