import { armor, Decrypter, Encrypter } from 'age-encryption';

import { RequestRefused } from '../wallet/refusal.ts';
import { normalizePassphrase } from './passphrase.ts';

/** Age files (age-encryption.org/v1) that a passphrase opens. */

/**
 * What one guess of the passphrase costs: scrypt with N = 2^17, 128 MiB and about 3 s on a phone. It is
 * OWASP's choice, and as dear as what the vault's own key is stretched with: a backup file lies around where
 * anybody may copy it, and must not be the cheaper way to the same passphrase. Age's own tool takes
 * 2^18, 256 MiB, which not every phone has.
 */
const WORK_FACTOR = 17;
/** 256 MiB: what the age tool writes, and about as much as a page on a phone can get. */
const MAX_WORK_FACTOR = 18;

const INTRODUCTION = 'age-encryption.org/';
const VERSION = 'v1';
const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----';
/** The two lines that are read here have 58 characters. A file whose lines are longer is none of these. */
const MAX_LOOK_BYTES = 1_024;

/** What the library throws when a passphrase opens nothing. */
const NO_MATCH = "no identity matched any of the file's recipients";

/** `workFactor`: the binary logarithm of scrypt's N, for tests. */
export interface AgeOptions {
  readonly workFactor?: number;
}

/** Rejects with RequestRefused when there is too little memory. */
export async function sealAge(
  plain: Uint8Array,
  passphrase: string,
  { workFactor = WORK_FACTOR }: AgeOptions = {},
): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(normalizePassphrase(passphrase));
  encrypter.setScryptWorkFactor(workFactor);
  try {
    return await encrypter.encrypt(plain);
  } catch (error) {
    throw isOutOfMemory(error) ? tooLittleMemory() : error;
  }
}

/** The plain text of an age file, or of one in ASCII armor. Rejects with RequestRefused. */
export async function openAge(file: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const bytes = withoutArmor(file);
  checkHeader(bytes);
  const decrypter = new Decrypter();
  // A file that the age tool made has the passphrase as its keyboard gave it.
  for (const form of new Set([normalizePassphrase(passphrase), passphrase])) {
    decrypter.addPassphrase(form);
  }
  try {
    return await decrypter.decrypt(bytes);
  } catch (error) {
    if (error instanceof Error && error.message === NO_MATCH) {
      throw new RequestRefused(
        'This passphrase does not open this backup file. Nothing was changed.',
      );
    }
    throw isOutOfMemory(error) ? tooLittleMemory() : damagedBackup();
  }
}

/** How browsers say that there is no room for an array. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof RangeError;
}

function tooLittleMemory(): RequestRefused {
  return new RequestRefused(
    'This device has too little free memory for a backup file now. Nothing was changed. ' +
      'Close other pages and programs, and try again.',
  );
}

export function notABackup(): RequestRefused {
  return new RequestRefused('This is not a backup file of this wallet. Nothing was changed.');
}

export function newerBackup(): RequestRefused {
  return new RequestRefused(
    'This backup file was made by a newer version of this page. Reload the page to update it.',
  );
}

export function damagedBackup(): RequestRefused {
  return new RequestRefused(
    'This backup file is damaged or was cut off. Nothing was changed. Use another copy of it.',
  );
}

function withoutArmor(file: Uint8Array): Uint8Array {
  if (!startText(file).trimStart().startsWith(ARMOR)) return file;
  try {
    return armor.decode(new TextDecoder().decode(file));
  } catch {
    throw damagedBackup();
  }
}

/** Before anything is computed: the library would take 1 GiB where a file asks for it. */
function checkHeader(bytes: Uint8Array): void {
  const text = startText(bytes);
  if (!text.startsWith(INTRODUCTION)) throw notABackup();
  const [introduction = '', stanza = '', ...more] = text.split('\n');
  if (more.length === 0) throw damagedBackup();
  if (introduction !== INTRODUCTION + VERSION) {
    throw /v\d+$/.test(introduction) ? newerBackup() : damagedBackup();
  }
  const [arrow, kind, , factor] = stanza.split(' ');
  if (arrow !== '->') throw damagedBackup();
  // Sealed for a key, which no backup of this wallet is.
  if (kind !== 'scrypt') throw notABackup();
  if (factor === undefined || !/^[1-9]\d*$/.test(factor)) throw damagedBackup();
  if (Number(factor) > MAX_WORK_FACTOR) {
    throw new RequestRefused(
      'This backup file takes more memory to open than this page can get. Nothing was changed. ' +
        'Open it with the age tool on a computer, and encrypt it again with a work factor of ' +
        `${MAX_WORK_FACTOR} or less.`,
    );
  }
}

function startText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, MAX_LOOK_BYTES));
}
