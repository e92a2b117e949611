import assert from 'node:assert/strict';

import fc from 'fast-check';

import { cryptInPlace } from '@raida-wallet/protocol';

import { bytes, secret } from './arbitraries.ts';
import { opensslCtr, shifted } from './placed.ts';
import { named, type NamedProperty } from './property.ts';

export const CIPHER_PROPERTIES: readonly NamedProperty[] = [
  named(
    'cipher: OpenSSL agrees, at any length, alignment and start, and only there',
    fc.tuple(
      fc.uint8Array({ maxLength: 200 }),
      secret,
      bytes(8),
      fc.nat(5000),
      fc.nat(7),
      fc.nat(7),
    ),
    ([clear, key, nonce, startBlock, offset, keyOffset]) => {
      const placed = shifted(clear, offset);
      const before = new Uint8Array(placed.buffer).slice();
      before.set(opensslCtr(clear, key, nonce, startBlock), offset);
      const placedKey = shifted(key, keyOffset);
      const placedNonce = shifted(nonce, keyOffset);
      cryptInPlace(placed, placedKey, placedNonce, startBlock);
      assert.deepEqual(new Uint8Array(placed.buffer), before);
      assert.deepEqual([placedKey, placedNonce], [key, nonce]);
      cryptInPlace(placed, key, nonce, startBlock);
      assert.deepEqual(placed, clear);
    },
  ),
];
