import { assert, equalBytes } from '@raida-wallet/protocol';
import { encode } from 'cborg';

import type { PasskeyView } from '../wallet/messages.ts';
import type { RandomPort } from '../wallet/ports.ts';
import { RequestRefused } from '../wallet/refusal.ts';
import { decrypt, deriveKey, encrypt, importKey, NONCE_BYTES } from './aes-gcm.ts';
import type { KdfParameters } from './kdf.ts';
import { normalizePassphrase } from './passphrase.ts';
import { VaultError } from './vault-error.ts';
import {
  KDF_SALT_BYTES,
  PASSKEY_SALT_BYTES,
  type PassphraseWrap,
  type PasskeyWrap,
  VAULT_KEY_BYTES,
  type VaultHeader,
  MAX_PASSKEYS,
} from './vault-header.ts';

export { decodeHeader, encodeHeader, VAULT_KEY_BYTES, type VaultHeader } from './vault-header.ts';

/**
 * Who can open the vault. Its key is 32 random bytes that never change; a passphrase, and any number of
 * passkeys, each wrap it. Every function gives a new header and leaves the one it got as it was.
 */

/**
 * What a passphrase is stretched with, and the least that is accepted: OWASP's choice for Argon2id
 * where memory is short. No wrap of ours was ever cheaper to guess, so a cheaper one is somebody
 * else's, and is given no passphrase.
 */
const COST = { memoryKib: 19_456, passes: 2, lanes: 1 } as const;
/** More than a phone can do. No version wrote that, so it is damage. */
const MOST = { memoryKib: 262_144, passes: 16, lanes: 4 } as const;

const PASSPHRASE_PURPOSE = 'raida-wallet/v1/passphrase';
const PASSKEY_PURPOSE = 'raida-wallet/v1/passkey';
/** What a passkey's PRF gives. */
const PRF_BYTES = 32;

/** `vaultKey`: 32 random bytes. */
export async function newHeader(
  vaultKey: Uint8Array,
  passphrase: string,
  random: RandomPort,
  lockAfterMinutes: number,
): Promise<VaultHeader> {
  const wrap = await wrapByPassphrase(vaultKey, passphrase, random);
  return setLockAfterMinutes(
    { passphrase: wrap, passkeys: [], lockAfterMinutes },
    lockAfterMinutes,
  );
}

/** The same vault key under another passphrase; the old one does not open the new header. */
export async function rewrap(
  header: VaultHeader,
  vaultKey: Uint8Array,
  newPassphrase: string,
  random: RandomPort,
): Promise<VaultHeader> {
  return { ...header, passphrase: await wrapByPassphrase(vaultKey, newPassphrase, random) };
}

/** The vault key. Rejects with VaultError: `wrong passphrase`, `weakened` or `damaged`. */
export async function openWithPassphrase(
  header: VaultHeader,
  passphrase: string,
): Promise<Uint8Array> {
  const wrap = header.passphrase;
  checkCost(wrap);
  const key = await keyOfPassphrase(passphrase, wrap);
  const vaultKey = await decrypt(key, wrap.nonce, wrap.wrapped, boundToPassphrase(wrap));
  if (!vaultKey) {
    throw new VaultError('wrong passphrase', 'This passphrase does not open this wallet.');
  }
  return vaultKey;
}

/** The vault key. `prf`: what the passkey gave for its salt. Rejects with VaultError `wrong passkey`. */
export async function openWithPasskey(
  header: VaultHeader,
  credentialId: Uint8Array,
  prf: Uint8Array,
): Promise<Uint8Array> {
  const wrap = header.passkeys.find((passkey) => equalBytes(passkey.credentialId, credentialId));
  const key = wrap && (await deriveKey(prf, PASSKEY_PURPOSE));
  const vaultKey = key && (await decrypt(key, wrap.nonce, wrap.wrapped, boundToPasskey(wrap)));
  if (!vaultKey) {
    throw new VaultError(
      'wrong passkey',
      'This passkey does not open this wallet. Use the passphrase, and add the passkey again.',
    );
  }
  return vaultKey;
}

/** In the place of an earlier one with the same `credentialId`. `prf`: as in openWithPasskey. */
export async function addPasskey(
  header: VaultHeader,
  vaultKey: Uint8Array,
  passkey: PasskeyView,
  prf: Uint8Array,
  random: RandomPort,
): Promise<VaultHeader> {
  assert(vaultKey.length === VAULT_KEY_BYTES, 'a vault key has 32 bytes');
  const { credentialId, salt, addedAtMs } = passkey;
  if (prf.length !== PRF_BYTES || salt.length !== PASSKEY_SALT_BYTES) {
    throw new RequestRefused(
      'This passkey gives no key that could open a wallet. Use another one.',
    );
  }
  const nonce = fresh(random, NONCE_BYTES);
  const bound = boundToPasskey({ credentialId, salt, addedAtMs });
  const key = await deriveKey(prf, PASSKEY_PURPOSE);
  const wrapped = await encrypt(key, nonce, vaultKey, bound);
  const { passkeys } = removePasskey(header, credentialId);
  if (passkeys.length >= MAX_PASSKEYS) {
    throw new RequestRefused('There are too many passkeys already. Remove one that is not used.');
  }
  return { ...header, passkeys: [...passkeys, { credentialId, salt, addedAtMs, nonce, wrapped }] };
}

/** The same header when there is no such passkey. */
export function removePasskey(header: VaultHeader, credentialId: Uint8Array): VaultHeader {
  const isOther = (passkey: PasskeyWrap) => !equalBytes(passkey.credentialId, credentialId);
  return { ...header, passkeys: header.passkeys.filter(isOther) };
}

/** 0 for never. */
export function setLockAfterMinutes(header: VaultHeader, minutes: number): VaultHeader {
  assert(Number.isSafeInteger(minutes) && minutes >= 0, 'minutes are a whole number');
  return { ...header, lockAfterMinutes: minutes };
}

async function wrapByPassphrase(
  vaultKey: Uint8Array,
  passphrase: string,
  random: RandomPort,
): Promise<PassphraseWrap> {
  assert(vaultKey.length === VAULT_KEY_BYTES, 'a vault key has 32 bytes');
  if (passphrase === '')
    throw new RequestRefused('Choose a passphrase: an empty one keeps nobody out.');
  const nonce = fresh(random, NONCE_BYTES);
  const parameters = { ...COST, salt: fresh(random, KDF_SALT_BYTES) };
  const key = await keyOfPassphrase(passphrase, parameters);
  const wrapped = await encrypt(key, nonce, vaultKey, boundToPassphrase(parameters));
  return { ...parameters, nonce, wrapped };
}

async function keyOfPassphrase(passphrase: string, parameters: KdfParameters): Promise<CryptoKey> {
  const { stretch } = await import('./kdf.ts');
  const secret = stretch(normalizePassphrase(passphrase), parameters);
  const key = await importKey(secret);
  secret.fill(0);
  return key;
}

function checkCost({ memoryKib, passes, lanes }: KdfParameters): void {
  if (memoryKib > MOST.memoryKib || passes > MOST.passes || lanes > MOST.lanes) {
    throw new VaultError(
      'damaged',
      'What protects this wallet is damaged: its passphrase would take more than a phone has. ' +
        'Use a passkey, or restore the wallet from a backup file or its words.',
    );
  }
  if (memoryKib < COST.memoryKib || passes < COST.passes || lanes < COST.lanes) {
    throw new VaultError(
      'weakened',
      'Somebody has changed how the passphrase protects this wallet, so that it could be guessed. ' +
        'It was not used. Restore the wallet from a backup file or its words, on a device that you trust.',
    );
  }
}

/** Canonical (an array has one order): no parameter can be swapped for another one. */
function boundToPassphrase({ memoryKib, passes, lanes, salt }: KdfParameters): Uint8Array {
  return encode([PASSPHRASE_PURPOSE, memoryKib, passes, lanes, salt]);
}

function boundToPasskey({ credentialId, salt, addedAtMs }: PasskeyView): Uint8Array {
  return encode([PASSKEY_PURPOSE, credentialId, salt, addedAtMs]);
}

function fresh(random: RandomPort, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  random.fill(bytes);
  return bytes;
}
