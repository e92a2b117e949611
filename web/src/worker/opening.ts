import type { IdbRecords } from '../ports/idb-records.ts';
import { systemRandom } from '../ports/system.ts';
import {
  encodeHeader,
  newHeader,
  openWithPasskey,
  openWithPassphrase,
  type VaultHeader,
} from '../vault/key-wrap.ts';
import { RecordCipher } from '../vault/sealed.ts';
import { SealedStore } from '../vault/sealed-store.ts';
import { encodeEntry, type Entry } from '../wallet/journal.ts';
import type { VaultKeySource } from '../wallet/messages.ts';

/** What opens a vault and makes one. Loaded while somebody types the passphrase. */

const VAULT_KEY_BYTES = 32;
const SEED_BYTES = 32;
const DEFAULT_LOCK_MINUTES = 15;

/** 32 bytes, to be wiped after use. Rejects with VaultError when it is the wrong key. */
export function openVaultKey(header: VaultHeader, key: VaultKeySource): Promise<Uint8Array> {
  return key.kind === 'passphrase'
    ? openWithPassphrase(header, key.passphrase)
    : openWithPasskey(header, key.credentialId, key.prf);
}

export async function openVault(header: VaultHeader, key: VaultKeySource): Promise<RecordCipher> {
  const vaultKey = await openVaultKey(header, key);
  try {
    return await RecordCipher.fromVaultKey(vaultKey);
  } finally {
    vaultKey.fill(0);
  }
}

/**
 * Makes a vault under this passphrase and stores it, in one transaction with what is in it from the
 * beginning: entries that lay there in the clear, the given ones, or a new seed.
 */
export async function makeVault(
  passphrase: string,
  records: IdbRecords,
  given: readonly Entry[] | null,
): Promise<{ readonly header: VaultHeader; readonly cipher: RecordCipher }> {
  const vaultKey = random(VAULT_KEY_BYTES);
  try {
    const header = await newHeader(vaultKey, passphrase, systemRandom, DEFAULT_LOCK_MINUTES);
    const cipher = await RecordCipher.fromVaultKey(vaultKey);
    const plain = await records.loadPlain();
    const first = given ?? [{ kind: 'seed', seed: random(SEED_BYTES) } as const];
    const entries = plain.length > 0 ? plain : first.map(encodeEntry);
    await SealedStore.create(cipher, records, encodeHeader(header), entries);
    return { header, cipher };
  } finally {
    vaultKey.fill(0);
  }
}

function random(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  systemRandom.fill(bytes);
  return bytes;
}
