import { crc32, writeUint32 } from '@raida-wallet/protocol';
import { encode } from 'cborg';
import fc from 'fast-check';
import { createDecipheriv, hkdfSync } from 'node:crypto';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import * as kdf from '../../src/vault/kdf.ts';
import {
  addPasskey,
  decodeHeader,
  encodeHeader,
  newHeader,
  openWithPasskey,
  openWithPassphrase,
  removePasskey,
  rewrap,
  setLockAfterMinutes,
  type VaultHeader,
} from '../../src/vault/key-wrap.ts';
import { VaultError } from '../../src/vault/vault-error.ts';
import type { PassphraseWrap } from '../../src/vault/vault-header.ts';
import { RequestRefused } from '../../src/wallet/refusal.ts';
import { bytes, expectVaultError, flipped, random, rejection, thrown } from './support.ts';

/** As a header is stored: with its sum. */
function summed(value: unknown): Uint8Array {
  const map = encode(value);
  const bytes = new Uint8Array(map.length + 4);
  bytes.set(map);
  writeUint32(bytes, map.length, crc32(map));
  return bytes;
}

vi.mock(import('../../src/vault/kdf.ts'), { spy: true });
beforeEach(() => {
  vi.mocked(kdf.stretch).mockClear();
});

const KEY = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
const PASSPHRASE = 'correct horse battery staple';
const PRF = Uint8Array.from({ length: 32 }, (_, i) => 3 * i);
const OTHER_PRF = flipped(PRF, 0);
const PASSKEY = {
  credentialId: Uint8Array.from([1, 2, 3]),
  salt: new Uint8Array(32).fill(9),
  addedAtMs: 1_763_800_000_000,
};
const OTHER_PASSKEY = { ...PASSKEY, credentialId: Uint8Array.from([1, 2, 4]) };

const plain = await newHeader(KEY, PASSPHRASE, random, 10);
const header = await addPasskey(plain, KEY, PASSKEY, PRF, random);

function changed(of: VaultHeader, wrap: Partial<PassphraseWrap>): VaultHeader {
  return { ...of, passphrase: { ...of.passphrase, ...wrap } };
}

describe('a passphrase', () => {
  test('opens the vault, also when the header was stored in between', async () => {
    const stored = decodeHeader(encodeHeader(header));
    expect(stored).toEqual(header);
    expect(await openWithPassphrase(stored, PASSPHRASE)).toEqual(KEY);
  });

  test('is stretched with 19 MiB and two passes, and a salt of its own', async () => {
    const { memoryKib, passes, lanes, salt } = header.passphrase;
    expect({ memoryKib, passes, lanes }).toEqual({ memoryKib: 19_456, passes: 2, lanes: 1 });
    const again = await newHeader(KEY, PASSPHRASE, random, 10);
    expect(again.passphrase.salt).not.toEqual(salt);
    expect(again.passphrase.nonce).not.toEqual(header.passphrase.nonce);
    expect(again.passphrase.wrapped).not.toEqual(header.passphrase.wrapped);
  });

  test('is the same from any keyboard', async () => {
    const composed = await newHeader(KEY, 'Caf\u00e9 \ufb01n', random, 10);
    expect(await openWithPassphrase(composed, 'Cafe\u0301 fin')).toEqual(KEY);
  });

  test.each(['', 'correct horse battery stapl', `${PASSPHRASE} `, 'Correct horse battery staple'])(
    'that is another one does not open it: "%s"',
    async (other) => {
      expectVaultError(await rejection(openWithPassphrase(header, other)), 'wrong passphrase');
    },
  );

  test('wraps the key as OpenSSL would', () => {
    const { memoryKib, passes, lanes, salt, nonce, wrapped } = header.passphrase;
    const kek = kdf.stretch(PASSPHRASE, header.passphrase);
    const opened = createDecipheriv('aes-256-gcm', kek, nonce).setAuthTag(wrapped.subarray(-16));
    opened.setAAD(encode(['raida-wallet/v1/passphrase', memoryKib, passes, lanes, salt]));
    const key = Buffer.concat([opened.update(wrapped.subarray(0, 32)), opened.final()]);
    expect(new Uint8Array(key)).toEqual(KEY);
  });

  test('may not be empty', async () => {
    const refused = await rejection(newHeader(KEY, '', random, 10));
    expect(refused).toBeInstanceOf(RequestRefused);
  });

  test('that is changed opens the same vault; the old one does not, and passkeys still do', async () => {
    const rewrapped = await rewrap(header, KEY, 'another one', random);
    expect(await openWithPassphrase(rewrapped, 'another one')).toEqual(KEY);
    expect(await openWithPasskey(rewrapped, PASSKEY.credentialId, PRF)).toEqual(KEY);
    expectVaultError(
      await rejection(openWithPassphrase(rewrapped, PASSPHRASE)),
      'wrong passphrase',
    );
    expect(await openWithPassphrase(header, PASSPHRASE)).toEqual(KEY);
  });

  test('opens nothing when a bit of its wrap was turned', async () => {
    const { salt, nonce, wrapped } = header.passphrase;
    for (const wrap of [
      { salt: flipped(salt, 5) },
      { nonce: flipped(nonce, 95) },
      { wrapped: flipped(wrapped, 0) },
      { wrapped: flipped(wrapped, 383) },
      { memoryKib: 19_457 },
      { memoryKib: 20_480 },
      { passes: 3 },
      { lanes: 2 },
    ]) {
      const opening = openWithPassphrase(changed(header, wrap), PASSPHRASE);
      expectVaultError(await rejection(opening), 'wrong passphrase');
    }
  });

  test.each<Partial<PassphraseWrap>>([
    { memoryKib: 19_455 },
    { memoryKib: 8 },
    { memoryKib: 0 },
    { passes: 1 },
    { passes: 0, memoryKib: 262_144 },
    { lanes: 0 },
  ])('is not tried when somebody has made guessing cheap: %o', async (wrap) => {
    const error = await rejection(openWithPassphrase(changed(header, wrap), PASSPHRASE));
    expectVaultError(error, 'weakened');
    expect(kdf.stretch).not.toHaveBeenCalled();
  });

  test.each<Partial<PassphraseWrap>>([
    { memoryKib: 262_145 },
    { memoryKib: Number.MAX_SAFE_INTEGER },
    { passes: 17 },
    { lanes: 5 },
    { passes: 2 ** 40, memoryKib: 8 },
  ])('is not tried when no phone could: %o', async (wrap) => {
    const error = await rejection(openWithPassphrase(changed(header, wrap), PASSPHRASE));
    expectVaultError(error, 'damaged');
    expect(kdf.stretch).not.toHaveBeenCalled();
  });
});

describe('a passkey', () => {
  test('opens the vault, without a passphrase being stretched', async () => {
    expect(await openWithPasskey(header, PASSKEY.credentialId, PRF)).toEqual(KEY);
    expect(kdf.stretch).not.toHaveBeenCalled();
  });

  test('wraps the key as OpenSSL would', () => {
    const { credentialId, salt, addedAtMs, nonce, wrapped } = header.passkeys[0]!;
    const kek = Buffer.from(hkdfSync('sha256', PRF, '', 'raida-wallet/v1/passkey', 32));
    const opened = createDecipheriv('aes-256-gcm', kek, nonce).setAuthTag(wrapped.subarray(-16));
    opened.setAAD(encode(['raida-wallet/v1/passkey', credentialId, salt, addedAtMs]));
    const key = Buffer.concat([opened.update(wrapped.subarray(0, 32)), opened.final()]);
    expect(new Uint8Array(key)).toEqual(KEY);
  });

  test('is one of many', async () => {
    const both = await addPasskey(header, KEY, OTHER_PASSKEY, OTHER_PRF, random);
    expect(both.passkeys.map(({ credentialId }) => credentialId)).toEqual([
      PASSKEY.credentialId,
      OTHER_PASSKEY.credentialId,
    ]);
    expect(await openWithPasskey(both, PASSKEY.credentialId, PRF)).toEqual(KEY);
    expect(await openWithPasskey(both, OTHER_PASSKEY.credentialId, OTHER_PRF)).toEqual(KEY);
    const one = removePasskey(both, PASSKEY.credentialId);
    expect(await openWithPasskey(one, OTHER_PASSKEY.credentialId, OTHER_PRF)).toEqual(KEY);
    await expectWrong(one, PASSKEY.credentialId, PRF);
    expect(header.passkeys).toHaveLength(1);
  });

  test('that is added again takes the place of the first', async () => {
    const again = await addPasskey(header, KEY, PASSKEY, OTHER_PRF, random);
    expect(again.passkeys).toHaveLength(1);
    expect(await openWithPasskey(again, PASSKEY.credentialId, OTHER_PRF)).toEqual(KEY);
    await expectWrong(again, PASSKEY.credentialId, PRF);
  });

  test('that is not there is removed by doing nothing', () => {
    expect(removePasskey(header, OTHER_PASSKEY.credentialId)).toEqual(header);
  });

  test('opens nothing with another PRF, or when a bit of its wrap was turned', async () => {
    const [wrap] = header.passkeys;
    const { credentialId, salt, nonce, wrapped, addedAtMs } = wrap!;
    await expectWrong(header, credentialId, flipped(PRF, 17));
    await expectWrong(header, credentialId, new Uint8Array());
    await expectWrong(header, OTHER_PASSKEY.credentialId, PRF);
    const changes = [{ addedAtMs: addedAtMs + 1 }];
    for (const other of [
      ...changes,
      ...bits(salt).map((value) => ({ salt: value })),
      ...bits(nonce).map((value) => ({ nonce: value })),
      ...bits(wrapped).map((value) => ({ wrapped: value })),
    ]) {
      await expectWrong({ ...header, passkeys: [{ ...wrap!, ...other }] }, credentialId, PRF);
    }
    const swapped = { ...wrap!, credentialId: OTHER_PASSKEY.credentialId };
    await expectWrong({ ...header, passkeys: [swapped] }, OTHER_PASSKEY.credentialId, PRF);
  });

  test.each([
    ['a PRF that is too short', PASSKEY, PRF.subarray(1)],
    ['no PRF', PASSKEY, new Uint8Array()],
    ['a salt that is too short', { ...PASSKEY, salt: new Uint8Array(16) }, PRF],
  ])('with %s is not added', async (_what, passkey, prf) => {
    const refused = await rejection(addPasskey(header, KEY, passkey, prf, random));
    expect(refused).toBeInstanceOf(RequestRefused);
  });

  function bits(value: Uint8Array): Uint8Array<ArrayBuffer>[] {
    return Array.from({ length: 8 * value.length }, (_, bit) => flipped(value, bit));
  }

  async function expectWrong(of: VaultHeader, credentialId: Uint8Array, prf: Uint8Array) {
    expectVaultError(await rejection(openWithPasskey(of, credentialId, prf)), 'wrong passkey');
  }
});

describe('the header', () => {
  test('is left as it was by all that makes a new one', async () => {
    const before = encodeHeader(header);
    setLockAfterMinutes(header, 99);
    removePasskey(header, PASSKEY.credentialId);
    await addPasskey(header, KEY, OTHER_PASSKEY, PRF, random);
    await rewrap(header, KEY, 'another one', random);
    expect(encodeHeader(header)).toEqual(before);
  });

  test('says after how many minutes the wallet locks', () => {
    expect(plain.lockAfterMinutes).toBe(10);
    expect(decodeHeader(encodeHeader(setLockAfterMinutes(header, 0))).lockAfterMinutes).toBe(0);
    expect(() => setLockAfterMinutes(header, -1)).toThrow('whole number');
    expect(() => setLockAfterMinutes(header, 0.5)).toThrow('whole number');
  });

  test('holds the vault key nowhere in the clear', () => {
    const stored = Buffer.from(encodeHeader(header)).toString('hex');
    for (const secret of [KEY, PRF, Buffer.from(PASSPHRASE)]) {
      expect(stored).not.toContain(Buffer.from(secret).toString('hex').slice(0, 16));
    }
  });

  test('comes back from its bytes, whatever is in it', () => {
    const integer = fc.maxSafeNat();
    const wrapped = { nonce: bytes(12), wrapped: bytes(48) };
    const passkey = fc.record({
      credentialId: fc.uint8Array({ minLength: 1, maxLength: 1023 }),
      salt: bytes(32),
      addedAtMs: integer,
      ...wrapped,
    });
    const cost = { memoryKib: integer, passes: integer, lanes: integer, salt: bytes(16) };
    const any = fc.record({
      passphrase: fc.record({ ...cost, ...wrapped }),
      passkeys: fc.array(passkey, { maxLength: 4 }),
      lockAfterMinutes: integer,
    });
    fc.assert(
      fc.property(any, (value) => {
        expect(decodeHeader(encodeHeader(value as VaultHeader))).toEqual(value);
      }),
    );
  });

  test('of a newer version is told from a damaged one', () => {
    for (const v of [2, 3, 1e9]) {
      expectVaultError(
        thrown(() => decodeHeader(summed({ v }))),
        'newer',
      );
      expectVaultError(
        thrown(() => decodeHeader(summed({ ...header, v }))),
        'newer',
      );
    }
    for (const v of [0, -1, 1.5, '1', null, true]) {
      expectVaultError(
        thrown(() => decodeHeader(summed({ ...header, v }))),
        'damaged',
      );
    }
  });

  test.each<[string, unknown]>([
    ['no map', []],
    ['a number', 1],
    ['nothing', null],
    ['a text', 'vault'],
    ['an empty map', {}],
    ['no passphrase', { ...header, v: 1, passphrase: null }],
    ['no list of passkeys', { ...header, v: 1, passkeys: {} }],
    ['a passkey that is none', { ...header, v: 1, passkeys: [null] }],
    ['too many passkeys', { ...header, v: 1, passkeys: Array(65).fill(header.passkeys[0]) }],
    ['a salt that is too short', { v: 1, ...changed(header, { salt: new Uint8Array(15) }) }],
    ['a nonce that is too long', { v: 1, ...changed(header, { nonce: new Uint8Array(13) }) }],
    ['half a pass', { v: 1, ...changed(header, { passes: 2.5 }) }],
    ['fewer passes than none', { v: 1, ...changed(header, { passes: -2 }) }],
    ['a time that is none', { ...header, v: 1, lockAfterMinutes: '10' }],
  ])('that is %s is damaged', (_what, value) => {
    expectVaultError(
      thrown(() => decodeHeader(summed(value))),
      'damaged',
    );
  });

  test('that was cut off is damaged', () => {
    const stored = encodeHeader(header);
    for (let length = 0; length < stored.length; length++) {
      expectVaultError(
        thrown(() => decodeHeader(stored.subarray(0, length))),
        'damaged',
      );
    }
  });

  test('with any bit turned opens by the passkey or is refused in words', async () => {
    const stored = encodeHeader(header);
    for (let bit = 0; bit < 8 * stored.length; bit++) {
      let key: Uint8Array;
      try {
        key = await openWithPasskey(decodeHeader(flipped(stored, bit)), PASSKEY.credentialId, PRF);
      } catch (error) {
        expectVaultError(error, 'damaged', 'newer', 'wrong passkey');
        continue;
      }
      expect(key).toEqual(KEY);
    }
  });

  test('whatever its bytes, is read or refused in words', () => {
    const stored = encodeHeader(header);
    const spoilt = fc
      .tuple(fc.nat({ max: stored.length - 1 }), fc.uint8Array({ minLength: 1, maxLength: 8 }))
      .map(([at, patch]) =>
        Buffer.concat([stored.subarray(0, at), patch, stored.subarray(at + 2)]),
      );
    fc.assert(
      fc.property(fc.oneof(spoilt, fc.uint8Array({ maxLength: 80 })), (value) => {
        try {
          decodeHeader(value);
        } catch (error) {
          expect(error).toBeInstanceOf(VaultError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
