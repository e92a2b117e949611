import type { NetworkView, WalletView } from '../wallet/messages.ts';

/**
 * How many servers answered when they were asked last, or null when none was asked since the page was
 * opened. A deposit that waits for servers knows best.
 */
export function latestAnswers(
  network: NetworkView | null,
  wallet: WalletView | null,
): number | null {
  if (network?.connection !== 'online') return null;
  const waiting = wallet?.deposits.find(({ stage }) => stage === 'waiting');
  if (waiting !== undefined) return waiting.answeringServers;
  return network.answering;
}
