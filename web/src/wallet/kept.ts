import type { SavedEntry } from './journal.ts';
import { isGiven, type Ledger, packIds } from './ledger.ts';
import { MAX_RESTORED_FIXES } from './limits.ts';
import { isDisowned, NONE, type TokenRecord } from './token-record.ts';

/** What would be left if this device were lost now. */

export interface VaultFacts {
  readonly wordsWritten: boolean;
  /** The newest backup, by the device's clock; `verifiedAtMs`: when it was read back. */
  readonly backup: { readonly madeAtMs: number; readonly verifiedAtMs: number | null } | null;
  /** Coins that are ours, or may become it, with secrets that no backup holds and no list rebuilds. */
  readonly newerCoins: number;
}

export function vaultFacts(ledger: Ledger): VaultFacts {
  const { wordsAtMs, backup } = ledger.kept;
  const wordsWritten = wordsAtMs > 0;
  let newerCoins = 0;
  for (const token of ledger.tokens.values()) {
    if (isGiven(ledger, token) || isDisowned(token)) continue;
    // Without the words a list is worth nothing.
    const kept = Math.max(token.savedRows, wordsWritten ? token.listedRows : 0);
    if (token.rows.length > kept) newerCoins++;
  }
  return {
    wordsWritten,
    backup: backup && {
      madeAtMs: backup.madeAtMs,
      verifiedAtMs: backup.verifiedAtMs || null,
    },
    newerCoins,
  };
}

/** Which rows a backup or a list holds, or rebuilds, that is made of this ledger now. */
export type Coverage = Pick<SavedEntry, 'what' | 'ids' | 'rows'>;

export function coverageOf(ledger: Ledger, what: 'backup' | 'list'): Coverage {
  const tokens = [...ledger.tokens.values()].filter(
    (token) => !isGiven(ledger, token) && (what === 'backup' || isRebuilt(token)),
  );
  return { what, ids: packIds(tokens), rows: tokens.map(({ rows }) => rows.length) };
}

/** Settled, so that nothing that came in a file matters any more, and all that we proposed is named. */
function isRebuilt({ settledAtMs, ownRow, rows }: TokenRecord): boolean {
  if (settledAtMs === 0 || ownRow === NONE) return false;
  const fixes = rows.slice(ownRow).filter(({ origin }) => origin.kind === 'fix');
  return fixes.length <= MAX_RESTORED_FIXES;
}
