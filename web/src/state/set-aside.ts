import { QUORUM, tokenUnits } from '@raida-wallet/protocol';
import type { CoinView } from '../wallet/messages.ts';
import { repairTexts } from '../texts-repair.ts';
import { byAttention, countMark, SET_ASIDE, type SetAsideState } from './coins.ts';
import { counted } from './format.ts';

export interface SetAsideGroup {
  readonly state: SetAsideState;
  readonly coins: readonly CoinView[];
  readonly units: bigint;
}

export function groupSetAside(coins: readonly CoinView[]): SetAsideGroup[] {
  return SET_ASIDE.flatMap((state) => {
    const group = coins.filter((coin) => coin.state === state);
    if (group.length === 0) return [];
    const units = group.reduce((sum, coin) => sum + tokenUnits(coin.dn), 0n);
    return [{ state, coins: group.sort(byAttention), units }];
  });
}

/**
 * Why coins cannot become ours, when it is certain: even if every server that has not answered knew them,
 * there would not be 13. Null while it is open, and where no server knows any of them.
 */
export function explainTooFew(coins: readonly CoinView[]): string | null {
  let best = 0;
  for (const { marks } of coins) {
    const denied = countMark(marks, 'r');
    if (marks.length - denied >= QUORUM) return null;
    best = Math.max(best, countMark(marks, 'c') + countMark(marks, 'k') + countMark(marks, 'm'));
  }
  return best === 0 ? null : describeTooFew(coins.length, best);
}

export function describeTooFew(coins: number, known: number): string {
  const words = repairTexts.setAside;
  return (coins === 1 ? words.tooFew : words.tooFewEach)(counted(known), QUORUM);
}
