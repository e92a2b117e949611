import type { CoinState, NetworkView, WalletView } from '../wallet/messages.ts';
import { worstMarks } from './coins.ts';

/** The one line of health: what is the matter, and why. */
export type Health =
  /** Nothing is ours yet, or it is just on its way: there is nothing to judge. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'agree'; readonly servers: number }
  | {
      readonly kind: 'repair';
      readonly coins: number;
      /** `few`: too few servers know them; those that are missing say nothing of the others. */
      readonly cause: 'silent' | 'disagree' | 'offline' | 'few';
      /** How many servers are missing. */
      readonly servers: number;
    };

const OURS: readonly CoinState[] = ['owned', 'fracked', 'settling'];

export function judgeHealth(wallet: WalletView, network: NetworkView | null): Health {
  const ours = wallet.coins.filter(({ state }) => OURS.includes(state));
  if (ours.length === 0) return { kind: 'nothing' };
  const marks = worstMarks(ours);
  if (wallet.needRepair === 0) {
    const agreed = [...marks].every((mark) => mark === 'c');
    return agreed ? { kind: 'agree', servers: marks.length } : { kind: 'nothing' };
  }
  const disagreeing = [...marks].filter((mark) => mark === 'r').length;
  const missing = [...marks].filter((mark) => mark !== 'c').length;
  const coins = wallet.needRepair;
  if (network?.connection === 'offline') {
    return { kind: 'repair', coins, cause: 'offline', servers: missing };
  }
  if (missing === 0) return { kind: 'repair', coins, cause: 'few', servers: 0 };
  return disagreeing > 0
    ? { kind: 'repair', coins, cause: 'disagree', servers: disagreeing }
    : { kind: 'repair', coins, cause: 'silent', servers: missing };
}
