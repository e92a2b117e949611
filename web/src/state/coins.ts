import { tokenUnits } from '@raida-wallet/protocol';
import type { Amount, CoinState, CoinView, Mark, WalletView } from '../wallet/messages.ts';

/** Coins that are kept apart from the balance; the order in which they are shown. */
export const SET_ASIDE = ['limbo', 'moved', 'contested', 'unrecognised', 'counterfeit'] as const;
export type SetAsideState = (typeof SET_ASIDE)[number];

export interface CoinGroup {
  readonly dn: number;
  readonly coins: readonly CoinView[];
  readonly units: bigint;
  readonly importing: number;
  readonly settling: number;
  readonly needRepair: number;
  /** For each server the mark that needs most attention among the coins. */
  readonly marks: string;
}

/** Listed by denomination: neither kept apart nor sent, which are listed elsewhere. */
type ListedState = Exclude<CoinState, SetAsideState | 'sent'>;

function isListed(state: CoinState): state is ListedState {
  return state !== 'sent' && !SET_ASIDE.some((each) => each === state);
}

/** By denomination, highest first; within one, what needs attention first, then by number. */
export function groupCoins(coins: readonly CoinView[]): CoinGroup[] {
  const byDenomination = new Map<number, CoinView[]>();
  for (const coin of coins) {
    if (!isListed(coin.state)) continue;
    const group = byDenomination.get(coin.dn);
    if (group === undefined) byDenomination.set(coin.dn, [coin]);
    else group.push(coin);
  }
  return [...byDenomination]
    .sort(([left], [right]) => right - left)
    .map(([dn, group]) => summarise(dn, group));
}

function summarise(dn: number, coins: CoinView[]): CoinGroup {
  const counts: Record<ListedState, number> = { importing: 0, settling: 0, fracked: 0, owned: 0 };
  for (const { state } of coins) if (isListed(state)) counts[state]++;
  return {
    dn,
    coins: coins.sort(byAttention),
    units: tokenUnits(dn) * BigInt(coins.length),
    importing: counts.importing,
    settling: counts.settling,
    needRepair: counts.fracked,
    marks: worstMarks(coins),
  };
}

const ATTENTION: readonly CoinState[] = ['fracked', 'importing', 'settling', 'owned'];

export function byAttention(left: CoinView, right: CoinView): number {
  return (
    ATTENTION.indexOf(left.state) - ATTENTION.indexOf(right.state) ||
    right.dn - left.dn ||
    left.sn - right.sn
  );
}

/** From what needs most attention to what needs none. */
const GRAVITY: readonly Mark[] = ['r', 's', 'm', 'k', 'u', 'c'];

export function worstMarks(coins: readonly CoinView[]): string {
  const servers = coins[0]?.marks.length ?? 0;
  const worst = new Array<number>(servers).fill(GRAVITY.length - 1);
  let last = '';
  for (const { marks } of coins) {
    // Neighbours are usually alike; a strip that was just seen changes nothing.
    if (marks === last) continue;
    last = marks;
    for (let server = 0; server < servers; server++) {
      const gravity = gravityOf(marks[server]);
      if (gravity < (worst[server] ?? 0)) worst[server] = gravity;
    }
  }
  return worst.map((gravity) => GRAVITY[gravity]).join('');
}

function gravityOf(letter: string | undefined): number {
  const gravity = GRAVITY.findIndex((mark) => mark === letter);
  return gravity < 0 ? GRAVITY.indexOf('u') : gravity;
}

export function countMark(marks: string, mark: Mark): number {
  let count = 0;
  for (const letter of marks) if (letter === mark) count++;
  return count;
}

/** Numbers of the servers that a strip gives this mark, in order. */
export function serversWith(marks: string, mark: Mark): number[] {
  return [...marks].flatMap((letter, server) => (letter === mark ? [server] : []));
}

/** In files for others, and not taken yet as far as is known. */
export function notTakenYet({ sends }: WalletView): Amount {
  return sends.reduce(
    (sum, { waiting }) => ({
      coins: sum.coins + waiting.coins,
      units: sum.units + waiting.units,
    }),
    { coins: 0, units: 0n },
  );
}

/** When the coins that settle now will have settled: the first of several deposits, and the last. */
export function settleTimes(wallet: WalletView): { firstMs: number; lastMs: number } | null {
  const times = wallet.deposits.flatMap(({ stage, settlesAtMs }) =>
    stage !== 'done' && settlesAtMs !== null ? [settlesAtMs] : [],
  );
  if (times.length === 0) return null;
  return { firstMs: Math.min(...times), lastMs: Math.max(...times) };
}
