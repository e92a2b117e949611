import { decode, encode } from 'cborg';

import {
  type AgeOptions,
  damagedBackup,
  newerBackup,
  notABackup,
  openAge,
  sealAge,
} from './age-file.ts';

/**
 * The backup file: everything the wallet knows, in an age file under a passphrase, which the age tool
 * opens too. The plain text is CBOR: `{ format: 'raida-wallet backup', version: 1, madeAtMs, entries }`.
 */
const FORMAT = 'raida-wallet backup';
const VERSION = 1;

export interface Backup {
  readonly madeAtMs: number;
  /** Of the journal; a restore reads them. */
  readonly entries: readonly Uint8Array[];
}

export interface SealedBackup {
  readonly bytes: Uint8Array;
  /** SHA-256 of the plain text, which tells whether two files hold the same. */
  readonly digest: Uint8Array;
}

export interface OpenedBackup extends Backup {
  readonly digest: Uint8Array;
}

/** Takes seconds, and 128 MiB. */
export async function sealBackup(
  { madeAtMs, entries }: Backup,
  passphrase: string,
  options: AgeOptions = {},
): Promise<SealedBackup> {
  const plain = encode({ format: FORMAT, version: VERSION, madeAtMs, entries });
  const digest = await sha256(plain);
  return { bytes: await sealAge(plain, passphrase, options), digest };
}

/**
 * Rejects with RequestRefused: not a backup, another passphrase, damaged, or newer. What the entries mean
 * is not looked at.
 */
export async function openBackup(bytes: Uint8Array, passphrase: string): Promise<OpenedBackup> {
  const plain = await openAge(bytes, passphrase);
  return { ...readPlain(plain), digest: await sha256(plain) };
}

function readPlain(plain: Uint8Array): Backup {
  let value: unknown;
  try {
    value = decode(plain);
  } catch {
    // The file was whole, so somebody else wrote it.
    throw notABackup();
  }
  const { format, version, madeAtMs, entries } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (format !== FORMAT) throw notABackup();
  if (!isWhole(version) || version < VERSION) throw damagedBackup();
  if (version > VERSION) throw newerBackup();
  if (!isWhole(madeAtMs) || !isEntries(entries)) throw damagedBackup();
  return { madeAtMs, entries };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isEntries(value: unknown): value is Uint8Array[] {
  return Array.isArray(value) && value.every((entry) => entry instanceof Uint8Array);
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
}
