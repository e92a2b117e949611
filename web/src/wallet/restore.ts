import {
  derivePanOfFix,
  equalBytes,
  SECRET_BYTES,
  type TokenId,
  tokenKey,
  totalUnits,
} from '@raida-wallet/protocol';

import { type CounterFloors, decodeEntry, encodeEntry, type ImportEntry } from './journal.ts';
import { apply } from './ledger-apply.ts';
import {
  isGiven,
  type Ledger,
  newLedger,
  nextFixCounter,
  nextPanCounter,
  nextOperation,
  packIds,
} from './ledger.ts';
import {
  MAX_GUESSES,
  MAX_LEARNT_ROWS,
  MAX_RESTORED_FIXES,
  RESTORE_MARGIN,
  RESTORE_WINDOW,
  ROW_BYTES,
} from './limits.ts';
import { RequestRefused } from './refusal.ts';
import { rowOf, secretsOfRow } from './secrets.ts';
import { snapshot } from './snapshot.ts';
import { isDisowned, isSpendable, NONE, type TokenRecord } from './token-record.ts';
import { Vault } from './vault.ts';

/**
 * Restore (WALLET.md section 5): from the seed and a list of tokens, or from a backup. What is
 * restored is nothing but candidates. They are asked for like those of a file, and what is found is
 * moved to new secrets, beyond every counter that may have been used: whatever another device, or a
 * thief of the backup, still holds is worth nothing then.
 */

/**
 * Counters have 32 bits. Those of a wallet that began at 0 stay in the first quarter, also after 60
 * restores from lists; in the second one begin those that are restored without knowing where theirs stood.
 */
const MAX_FLOOR = 0xc000_0000;
const UNKNOWN_FROM = 0x4000_0000;
const UNKNOWN_STEP = 64;

/** What the seed does not say: which tokens, and where their counters stand. Holds no secret. */
export interface TokenList {
  /** The first counter of PGs that was not used yet. */
  readonly fixCounter: number;
  /** The first counter of PANs that was not used yet for any token, also those given away. */
  readonly panCounter: number;
  readonly tokens: readonly ListedToken[];
}

export interface ListedToken extends TokenId {
  /** Of the newest PANs that were proposed. */
  readonly counter: number;
  /** Counters of the Fixes since. */
  readonly fixes: readonly number[];
}

/** Tokens that are ours or may be: not those that were given away. */
export function listTokens(ledger: Ledger): TokenList {
  const tokens: ListedToken[] = [];
  for (const token of ledger.tokens.values()) {
    if (isGiven(ledger, token)) continue;
    // Of one that is taken back there may be no newer PANs yet than those it was sent with.
    let counter: number | null = null;
    let fixes: number[] = [];
    for (const { origin } of token.rows) {
      if (origin.kind === 'pan') [counter, fixes] = [origin.counter, []];
      else if (origin.kind === 'fix') fixes.push(origin.counter);
    }
    if (counter !== null) tokens.push({ dn: token.dn, sn: token.sn, counter, fixes });
  }
  return { fixCounter: nextFixCounter(ledger), panCounter: nextPanCounter(ledger), tokens };
}

/** Where restored tokens come to, and what operations have in hand there. */
export interface Restorable {
  readonly ledger: Ledger;
  readonly busy: ReadonlySet<TokenRecord>;
}

/** A token to be restored, and its rows of candidates, the likeliest last. */
interface Restored {
  readonly id: TokenId;
  readonly rows: readonly Uint8Array[];
}

export function restoreFromSeed(
  here: Restorable,
  seed: Uint8Array,
  list: TokenList,
  chance: number,
  atMs: number,
): ImportEntry {
  const vault = new Vault(seed);
  const restored = list.tokens
    .filter((token) => isWanted(here, token))
    .map((token) => ({ id: token, rows: candidateRows(vault, token, list.fixCounter) }));
  return restoreEntry(here, restored, floorsOf(list, chance), 'Restored from words', atMs);
}

/** The whole ledger as entries of the journal: what a backup holds. */
export function backupEntries(ledger: Ledger): Uint8Array[] {
  return snapshot(ledger).map(encodeEntry);
}

/** `chance`: a random number below 2^24. */
export function restoreFromBackup(
  here: Restorable,
  backup: Ledger,
  chance: number,
  atMs: number,
): ImportEntry {
  const vault = backup.seed && new Vault(backup.seed);
  const list = listTokens(backup);
  const listed = new Map(list.tokens.map((token) => [tokenKey(token), token]));
  const restored: Restored[] = [];
  for (const token of backup.tokens.values()) {
    if (isGiven(backup, token)) continue;
    if (isWanted(here, token)) {
      const known = listed.get(token.key);
      const derived = known && vault ? candidateRows(vault, known, list.fixCounter) : [];
      restored.push({ id: token, rows: [...derived, ...storedRows(token)].slice(-MAX_GUESSES) });
    } else if (canBeginAnew(here, token)) {
      const rows = newsOf(here.ledger, token);
      if (rows.length > 0) restored.push({ id: token, rows });
    }
  }
  return restoreEntry(here, restored, floorsOf(list, chance), 'Restored from a backup', atMs);
}

/** What a restore from it would look for. */
export function readBackup(entries: readonly Uint8Array[]): {
  readonly coins: number;
  readonly units: bigint;
} {
  const backup = openBackup(entries);
  const tokens = [...backup.tokens.values()].filter((token) => !isGiven(backup, token));
  return { coins: tokens.length, units: totalUnits(tokens) };
}

/** Refused when it is damaged, or newer than this version. */
export function openBackup(entries: readonly Uint8Array[]): Ledger {
  const backup = newLedger();
  try {
    for (const bytes of entries) apply(backup, decodeEntry(bytes));
    return backup;
  } catch {
    throw new RequestRefused(
      'This backup is damaged, or a newer version of this page made it. Nothing was changed.',
    );
  }
}

/**
 * Where counters go on. The same list may be used twice, on two devices: chance keeps their counters
 * apart, so that none proposes what the other has given away (I11).
 */
export function floorsOf({ panCounter, fixCounter }: TokenList, chance: number): CounterFloors {
  const margin = RESTORE_MARGIN + chance;
  if (Math.max(panCounter, fixCounter) + margin > MAX_FLOOR) {
    throw new RequestRefused('This list has counters that no wallet reaches. It may be damaged.');
  }
  return { pan: panCounter + margin, fix: fixCounter + margin };
}

/**
 * For words whose counters are not known for sure: beyond all those of wallets that began at 0, and by
 * chance (a number below 2^24) far from where another one that was restored like this goes on.
 */
export function floorsUnknown(chance: number): CounterFloors {
  const floor = UNKNOWN_FROM + chance * UNKNOWN_STEP;
  return { pan: floor, fix: floor };
}

function storedRows(token: TokenRecord): Uint8Array[] {
  return token.rows.flatMap(({ origin }, row) => {
    if (origin.kind === 'tampered') return [];
    return [secretsOfRow(token, row)];
  });
}

/** Every candidate within the window around the known counters; what is known comes last. */
function candidateRows(vault: Vault, token: ListedToken, fixCounter: number): Uint8Array[] {
  const { counter, fixes } = token;
  const rows: Uint8Array[] = [];
  for (let near = Math.max(0, counter - RESTORE_WINDOW); near <= counter + RESTORE_WINDOW; near++) {
    if (near !== counter) rows.push(vault.pans(token, near));
  }
  for (let beyond = fixCounter + RESTORE_WINDOW - 1; beyond >= fixCounter; beyond--) {
    rows.push(fixedRow(vault, token, beyond));
  }
  for (const fix of fixes.slice(-MAX_RESTORED_FIXES)) rows.push(fixedRow(vault, token, fix));
  rows.push(vault.pans(token, counter));
  return rows;
}

function fixedRow(vault: Vault, token: TokenId, counter: number): Uint8Array {
  const pgs = vault.pgs(counter);
  return rowOf((raida) =>
    derivePanOfFix(raida, token, pgs.subarray(raida * SECRET_BYTES, (raida + 1) * SECRET_BYTES)),
  );
}

/** What this wallet has already, and has not lost, is left alone. */
function isWanted({ ledger, busy }: Restorable, id: TokenId): boolean {
  const token = ledger.tokens.get(tokenKey(id));
  if (token && busy.has(token)) return false;
  return token === undefined || isDisowned(token) || (token.ownRow === NONE && token.sent === 0);
}

/** Ours, and nothing is open: what a newer backup knows of it can be looked for, and all of it moved. */
function canBeginAnew({ ledger, busy }: Restorable, id: TokenId): boolean {
  const token = ledger.tokens.get(tokenKey(id));
  return token !== undefined && !busy.has(token) && isSpendable(token);
}

/** Secrets of a token that is here, which only the other copy knows; the newest, oldest first. */
export function newsOf(ledger: Ledger, token: TokenRecord): Uint8Array[] {
  const here = ledger.tokens.get(token.key);
  if (!here) return [];
  return storedRows(token)
    .filter((row) => !isKnown(here, row))
    .slice(-MAX_LEARNT_ROWS);
}

function isKnown(token: TokenRecord, secrets: Uint8Array): boolean {
  return token.rows.some((_, row) => equalBytes(secretsOfRow(token, row), secrets));
}

function restoreEntry(
  { ledger }: Restorable,
  restored: readonly Restored[],
  restoredFloors: CounterFloors,
  name: string,
  atMs: number,
): ImportEntry {
  return {
    kind: 'import',
    deposit: nextOperation(ledger),
    atMs,
    names: [name],
    ...packRestored(ledger, restored),
    restored: restoredFloors,
  };
}

/** Without what is known here already: that must not be pushed out of what is asked for. */
export function packRestored(
  ledger: Ledger,
  restored: readonly Restored[],
): Pick<ImportEntry, 'ids' | 'rowCounts' | 'secrets'> {
  const rows = restored.map((token) => {
    const here = ledger.tokens.get(tokenKey(token.id));
    return here ? token.rows.filter((row) => !isKnown(here, row)) : token.rows;
  });
  const all = rows.flat();
  const secrets = new Uint8Array(all.length * ROW_BYTES);
  all.forEach((row, i) => secrets.set(row, i * ROW_BYTES));
  return {
    ids: packIds(restored.map(({ id }) => id)),
    rowCounts: Uint8Array.from(rows, ({ length }) => length),
    secrets,
  };
}
