import { QUORUM, RAIDA_COUNT } from '@raida-wallet/protocol';
import type { DepositView, NetworkView } from '../worker/messages.ts';
import { texts } from '../texts.ts';
import { formatRemaining } from './clock.ts';
import { counted } from './format.ts';

type Connection = NetworkView['connection'];

/** A deposit in words, ready to be shown. */
export interface DepositWords {
  /** What happens now, in two or three words. */
  readonly stage: string;
  /** The longer story, sentence by sentence; the last one may count down. */
  readonly detail: readonly string[];
  /** Whether a bar of 25 parts says how far it is. */
  readonly progress: boolean;
  /** Whether the servers can be asked again now, instead of after the pause. */
  readonly canRetry: boolean;
  /** What became of coins that the servers do not recognise. */
  readonly warning: string | null;
}

export function depositName({ names }: DepositView): string {
  const [first, ...others] = names;
  if (first === undefined) return texts.deposits.testCoins;
  return others.length === 0 ? first : `${first} ${texts.deposits.more(String(others.length))}`;
}

export function describeDeposit(
  deposit: DepositView,
  nowMs: number,
  connection: Connection | null,
): DepositWords {
  const { stage } = deposit;
  const nothing = stage === 'done' && deposit.claimed === 0;
  return {
    stage: texts.deposits.stages[nothing ? 'nothing' : stage],
    detail: detail(deposit, nowMs, connection),
    progress: stage === 'moving' || stage === 'settling' || stage === 'waiting',
    canRetry: stage === 'waiting' && connection !== 'offline',
    warning:
      deposit.unrecognised > 0 ? texts.deposits.unrecognised(counted(deposit.unrecognised)) : null,
  };
}

function detail(deposit: DepositView, nowMs: number, connection: Connection | null): string[] {
  const words = texts.deposits;
  switch (deposit.stage) {
    case 'checking':
      return [words.answer(deposit.answeringServers, RAIDA_COUNT), words.closable];
    case 'moving':
      return [`${confirmedServers(deposit)}.`, words.closable];
    case 'waiting':
      return [
        words.answer(deposit.answeringServers, RAIDA_COUNT),
        deposit.answeringServers < QUORUM ? words.needed(QUORUM) : words.unclear,
        `${words.safe} ${retry(deposit, nowMs, connection)}`,
      ];
    case 'settling':
      return [`${confirmedServers(deposit)}.`, words.settling, words.closable];
    case 'done':
      return deposit.claimed > 0 ? [words.claimed(counted(deposit.claimed))] : [];
  }
}

export function confirmedServers({ confirmedServers: confirmed }: DepositView): string {
  return texts.deposits.confirmed(confirmed, RAIDA_COUNT);
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
