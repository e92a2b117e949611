import { unsafe as aes } from '@noble/ciphers/aes.js';

import { assert } from './errors.ts';
import { NONCE_BYTES, SECRET_BYTES, TERMINATOR_BYTES } from './limits.ts';

/**
 * AES-128-CTR of encryption types 1 and 2 (section 2): the initial counter block is the
 * nonce (8 bytes) || a 64-bit block counter, which starts at zero in a request.
 */

const BLOCK_BYTES = 16;
const WORD_BYTES = 4;

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

/** Encrypts or decrypts `bytes` in place, wherever they lie. `key` has 16 bytes, `nonce` 8. */
export function cryptInPlace(
  bytes: Uint8Array,
  key: Uint8Array,
  nonce: Uint8Array,
  startBlock = 0,
): void {
  cryptRange(bytes, 0, bytes.length, key, nonce, startBlock);
}

/**
 * The same for `bytes[start, end)`, without a view of them.
 *
 * Key schedule and block cipher are the library's; only the counter and the XOR are ours. Its own
 * `ctr` copies what is not aligned and makes six views a call, which is most of the time of the
 * small frames that a wallet sends most of. A counter of 32 bits outlasts the largest body.
 */
export function cryptRange(
  bytes: Uint8Array,
  start: number,
  end: number,
  key: Uint8Array,
  nonce: Uint8Array,
  startBlock: number,
): void {
  assert(nonce.length === NONCE_BYTES && key.length === SECRET_BYTES, 'a key of 16, a nonce of 8');
  const schedule = aes.expandKeyLE(key);
  const nonceStart = readWord(nonce, 0);
  const nonceEnd = readWord(nonce, WORD_BYTES);
  let counter = startBlock;
  for (let offset = start; offset < end; offset += BLOCK_BYTES) {
    const { s0, s1, s2, s3 } = aes.encrypt(schedule, nonceStart, nonceEnd, 0, swapWord(counter++));
    if (offset + BLOCK_BYTES <= end) {
      xorWord(bytes, offset, s0);
      xorWord(bytes, offset + WORD_BYTES, s1);
      xorWord(bytes, offset + 2 * WORD_BYTES, s2);
      xorWord(bytes, offset + 3 * WORD_BYTES, s3);
    } else {
      xorRest(bytes, offset, end, [s0, s1, s2, s3]);
    }
  }
  schedule.fill(0);
}

/** The library's words are little-endian on every machine. */
function readWord(bytes: Uint8Array, offset: number): number {
  return (
    bytes[offset]! |
    (bytes[offset + 1]! << 8) |
    (bytes[offset + 2]! << 16) |
    (bytes[offset + 3]! << 24)
  );
}

/** The counter is big-endian in its block, like everything else on the wire. */
function swapWord(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

function xorWord(bytes: Uint8Array, offset: number, word: number): void {
  bytes[offset]! ^= word;
  bytes[offset + 1]! ^= word >>> 8;
  bytes[offset + 2]! ^= word >>> 16;
  bytes[offset + 3]! ^= word >>> 24;
}

/** The last block, of which less than 16 bytes are left. */
function xorRest(bytes: Uint8Array, start: number, end: number, words: readonly number[]): void {
  for (let i = start; i < end; i++) {
    const position = i - start;
    bytes[i]! ^= words[position >> 2]! >>> (8 * (position & 3));
  }
}
