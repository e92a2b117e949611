import { RAIDA_COUNT } from '@raida-wallet/protocol';
import { expect, test } from 'vitest';

import { engine } from '../../src/wallet/engine.ts';
import { encodeEntry, type Entry, type StoredToken } from '../../src/wallet/journal.ts';
import { coverageOf, vaultFacts } from '../../src/wallet/kept.ts';
import { apply } from '../../src/wallet/ledger-apply.ts';
import { type Ledger, packIds } from '../../src/wallet/ledger.ts';
import { MAX_RESTORED_FIXES, ROW_BYTES, SETTLE_AFTER_MS } from '../../src/wallet/limits.ts';
import { learnEntry } from '../../src/wallet/merge.ts';
import { backupEntries, openBackup, readBackup } from '../../src/wallet/restore.ts';
import { snapshot } from '../../src/wallet/snapshot.ts';
import { isSpendable } from '../../src/wallet/token-record.ts';
import { Vault } from '../../src/wallet/vault.ts';
import { Wallet } from '../../src/wallet/wallet.ts';
import {
  armEntry,
  importEntry,
  planEntry,
  proveEntry,
  SEED,
  settledLedger,
} from '../support/ledgers.ts';

const AT = 1_700_000_000_000;
const LATER = 9_000_000;
const IDS = [1, 2, 3].map((sn) => ({ dn: 0, sn }));
const ALL = Array.from({ length: RAIDA_COUNT }, (_, raida) => raida);

/** A wallet over these entries, and what it stores besides. */
async function opened(entries: readonly Entry[]) {
  const stored = entries.map(encodeEntry);
  const store = {
    load: () => Promise.resolve({ entries: [...stored], journalEntries: stored.length }),
    append: (entry: Uint8Array) => Promise.resolve(void stored.push(entry)),
    compact: () => Promise.resolve(),
  };
  const clock = { now: () => AT, steadyMs: () => 0, sleep: () => new Promise<void>(() => {}) };
  const random = { fill: (bytes: Uint8Array) => bytes.fill(1) };
  const events = { changed: () => undefined, failed: () => undefined };
  const wallet = await Wallet.open({ store, clock, random }, events);
  wallet.load(engine);
  return { wallet, stored };
}

const DIGEST = new Uint8Array(32).fill(9);

test('a backup covers everything; what came since counts as newer', async () => {
  const ledger = settledLedger(IDS);
  const { wallet } = await opened(snapshot(ledger));
  expect(wallet.vaultFacts()).toEqual({ wordsWritten: false, backup: null, newerCoins: 3 });
  const { saved } = wallet.backupToSave();
  // Made, and not handed out yet.
  expect(wallet.vaultFacts().newerCoins).toBe(3);
  await saved(DIGEST);
  const backup = { madeAtMs: AT, verifiedAtMs: null };
  expect(wallet.vaultFacts()).toEqual({ wordsWritten: false, backup, newerCoins: 0 });
  expect(await wallet.verified(new Uint8Array(32))).toBe(false);
  expect(wallet.vaultFacts().backup).toEqual(backup);
  expect(await wallet.verified(DIGEST)).toBe(true);
  expect(wallet.vaultFacts().backup).toEqual({ madeAtMs: AT, verifiedAtMs: AT });
  // A newer one has not been read back yet.
  await wallet.backupToSave().saved(new Uint8Array(32).fill(8));
  expect(wallet.vaultFacts().backup).toEqual(backup);
  expect(await wallet.verified(DIGEST)).toBe(false);
});

test('what happens between the making and the handing out of a backup is newer', () => {
  const ledger = settledLedger(IDS);
  const { entries, coverage } = {
    entries: snapshot(ledger),
    coverage: coverageOf(ledger, 'backup'),
  };
  expect(entries.length).toBeGreaterThan(0);
  const [token] = ledger.tokens.values();
  fixOnce(ledger, 0, 0);
  apply(ledger, { kind: 'saved', atMs: AT, digest: DIGEST, ...coverage });
  expect(token!.savedRows).toBe(token!.rows.length - 1);
  expect(vaultFacts(ledger).newerCoins).toBe(1);
});

function fixOnce(ledger: Ledger, coin: number, counter: number): void {
  const token = [...ledger.tokens.values()][coin]!;
  const pgs = new Vault(SEED).pgs(counter);
  const group = { ids: packIds([token]), raidas: 1 << 4, counter, pgs };
  apply(ledger, { kind: 'fix', atMs: LATER, groups: [group] });
  apply(ledger, proveEntry(token, [[4, token.rows.length - 1]], LATER));
}

test('a list covers coins that have settled, once the words are written down', async () => {
  const ledger = settledLedger(IDS.slice(0, 2));
  apply(ledger, importEntry(7, [IDS[2]!]));
  const { wallet } = await opened(snapshot(ledger));
  const { list, saved } = wallet.listToSave();
  expect(list.tokens.map(({ sn }) => sn)).toEqual([1, 2]);
  await saved();
  expect(wallet.vaultFacts().newerCoins).toBe(3);
  await wallet.wordsWritten();
  expect(wallet.vaultFacts()).toEqual({ wordsWritten: true, backup: null, newerCoins: 1 });
});

test('a list does not cover a coin that is still settling, nor one with more Fixes than are looked for', () => {
  const ledger = settledLedger(IDS);
  const [one, two] = ledger.tokens.values();
  one!.settledAtMs = 0;
  for (let counter = 0; counter <= MAX_RESTORED_FIXES; counter++) fixOnce(ledger, 1, counter);
  expect(two!.rows.length).toBeGreaterThan(MAX_RESTORED_FIXES);
  expect(coverageOf(ledger, 'list').ids).toEqual(packIds([IDS[2]!]));
  expect(coverageOf(ledger, 'backup').ids).toEqual(packIds(IDS));
});

test('coins that were given away, or that are not ours, are not missed', () => {
  const ledger = settledLedger(IDS);
  const [given, ready, denied] = ledger.tokens.values();
  const file = { name: 'a', memo: '', bytes: Uint8Array.of(1) };
  for (const [operation, token] of [
    [11, given],
    [12, ready],
  ] as const) {
    apply(ledger, { kind: 'send', operation, atMs: 1, ids: packIds([token!]), ...file });
  }
  apply(ledger, { kind: 'hand over', operation: 11, atMs: 2 });
  denied!.verdicts.fill(2);
  expect(vaultFacts(ledger).newerCoins).toBe(1);
  expect(coverageOf(ledger, 'backup').ids).toEqual(packIds([IDS[1]!, IDS[2]!]));
});

test('what is kept outside survives a compaction, and is nobody else’s', async () => {
  const ledger = settledLedger(IDS);
  const { wallet, stored } = await opened(snapshot(ledger));
  await wallet.wordsWritten();
  await wallet.backupToSave().saved(DIGEST);
  await wallet.verified(DIGEST);
  await wallet.listToSave().saved();
  const facts = wallet.vaultFacts();
  const again = await opened(snapshot(openBackup(stored)));
  expect(again.wallet.vaultFacts()).toEqual(facts);
  // Restored into another wallet: nothing of that one is outside of its device yet.
  const other = await opened([{ kind: 'seed', seed: new Uint8Array(32).fill(3) }]);
  await other.wallet.restoreBackup(again.wallet.backupToSave().entries);
  const nothing = { wordsWritten: false, backup: null, newerCoins: 3 };
  expect(other.wallet.vaultFacts()).toEqual(nothing);
});

test('a wallet of format 2 is read, and all of its coins are newer', () => {
  const ledger = settledLedger(IDS);
  for (const token of ledger.tokens.values()) {
    token.savedRows = 2;
    token.listedRows = 1;
  }
  const entries = snapshot(ledger).map((entry) => {
    if (entry.kind !== 'tokens') return entry;
    const tokens = entry.tokens.map((token) => {
      const old: Partial<StoredToken> = { ...token };
      delete (old as { savedRows?: number }).savedRows;
      delete (old as { listedRows?: number }).listedRows;
      return old as StoredToken;
    });
    return { ...entry, tokens };
  });
  const read = openBackup(entries.map(encodeEntry));
  expect(
    [...read.tokens.values()].map(({ savedRows, listedRows }) => savedRows + listedRows),
  ).toEqual([0, 0, 0]);
});

test('a test read of a backup counts what a restore would look for', () => {
  const ledger = settledLedger(IDS);
  const [given] = ledger.tokens.values();
  const file = { name: 'a', memo: '', bytes: Uint8Array.of(1) };
  apply(ledger, { kind: 'send', operation: 9, atMs: 1, ids: packIds([given!]), ...file });
  apply(ledger, { kind: 'hand over', operation: 9, atMs: 2 });
  const { coins, units } = readBackup(backupEntries(ledger));
  expect([coins, units]).toEqual([2, 200_000_000n]);
});

test('a coin at which something is open learns secrets of another copy and nothing else', () => {
  const here = settledLedger(IDS);
  const there = settledLedger(IDS);
  const [other] = there.tokens.values();
  apply(there, importEntry(8, [other!], 1, 77));
  apply(there, planEntry([other!]));
  const own = ALL.map((raida) => [raida, other!.ownRow] as const);
  apply(there, proveEntry(other!, own, LATER));
  apply(there, proveEntry(other!, own, LATER + SETTLE_AFTER_MS));
  const [coin] = here.tokens.values();
  apply(here, armEntry(coin!, [3]));
  expect(isSpendable(coin!)).toBe(false);
  const tokensOf = () => encodeEntry(snapshot(here).find(({ kind }) => kind === 'tokens')!);
  const before = tokensOf();
  const entry = learnEntry({ ledger: here, busy: new Set() }, there, 5);
  expect([entry.ids, [...entry.rowCounts]]).toEqual([packIds([coin!]), [1]]);
  const { length } = coin!.rows;
  apply(here, entry);
  expect(coin!.rows.length).toBe(length + 1);
  expect(coin!.rows.at(-1)!.secrets).toEqual(entry.secrets.slice(0, ROW_BYTES));
  coin!.rows.length = length;
  expect(tokensOf()).toEqual(before);
  expect(here.floors.pan).toBeGreaterThan(1_000);
});
