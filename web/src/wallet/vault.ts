import { chacha20 } from '@noble/ciphers/chacha.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { assert, type TokenId, writeTokenId, writeUint32 } from '@raida-wallet/protocol';

import { ROW_BYTES, SEED_BYTES } from './limits.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const PURPOSE_PAN = 'raida-wallet/v1/pan';
const PURPOSE_PG = 'raida-wallet/v1/pg';

/**
 * Hands out proposed secrets (WALLET.md section 1): HKDF-SHA-256 of the seed gives a key for the
 * purpose, and the 25 PANs of a token are one ChaCha20 stream under it, with the nonce
 * DN (1) || SN (4) || counter (4) || 000000. The seed and a list of (DN, SN, counter) therefore
 * rebuild every PAN that was ever proposed. A counter is used once for a token, and never again.
 * PGs come the same way from a key of their own, with the nonce counter (4) || zeros.
 */
export class Vault {
  readonly #panKey: Uint8Array;
  readonly #pgKey: Uint8Array;

  constructor(seed: Uint8Array) {
    assert(seed.length === SEED_BYTES, 'a seed has 32 bytes');
    this.#panKey = hkdf(sha256, seed, undefined, utf8ToBytes(PURPOSE_PAN), KEY_BYTES);
    this.#pgKey = hkdf(sha256, seed, undefined, utf8ToBytes(PURPOSE_PG), KEY_BYTES);
  }

  /** 25 x 16 bytes, a PG for each RAIDA. The counter is the wallet's and is used once. */
  pgs(counter: number): Uint8Array {
    const nonce = new Uint8Array(NONCE_BYTES);
    writeUint32(nonce, 0, counter);
    return chacha20(this.#pgKey, nonce, new Uint8Array(ROW_BYTES));
  }

  /** 25 x 16 bytes, by RAIDA. */
  pans(token: TokenId, counter: number): Uint8Array {
    const nonce = new Uint8Array(NONCE_BYTES);
    writeTokenId(nonce, 0, token);
    writeUint32(nonce, 5, counter);
    return chacha20(this.#panKey, nonce, new Uint8Array(ROW_BYTES));
  }
}
