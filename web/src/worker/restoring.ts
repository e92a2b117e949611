import { readUint32 } from '@raida-wallet/protocol';

import { systemRandom } from '../ports/system.ts';
import { openBackup } from '../vault/backup-file.ts';
import { decodeCoinList } from '../vault/coin-list.ts';
import { seedOf } from '../vault/words.ts';
import { decodeEntry, type SeedEntry } from '../wallet/journal.ts';
import type { RestoreSource } from '../wallet/messages.ts';
import { RequestRefused } from '../wallet/refusal.ts';
import { floorsUnknown, type TokenList } from '../wallet/restore.ts';
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
 * The first entry of a new wallet that goes on with the seed of another one. That one's counters are
 * not known for sure, so this one begins far beyond them (I11).
 */
export function seedEntryFrom(restorable: Restorable): SeedEntry {
  const seed = restorable.kind === 'words' ? restorable.seed : seedIn(restorable.entries);
  const chance = new Uint8Array(4);
  systemRandom.fill(chance.subarray(1));
  return { kind: 'seed', seed, floors: floorsUnknown(readUint32(chance, 0)) };
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
