import { readUint32 } from '@raida-wallet/protocol';

import { systemClock, systemRandom } from '../ports/system.ts';
import { openBackup } from '../vault/backup-file.ts';
import { decodeCoinList } from '../vault/coin-list.ts';
import { seedOf } from '../vault/words.ts';
import { decodeEntry, type Entry, type ImportEntry, type SeedEntry } from '../wallet/journal.ts';
import { newLedger } from '../wallet/ledger.ts';
import { apply } from '../wallet/ledger-apply.ts';
import type { RestoreSource } from '../wallet/messages.ts';
import { RequestRefused } from '../wallet/refusal.ts';
import {
  floorsUnknown,
  openBackup as openEntries,
  type Restorable as RestorePlace,
  restoreFromBackup,
  restoreFromSeed,
  type TokenList,
} from '../wallet/restore.ts';
import type { Wallet } from '../wallet/wallet.ts';

/** What a restore goes by, read and checked before anything is stored. */
export type Restorable =
  | { readonly kind: 'words'; readonly seed: Uint8Array; readonly list: TokenList | null }
  | { readonly kind: 'backup'; readonly entries: readonly Uint8Array[] };

/** Rejects with words for a person. */
export async function readSource(source: RestoreSource): Promise<Restorable> {
  if (source.kind === 'words') {
    const list = source.list === null ? null : decodeCoinList(source.list);
    return { kind: 'words', seed: seedOf(source.words), list };
  }
  const { entries } = await openBackup(source.bytes, source.passphrase);
  return { kind: 'backup', entries };
}

/**
 * The first entries of a new wallet that goes on with the seed of another one: stored together with it,
 * so that there is either all of it or nothing. That wallet's counters are not known for sure, so this
 * one begins far beyond them (I11). `restore`: the operation that looks for the coins, if any.
 */
export function firstEntriesFrom(restorable: Restorable): {
  readonly entries: readonly Entry[];
  readonly restore: number | null;
} {
  const ledger = newLedger();
  const seed = restorable.kind === 'words' ? restorable.seed : seedIn(restorable.entries);
  const first: SeedEntry = { kind: 'seed', seed, floors: floorsUnknown(draw()) };
  apply(ledger, first);
  const looks = lookFor({ ledger, busy: new Set() }, restorable);
  if (!looks || looks.ids.length === 0) return { entries: [first], restore: null };
  return { entries: [first, looks], restore: looks.deposit };
}

function lookFor(here: RestorePlace, restorable: Restorable): ImportEntry | null {
  const atMs = systemClock.now();
  if (restorable.kind === 'backup') {
    return restoreFromBackup(here, openEntries(restorable.entries), draw(), atMs);
  }
  return restorable.list && restoreFromSeed(here, restorable.seed, restorable.list, draw(), atMs);
}

/** 24 random bits. */
function draw(): number {
  const bytes = new Uint8Array(4);
  systemRandom.fill(bytes.subarray(1));
  return readUint32(bytes, 0);
}

/** The number of the operation that looks for the coins; null where words came without a list. */
export async function startRestore(wallet: Wallet, restorable: Restorable): Promise<number | null> {
  if (restorable.kind === 'backup') return wallet.restoreBackup(restorable.entries);
  return restorable.list && wallet.restore(restorable.seed, restorable.list);
}

function seedIn(entries: readonly Uint8Array[]): Uint8Array {
  for (const bytes of entries) {
    const entry = decodeEntry(bytes);
    if (entry.kind === 'seed') return entry.seed;
  }
  throw new RequestRefused('This backup has no words in it: it was not made by a wallet.');
}
