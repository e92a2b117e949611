import { unsafe as aes } from '@noble/ciphers/aes.js';

import { writeUint32 } from './bytes.ts';
import { NONCE_BYTES, TERMINATOR_BYTES } from './limits.ts';

/**
 * AES-128-CTR of encryption types 1 and 2 (section 2): the initial counter block is the
 * nonce (8 bytes) || a 64-bit block counter, which starts at zero in a request.
 */

const BLOCK_BYTES = 16;

/**
 * How a RAIDA counts when it encrypts a reply (section 3): `restart` begins again at zero,
 * `continue` goes on after the request's last block.
 */
export type CounterMode = 'restart' | 'continue';

/** The block at which a reply's key stream begins, for a request with this body length. */
export function replyStartBlock(mode: CounterMode, requestBodyBytes: number): number {
  if (mode === 'restart') return 0;
  return Math.ceil((requestBodyBytes - TERMINATOR_BYTES) / BLOCK_BYTES);
}

/**
 * Encrypts or decrypts `bytes` in place. `key` has 16 bytes, `nonce` 8. Bytes that do not begin at
 * a multiple of four in their buffer take a detour over a copy; those of our frames do.
 *
 * The library's `ctr` checks and copies more than our frames need: a third of the time of a small
 * frame. Its primitives are the same, and a counter of 32 bits outlasts every body.
 */
export function cryptInPlace(
  bytes: Uint8Array,
  key: Uint8Array,
  nonce: Uint8Array,
  startBlock = 0,
): void {
  const counter = new Uint8Array(BLOCK_BYTES);
  counter.set(nonce.subarray(0, NONCE_BYTES));
  writeUint32(counter, BLOCK_BYTES - 4, startBlock);
  const schedule = aes.expandKeyLE(key);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  aes.ctr32(schedule, false, counter, aligned, aligned);
  if (aligned !== bytes) bytes.set(aligned);
  schedule.fill(0);
}
