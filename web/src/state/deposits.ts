import { QUORUM, RAIDA_COUNT } from '@raida-wallet/protocol';
import type { DepositView, NetworkView } from '../wallet/messages.ts';
import { texts } from '../texts.ts';
import { formatRemaining } from './clock.ts';
import { counted, formatCount } from './format.ts';

type Connection = NetworkView['connection'];

/** A deposit on its way, in words. */
export interface DepositWords {
  /** What happens now, in two or three words. */
  readonly stage: string;
  /** The longer story, sentence by sentence; the last one may count down. */
  readonly detail: readonly string[];
  /** Whether the servers can be asked again now, instead of after the pause. */
  readonly canRetry: boolean;
  /** What became of coins that the servers do not recognise. */
  readonly warning: string | null;
}

/** A deposit is named after its first file, and the number of the others. */
export function splitDepositName({ names, report }: DepositView): {
  first: string;
  more: string | null;
} {
  const unnamed = texts.deposits[report === null ? 'testCoins' : 'restored'];
  const [first = unnamed, ...others] = names;
  const more = others.length === 0 ? null : texts.deposits.more(formatCount(others.length));
  return { first, more };
}

export function depositName(deposit: DepositView): string {
  const { first, more } = splitDepositName(deposit);
  return more === null ? first : `${first} ${more}`;
}

export function describeDeposit(
  deposit: DepositView,
  nowMs: number,
  connection: Connection | null,
): DepositWords {
  return {
    stage: texts.deposits.stages[deposit.stage],
    detail: detail(deposit, nowMs, connection),
    canRetry: deposit.stage === 'waiting' && connection !== 'offline',
    warning: unrecognised(deposit),
  };
}

/** What came of a deposit. */
export function describeFinished(deposit: DepositView): { result: string; warning: string | null } {
  const { coins, claimed } = deposit;
  const words = texts.deposits;
  const all = claimed === coins;
  const result = all
    ? texts.coins(counted(coins))
    : words.claimed(counted(coins), formatCount(claimed));
  return { result: claimed === 0 ? words.nothing : result, warning: unrecognised(deposit) };
}

/** For screen readers: the newest deposit and its stage, or nothing. */
export function announceDeposit(deposit: DepositView | undefined): string {
  if (deposit === undefined) return '';
  return `${depositName(deposit)}: ${texts.deposits.stages[deposit.stage]}`;
}

function detail(deposit: DepositView, nowMs: number, connection: Connection | null): string[] {
  const words = texts.deposits;
  const answer = words.answer(deposit.answeringServers, RAIDA_COUNT);
  const confirmed = `${confirmedServers(deposit)}.`;
  switch (deposit.stage) {
    case 'checking':
      // Before the first answer a number would only frighten.
      return deposit.answeringServers === 0 ? [words.closable] : [answer, words.closable];
    case 'moving':
      return [confirmed, words.closable];
    case 'waiting': {
      const why = deposit.answeringServers < QUORUM ? words.needed(QUORUM) : words.unclear;
      return [answer, why, `${words.safe} ${retry(deposit, nowMs, connection)}`];
    }
    case 'settling':
      return [confirmed, words.settling, words.closable];
    case 'done':
      return [];
  }
}

export function confirmedServers({ confirmedServers: confirmed }: DepositView): string {
  return texts.deposits.confirmed(confirmed, RAIDA_COUNT);
}

function unrecognised({ unrecognised: coins }: DepositView): string | null {
  return coins > 0 ? texts.deposits.unrecognised(counted(coins)) : null;
}

function retry(deposit: DepositView, nowMs: number, connection: Connection | null): string {
  if (connection === 'offline') return texts.deposits.retryOnline;
  const remaining = deposit.retryAtMs === null ? null : formatRemaining(deposit.retryAtMs, nowMs);
  return remaining === null ? texts.deposits.retryNow : texts.deposits.retryIn(remaining);
}

/** When coins settle, in words: `settles in 4 min`. */
export function describeSettling(
  times: { readonly firstMs: number; readonly lastMs: number },
  nowMs: number,
  connection: Connection | null,
): string {
  const remaining = formatRemaining(times.lastMs, nowMs);
  if (remaining === null) {
    return connection === 'offline' ? texts.balance.settlesOnline : texts.balance.settlesSoon;
  }
  return times.firstMs === times.lastMs
    ? texts.balance.settlesIn(remaining)
    : texts.balance.allSettledIn(remaining);
}
