import { argon2id } from '@noble/hashes/argon2.js';

/**
 * What guessing a passphrase costs. A module of its own, to be imported on demand: pages that show an
 * open wallet, or one that a passkey opens, never need it.
 */

/** What a passphrase is stretched with; it is stored beside what it opens. */
export interface KdfParameters {
  /** KiB, 1024 bytes each. */
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
  /** 16 bytes. */
  readonly salt: Uint8Array;
}

/**
 * Argon2id (RFC 9106): 32 bytes. `passphrase` is normalised already, and the parameters are checked.
 * Blocks its thread for as long as it takes: the asynchronous version of the library only lets
 * promises in between, and a worker has none that could not wait.
 */
export function stretch(passphrase: string, parameters: KdfParameters): Uint8Array {
  const { memoryKib, passes, lanes, salt } = parameters;
  return argon2id(passphrase, salt, { m: memoryKib, t: passes, p: lanes, dkLen: 32 });
}
