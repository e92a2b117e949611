import {
  coinFileName,
  encodeCoinFile,
  MAX_MEMO_CHARACTERS,
  RAIDA_COUNT,
  tokenUnits,
  totalUnits,
} from '@raida-wallet/protocol';

import type { SendEntry } from './journal.ts';
import { type Ledger, nextOperation, packIds } from './ledger.ts';
import { RequestRefused } from './refusal.ts';
import { secretAt } from './secrets.ts';
import { agreeCount, isSpendable, NONE, type TokenRecord } from './token-record.ts';
import type { SendPlan } from './view-types.ts';

/** Which coins make up an amount, and the file that holds them. Pure functions of the ledger. */

type IsBusy = (token: TokenRecord) => boolean;

/**
 * Highest first; of one value those first that keyed no requests, which the other side could read if
 * it had recorded them, and then those that most servers confirm.
 */
function spendable(ledger: Ledger, isBusy: IsBusy): TokenRecord[] {
  return [...ledger.tokens.values()]
    .filter((token) => isSpendable(token) && !isBusy(token))
    .sort(
      (a, b) =>
        b.dn - a.dn ||
        Number(a.keyed) - Number(b.keyed) ||
        agreeCount(b) - agreeCount(a) ||
        a.sn - b.sn,
    );
}

/**
 * The largest amount up to `units` that these make, with the fewest coins. Each denomination is a
 * multiple of the next smaller one, so taking the highest that fits is best at every step.
 */
function takeUpTo(tokens: readonly TokenRecord[], units: bigint): TokenRecord[] {
  let left = units;
  return tokens.filter(({ dn }) => {
    const value = tokenUnits(dn);
    if (value > left) return false;
    left -= value;
    return true;
  });
}

export function planSend(ledger: Ledger, units: bigint, isBusy: IsBusy): SendPlan {
  const tokens = spendable(ledger, isBusy);
  const all = totalUnits(tokens);
  const chosen = takeUpTo(tokens, units);
  const below = totalUnits(chosen);
  const exact = units > 0n && below === units;
  // What stays behind is at most the rest, and the most of that leaves the least that is enough.
  const above = units > all ? null : all - totalUnits(takeUpTo(tokens, all - units));
  const counts = new Map<number, number>();
  for (const { dn } of exact ? chosen : []) counts.set(dn, (counts.get(dn) ?? 0) + 1);
  return {
    units,
    exact,
    denominations: Array.from(counts, ([dn, count]) => ({ dn, count })),
    below: exact || below === 0n ? null : below,
    above: exact || units <= 0n ? null : above,
    spendable: all,
  };
}

/** The tokens of a send and its entry, with the exact bytes of the file. Throws RequestRefused. */
export function composeSend(
  ledger: Ledger,
  order: { readonly units: bigint; readonly memo: string; readonly coinId: number },
  isBusy: IsBusy,
  atMs: number,
): { readonly tokens: readonly TokenRecord[]; readonly entry: SendEntry } {
  const { units, coinId } = order;
  const memo = order.memo.trim();
  if (memo.length > MAX_MEMO_CHARACTERS) {
    throw new RequestRefused(`A memo has at most ${MAX_MEMO_CHARACTERS} characters. Shorten it.`);
  }
  if (units <= 0n) throw new RequestRefused('Say how much to send.');
  const tokens = takeUpTo(spendable(ledger, isBusy), units);
  if (totalUnits(tokens) !== units) {
    throw new RequestRefused('Your coins do not make exactly this amount. Choose another one.');
  }
  const coins = tokens.map((token) => ({ dn: token.dn, sn: token.sn, ans: ansOf(token) }));
  const entry: SendEntry = {
    kind: 'send',
    operation: nextOperation(ledger),
    atMs,
    ids: packIds(tokens),
    name: coinFileName(coins, memo),
    memo,
    bytes: encodeCoinFile(coins, { coinId }),
  };
  return { tokens, entry };
}

/** What each RAIDA was proven to hold; where nothing is known, what it ought to hold. */
function ansOf(token: TokenRecord): Uint8Array[] {
  return Array.from({ length: RAIDA_COUNT }, (_, raida) => {
    const proven = token.proven[raida]!;
    return secretAt(token, proven === NONE ? token.ownRow : proven, raida).slice();
  });
}
