import type { NetworkView, WalletView } from '../worker/messages.ts';
import { worstMarks } from './coins.ts';

/** The one line of health: what is the matter, and why. */
export type Health =
  /** Nothing has settled yet, so that there is nothing to judge. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'agree'; readonly servers: number }
  | {
      readonly kind: 'repair';
      readonly coins: number;
      readonly cause: 'silent' | 'disagree' | 'offline';
      /** How many servers are missing. */
      readonly servers: number;
    };

export function judgeHealth(wallet: WalletView, network: NetworkView | null): Health {
  const settled = wallet.coins.filter(({ state }) => state === 'owned' || state === 'fracked');
  if (settled.length === 0) return { kind: 'nothing' };
  const marks = worstMarks(settled);
  if (wallet.needRepair === 0) return { kind: 'agree', servers: marks.length };
  const disagreeing = [...marks].filter((mark) => mark === 'r').length;
  const missing = [...marks].filter((mark) => mark !== 'c').length;
  const coins = wallet.needRepair;
  if (network?.connection === 'offline') {
    return { kind: 'repair', coins, cause: 'offline', servers: missing };
  }
  return disagreeing > 0
    ? { kind: 'repair', coins, cause: 'disagree', servers: disagreeing }
    : { kind: 'repair', coins, cause: 'silent', servers: missing };
}
