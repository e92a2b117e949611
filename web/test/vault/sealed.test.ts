import fc from 'fast-check';
import { createDecipheriv, hkdfSync } from 'node:crypto';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { RecordCipher, SEAL_BYTES } from '../../src/vault/sealed.ts';
import { bytes, expectVaultError, flipped, rejection } from './support.ts';

const VAULT_KEY = Uint8Array.from({ length: 32 }, (_, i) => i);
const cipher = await RecordCipher.fromVaultKey(VAULT_KEY);
const context = fc.string({ unit: 'binary', maxLength: 20 });
const plain = fc.uint8Array({ maxLength: 200 });

test('OpenSSL opens a record, by HKDF (RFC 5869) and AES-256-GCM', async () => {
  const sealed = await cipher.seal(Buffer.from('what is stored'), 'journal/7');
  const key = hkdfSync('sha256', VAULT_KEY, '', 'raida-wallet/v1/records', 32);
  const opened = createDecipheriv('aes-256-gcm', Buffer.from(key), sealed.subarray(1, 13));
  opened.setAAD(Buffer.from('raida-wallet/v1/journal/7')).setAuthTag(sealed.subarray(-16));
  const text = opened.update(sealed.subarray(13, -16)).toString() + opened.final().toString();
  expect(text).toBe('what is stored');
  expect(sealed[0]).toBe(1);
});

test('every record opens in its context, and never looks the same twice', async () => {
  await fc.assert(
    fc.asyncProperty(plain, context, async (record, where) => {
      const sealed = await cipher.seal(record, where);
      expect(sealed).toHaveLength(record.length + SEAL_BYTES);
      expect(await cipher.open(sealed, where)).toEqual(new Uint8Array(record));
      expect(await cipher.seal(record, where)).not.toEqual(sealed);
    }),
  );
});

test('the key cannot be read back', async () => {
  const derived = vi.spyOn(globalThis.crypto.subtle, 'deriveKey');
  onTestFinished(() => derived.mockRestore());
  await RecordCipher.fromVaultKey(VAULT_KEY);
  const key: unknown = await derived.mock.results[0]?.value;
  expect(key).toMatchObject({ extractable: false, algorithm: { name: 'AES-GCM', length: 256 } });
});

function withFormat(sealed: Uint8Array, format: number): Uint8Array {
  return Uint8Array.from([format, ...sealed.subarray(1)]);
}

describe('a record does not open', () => {
  const record = Buffer.from('what is stored');

  test('when any bit of it was turned', async () => {
    const sealed = await cipher.seal(record, 'here');
    for (let bit = 8; bit < 8 * sealed.length; bit++) {
      expectVaultError(await rejection(cipher.open(flipped(sealed, bit), 'here')), 'damaged');
    }
  });

  test('when it was cut off, or went on', async () => {
    const sealed = await cipher.seal(record, 'here');
    for (let length = 0; length < sealed.length; length++) {
      expectVaultError(await rejection(cipher.open(sealed.subarray(0, length), 'here')), 'damaged');
    }
    const longer = Buffer.concat([sealed, Buffer.of(0)]);
    expectVaultError(await rejection(cipher.open(longer, 'here')), 'damaged');
  });

  test('in another context, or under another key', async () => {
    const sealed = await cipher.seal(record, 'here');
    expectVaultError(await rejection(cipher.open(sealed, 'there')), 'damaged');
    const other = await RecordCipher.fromVaultKey(flipped(VAULT_KEY, 0));
    expectVaultError(await rejection(other.open(sealed, 'here')), 'damaged');
  });

  test('when its format is not known yet', async () => {
    const sealed = await cipher.seal(record, 'here');
    for (const format of [0, 2, 3, 255]) {
      expectVaultError(await rejection(cipher.open(withFormat(sealed, format), 'here')), 'damaged');
    }
  });

  test('whatever bytes it has', async () => {
    const start = fc.constantFrom([], [1], [1, ...VAULT_KEY]);
    await fc.assert(
      fc.asyncProperty(start, bytes(60), context, async (head, rest, where) => {
        const sealed = Uint8Array.from([...head, ...rest]);
        expectVaultError(await rejection(cipher.open(sealed, where)), 'damaged');
      }),
    );
  });
});
