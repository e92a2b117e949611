import { toHex } from '@raida-wallet/protocol';
import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { createCipheriv } from 'node:crypto';
import { expect, test } from 'vitest';

import { ROW_BYTES, SEED_BYTES } from '../../src/wallet/limits.ts';
import { Vault } from '../../src/wallet/vault.ts';

const SEED = Uint8Array.from({ length: SEED_BYTES }, (_, i) => i);

/** The same derivation with Node's OpenSSL instead of noble (RFC 5869, RFC 8439). */
function pansByOpenssl(seed: Uint8Array, dn: number, sn: number, counter: number): string {
  const prk = createHmac('sha256', Buffer.alloc(32)).update(seed).digest();
  const info = Buffer.concat([Buffer.from('raida-wallet/v1/pan'), Buffer.of(1)]);
  const key = createHmac('sha256', prk).update(info).digest();
  const iv = Buffer.alloc(16);
  iv.writeInt8(dn, 4);
  iv.writeUInt32BE(sn, 5);
  iv.writeUInt32BE(counter, 9);
  return createCipheriv('chacha20', key, iv).update(Buffer.alloc(ROW_BYTES)).toString('hex');
}

test('PANs are the ChaCha20 stream under the HKDF key, as OpenSSL computes it', () => {
  const token = fc.record({
    dn: fc.integer({ min: -8, max: 6 }),
    sn: fc.nat({ max: 0xffffffff }),
    counter: fc.nat({ max: 0xffffffff }),
  });
  const vault = new Vault(SEED);
  fc.assert(
    fc.property(token, ({ dn, sn, counter }) => {
      expect(toHex(vault.pans({ dn, sn }, counter))).toBe(pansByOpenssl(SEED, dn, sn, counter));
    }),
  );
});

test('no two of many PANs are alike, whatever they differ in', () => {
  const vault = new Vault(SEED);
  const other = new Vault(new Uint8Array(SEED_BYTES));
  const seen = new Set<string>();
  let count = 0;
  for (const owner of [vault, other]) {
    for (const dn of [-8, 0, 6]) {
      for (const sn of [0, 1, 256, 0xffffffff]) {
        for (const counter of [0, 1, 65_536]) {
          const row = toHex(owner.pans({ dn, sn }, counter));
          for (let i = 0; i < row.length; i += 32) {
            seen.add(row.slice(i, i + 32));
            count++;
          }
        }
      }
    }
  }
  expect(seen.size).toBe(count);
});

test('a seed of another size is a programmer error', () => {
  expect(() => new Vault(new Uint8Array(16))).toThrow('32 bytes');
});
