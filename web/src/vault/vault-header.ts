import { crc32, readUint32, writeUint32 } from '@raida-wallet/protocol';
import { decode, encode } from 'cborg';

import type { PasskeyView } from '../wallet/messages.ts';
import { NONCE_BYTES, TAG_BYTES } from './aes-gcm.ts';
import type { KdfParameters } from './kdf.ts';
import { VaultError } from './vault-error.ts';

/** Bytes of the vault key, under which everything else is sealed. */
export const VAULT_KEY_BYTES = 32;
export const KDF_SALT_BYTES = 16;
export const PASSKEY_SALT_BYTES = 32;
const WRAPPED_BYTES = VAULT_KEY_BYTES + TAG_BYTES;

const FORMAT = 1;
/** The longest credential id that WebAuthn allows. */
const MAX_CREDENTIAL_ID_BYTES = 1023;
/** Nobody has more; whoever writes more into the store has something else in mind. */
export const MAX_PASSKEYS = 64;
const SUM_BYTES = 4;

/** Lies in the clear beside what is sealed: it says how the vault key is wrapped. Never changed. */
export interface VaultHeader {
  readonly passphrase: PassphraseWrap;
  readonly passkeys: readonly PasskeyWrap[];
  /** Minutes without a touch, or hidden, after which the wallet locks itself; 0 for never. */
  readonly lockAfterMinutes: number;
}

interface Wrapped {
  /** 12 bytes. */
  readonly nonce: Uint8Array;
  /** The vault key under AES-256-GCM: 32 bytes and a tag of 16. */
  readonly wrapped: Uint8Array;
}

export interface PassphraseWrap extends KdfParameters, Wrapped {}

export interface PasskeyWrap extends PasskeyView, Wrapped {}

/**
 * A CBOR map `{ v: 1, passphrase, passkeys, lockAfterMinutes }` and its CRC-32 (4 bytes), the same bytes
 * for the same header. The sum tells damage from a wrong passphrase; it keeps nobody from changing it.
 */
export function encodeHeader(header: VaultHeader): Uint8Array {
  const map = encode({ v: FORMAT, ...header });
  const bytes = new Uint8Array(map.length + SUM_BYTES);
  bytes.set(map);
  writeUint32(bytes, map.length, crc32(map));
  return bytes;
}

/** Throws VaultError, `newer` or `damaged`. What a wrap costs to open is checked when it is opened. */
export function decodeHeader(bytes: Uint8Array): VaultHeader {
  const end = bytes.length - SUM_BYTES;
  if (end < 0 || readUint32(bytes, end) !== crc32(bytes, 0, end)) throw damaged();
  let value: unknown;
  try {
    value = decode(bytes.subarray(0, end));
  } catch {
    throw damaged();
  }
  const fields = new Fields(value);
  if (fields.integer('v', 1) > FORMAT) {
    throw new VaultError(
      'newer',
      'This wallet was made by a newer version of this page. Reload the page to update it.',
    );
  }
  const passkeys = fields.list('passkeys', MAX_PASSKEYS);
  return {
    passphrase: readPassphraseWrap(new Fields(fields.value('passphrase'))),
    passkeys: passkeys.map((passkey) => readPasskeyWrap(new Fields(passkey))),
    lockAfterMinutes: fields.integer('lockAfterMinutes', 0),
  };
}

function readPassphraseWrap(fields: Fields): PassphraseWrap {
  return {
    memoryKib: fields.integer('memoryKib', 0),
    passes: fields.integer('passes', 0),
    lanes: fields.integer('lanes', 0),
    salt: fields.bytes('salt', KDF_SALT_BYTES),
    ...readWrapped(fields),
  };
}

function readPasskeyWrap(fields: Fields): PasskeyWrap {
  return {
    credentialId: fields.bytes('credentialId', 1, MAX_CREDENTIAL_ID_BYTES),
    salt: fields.bytes('salt', PASSKEY_SALT_BYTES),
    addedAtMs: fields.integer('addedAtMs', 0),
    ...readWrapped(fields),
  };
}

function readWrapped(fields: Fields): Wrapped {
  return {
    nonce: fields.bytes('nonce', NONCE_BYTES),
    wrapped: fields.bytes('wrapped', WRAPPED_BYTES),
  };
}

/** A map from outside. Throws VaultError `damaged` for everything that is not what was asked for. */
class Fields {
  readonly #map: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null) throw damaged();
    this.#map = value as Readonly<Record<string, unknown>>;
  }

  value(name: string): unknown {
    return Object.hasOwn(this.#map, name) ? this.#map[name] : undefined;
  }

  integer(name: string, least: number): number {
    const value = this.value(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) throw damaged();
    return value;
  }

  /** A copy; of one length, or between two. */
  bytes(name: string, least: number, most = least): Uint8Array<ArrayBuffer> {
    const value = this.value(name);
    if (!(value instanceof Uint8Array)) throw damaged();
    if (value.length < least || value.length > most) throw damaged();
    return new Uint8Array(value);
  }

  list(name: string, most: number): readonly unknown[] {
    const value = this.value(name);
    if (!Array.isArray(value) || value.length > most) throw damaged();
    return value as readonly unknown[];
  }
}

function damaged(): VaultError {
  return new VaultError(
    'damaged',
    'The key of this wallet is damaged. Nothing was changed. Restore the wallet from a backup file, ' +
      'or from its words and list of coins.',
  );
}
