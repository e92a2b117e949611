import { QUORUM } from '@raida-wallet/protocol';

import type { LearnEntry, SendEntry } from './journal.ts';
import { isGiven, type Ledger, nextOperation, type OperationRecord, packIds } from './ledger.ts';
import { RequestRefused } from './refusal.ts';
import { floorsOf, listTokens, newsOf, packRestored, type Restorable } from './restore.ts';
import { secretAt } from './secrets.ts';
import { countRaidas, isSpendable, NONE, type TokenRecord } from './token-record.ts';

/**
 * Another copy of this wallet may know of coins that are here what this one does not: it was moved on
 * after the two went their ways. Such coins begin anew (restore.ts) where nothing is open; what is left
 * is taken over here. Nothing that is here is given up.
 */

/** Secrets of tokens that cannot begin anew just now, and counters that the other copy may have used. */
export function learnEntry({ ledger }: Restorable, backup: Ledger, chance: number): LearnEntry {
  const learnt = [...backup.tokens.values()]
    .filter((token) => !isGiven(backup, token))
    .map((token) => ({ id: token, rows: newsOf(ledger, token) }))
    .filter(({ rows }) => rows.length > 0);
  const floors = floorsOf(listTokens(backup), chance);
  return { kind: 'learn', ...packRestored(ledger, learnt), floors };
}

/** What the other copy has handed to somebody, newest last. */
export function sendsOf(backup: Ledger): OperationRecord[] {
  return [...backup.operations.values()].filter(
    ({ send }) => send !== null && send.handedOverAtMs !== 0,
  );
}

/** Coins that are spendable here with the very secrets that the other copy has handed over (I10). */
export function missedSend(
  { ledger, busy }: Restorable,
  backup: Ledger,
  { tokens: sent, names, startedAtMs, send, id }: OperationRecord,
): { readonly tokens: readonly TokenRecord[]; readonly entry: SendEntry } {
  const tokens = sent.flatMap((there) => {
    const here = ledger.tokens.get(there.key);
    const out = there.sent === id && isGiven(backup, there);
    if (!here || !out || busy.has(here) || !isSpendable(here)) return [];
    return hasSameSecrets(here, there) ? [here] : [];
  });
  if (tokens.length === 0 || !send) throw new RequestRefused('This is known here already.');
  const { memo, bytes } = send;
  const [name = ''] = names;
  const operation = nextOperation(ledger);
  const ids = packIds(tokens);
  const entry = { kind: 'send', operation, atMs: startedAtMs, ids, name, memo, bytes } as const;
  return { tokens, entry };
}

function hasSameSecrets(here: TokenRecord, there: TokenRecord): boolean {
  const same = countRaidas((raida) => {
    const [one, other] = [heldAt(here, raida), heldAt(there, raida)];
    return one.every((byte, i) => byte === other[i]);
  });
  return same >= QUORUM;
}

/** As in the file of a send. */
function heldAt(token: TokenRecord, raida: number): Uint8Array {
  const proven = token.proven[raida]!;
  return secretAt(token, proven === NONE ? token.ownRow : proven, raida);
}
