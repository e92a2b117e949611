import { armor, Encrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { encode } from 'cborg';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { type Backup, openBackup, sealBackup } from '../../src/vault/backup-file.ts';
import { RequestRefused } from '../../src/wallet/refusal.ts';
import { flipped, rejection } from './support.ts';

const PASSPHRASE = 'correct horse battery staple';
const BACKUP: Backup = {
  madeAtMs: 1_763_800_000_000,
  entries: [Uint8Array.from([1, 2, 3]), new Uint8Array()],
};
/** `{ entries: [h'010203', h''], format: "raida-wallet backup", version: 1, madeAtMs: 1763800000000 }`. */
const PLAIN = Buffer.from(
  'a466666f726d61747372616964612d77616c6c6574206261636b757067656e7472696573824301020340' +
    '6776657273696f6e01686d61646541744d731b0000019aaaac2600',
  'hex',
);
/** PLAIN under PASSPHRASE, by age 1.1.1 of Debian: `age -p -a`. */
const OF_THE_AGE_TOOL = `-----BEGIN AGE ENCRYPTED FILE-----
YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBNd0VlMXdia3dadnBVUmdx
bGtHU2ZRIDE4CmUvTnVSMzFrazFua0VsZzVWVjA1VVZNVW84VVBKQnk1L3JKTkgv
VmI3VzQKLS0tIHlVbWUyOUp6aTRKaFZvdUI2a3JobURXWGRVdGRpK3pXemdlWGVN
TExhOFkKdDubfKGA9fq72PdLXKzhgJPY5NIYJGdgg2vYocCOfal3a0KHUn8jUYsc
A4961Gg8CNQDDjQHp3rUWefRRVeUfI7pBbwcJgbFq6/WvNyyYniPmX/ENtEqA5xU
/N/+X1rE1DMhpbM=
-----END AGE ENCRYPTED FILE-----
`;
const DIGEST = new Uint8Array(createHash('sha256').update(PLAIN).digest());

/** 2^2: what stretching costs is no matter here. */
const QUICK = { workFactor: 2 };
const { bytes: file } = await sealBackup(BACKUP, PASSPHRASE, QUICK);
const header = Buffer.from(file).toString('latin1').split('\n').slice(0, 2).join('\n');

async function refusal(bytes: Uint8Array, passphrase = PASSPHRASE): Promise<string> {
  const error = await rejection(openBackup(bytes, passphrase));
  expect(error).toBeInstanceOf(RequestRefused);
  return (error as RequestRefused).message;
}

async function ageOf(plain: Uint8Array): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(PASSPHRASE);
  encrypter.setScryptWorkFactor(2);
  return encrypter.encrypt(plain);
}

const WRONG = 'This passphrase does not open this backup file. Nothing was changed.';
const DAMAGED = 'This backup file is damaged or was cut off. Nothing was changed.';
const NOT_OURS = 'This is not a backup file of this wallet. Nothing was changed.';
const NEWER = 'This backup file was made by a newer version of this page. Reload the page';

describe('a backup file', () => {
  test('that the age tool made opens, whatever a mail did to its lines', async () => {
    const text = Buffer.from(`\ufeff\n ${OF_THE_AGE_TOOL.replaceAll('\n', '\r\n')}\r\n`);
    expect(await openBackup(text, PASSPHRASE)).toEqual({ ...BACKUP, digest: DIGEST });
  });

  test('holds the plain text of the docstring, and its digest', async () => {
    const { bytes, digest } = await sealBackup(BACKUP, PASSPHRASE, QUICK);
    expect(digest).toEqual(DIGEST);
    expect(await openBackup(bytes, PASSPHRASE)).toEqual({ ...BACKUP, digest });
  });

  test('of any wallet comes back whole, also above the 64 KiB of one chunk', async () => {
    const entries = fc.oneof(
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }),
      fc.nat({ max: 150_000 }).map((size) => [new Uint8Array(size).fill(7)]),
      fc.constantFrom(65_535, 65_536, 65_537).map((size) => [new Uint8Array(size - 90)]),
    );
    const any = fc.record({ madeAtMs: fc.maxSafeNat(), entries });
    await fc.assert(
      fc.asyncProperty(any, fc.string({ unit: 'binary' }), async (backup, passphrase) => {
        const { bytes, digest } = await sealBackup(backup, passphrase, QUICK);
        const opened = await openBackup(bytes, passphrase);
        expect(opened.digest).toEqual(digest);
        expect(opened.madeAtMs).toBe(backup.madeAtMs);
        // Not `toEqual`, which takes its time with a hundred thousand bytes.
        expect(opened.entries).toHaveLength(backup.entries.length);
        opened.entries.forEach((entry, i) => {
          expect(Buffer.compare(entry, backup.entries[i]!)).toBe(0);
        });
      }),
      { numRuns: 50 },
    );
  });

  test('is stretched with N = 2^17, and never looks the same twice', async () => {
    const one = await sealBackup(BACKUP, PASSPHRASE);
    expect(Buffer.from(one.bytes).toString('latin1')).toMatch(
      /^age-encryption\.org\/v1\n-> scrypt [A-Za-z0-9+/]{22} 17\n/,
    );
    const other = await sealBackup(BACKUP, PASSPHRASE, QUICK);
    expect(other.digest).toEqual(one.digest);
    expect(Buffer.from(other.bytes).indexOf(Buffer.from(file.subarray(-16)))).toBe(-1);
  });

  test('opens with the passphrase of any keyboard, and of the age tool as it was typed', async () => {
    const { bytes } = await sealBackup(BACKUP, 'Cafe\u0301 \ufb01n', QUICK);
    expect(await openBackup(bytes, 'Caf\u00e9 fin')).toMatchObject(BACKUP);
    const encrypter = new Encrypter();
    encrypter.setPassphrase('Cafe\u0301');
    encrypter.setScryptWorkFactor(2);
    expect(await openBackup(await encrypter.encrypt(PLAIN), 'Cafe\u0301')).toMatchObject(BACKUP);
  });
});

test('too little memory is neither damage nor another passphrase', async () => {
  const scarce = new Proxy(Uint8Array, {
    construct(target, how: [number]) {
      // What scrypt takes with N = 4.
      if (how[0] === 4 * 1_024) throw new RangeError('Array buffer allocation failed');
      return Reflect.construct(target, how) as Uint8Array;
    },
  });
  vi.stubGlobal('Uint8Array', scarce);
  onTestFinished(() => void vi.unstubAllGlobals());
  const sealing = await rejection(sealBackup(BACKUP, PASSPHRASE, QUICK));
  const opening = await rejection(openBackup(file, PASSPHRASE));
  for (const error of [sealing, opening]) {
    expect(error).toBeInstanceOf(RequestRefused);
    expect((error as RequestRefused).message).toMatch(/^This device has too little free memory /);
  }
});

describe('a backup file is refused', () => {
  test.each(['', 'correct horse battery stapl', PASSPHRASE.toUpperCase()])(
    'under another passphrase: "%s"',
    async (passphrase) => expect(await refusal(file, passphrase)).toBe(WRONG),
  );

  test('when a bit of it was turned, in any byte', async () => {
    for (let bit = 0; bit < 8 * file.length; bit += 7) {
      expect(await refusal(flipped(file, bit))).toMatch(
        /does not open|is damaged|is not a backup|newer version/,
      );
    }
  });

  test('as damaged, when that bit is in what is encrypted', async () => {
    const start = Buffer.from(file).indexOf('\n---');
    for (let bit = 8 * (start + 100); bit < 8 * file.length; bit += 7) {
      expect(await refusal(flipped(file, bit))).toContain(DAMAGED);
    }
  });

  test('when it was cut off, anywhere, or goes on', async () => {
    for (let length = 19; length < file.length; length++) {
      expect(await refusal(file.subarray(0, length))).toContain(DAMAGED);
    }
    expect(await refusal(Buffer.concat([file, Buffer.of(0)]))).toContain(DAMAGED);
  });

  test('when it was cut off between two chunks', async () => {
    const long = { ...BACKUP, entries: [new Uint8Array(200_000)] };
    const { bytes } = await sealBackup(long, PASSPHRASE, QUICK);
    const payload = Buffer.from(bytes).indexOf('\n', Buffer.from(bytes).indexOf('\n---') + 1) + 17;
    for (const chunks of [0, 1, 2, 3]) {
      const cut = bytes.subarray(0, payload + chunks * (65_536 + 16));
      expect(await refusal(cut)).toContain(DAMAGED);
    }
  });

  test.each<[string, string | Uint8Array]>([
    ['empty', ''],
    ['a text', 'abandon ability able'],
    ['a list of coins', 'RAIDA-COINS:1:AAAA.'],
    ['a picture', Uint8Array.from([0x89, 0x50, 0x4e, 0x47])],
    ['cut off in the first line', 'age-encryption'],
  ])('when it is none: %s', async (_what, bytes) => {
    expect(await refusal(Buffer.from(bytes))).toBe(NOT_OURS);
  });

  test('when it is for a key, not under a passphrase', async () => {
    const encrypter = new Encrypter();
    encrypter.addRecipient(await identityToRecipient(await generateIdentity()));
    expect(await refusal(await encrypter.encrypt(PLAIN))).toBe(NOT_OURS);
  });

  test.each<[string, unknown]>([
    ['no CBOR', null],
    ['a number', 5],
    ['no map', []],
    ['nothing', undefined],
    ['another format', { format: 'letters', version: 1, madeAtMs: 0, entries: [] }],
  ])('when what is in it is not ours: %s', async (_what, value) => {
    const plain = value === null ? Buffer.from('hello') : encode(value);
    expect(await refusal(await ageOf(plain))).toBe(NOT_OURS);
  });

  test.each<[string, object]>([
    ['no time', { madeAtMs: null }],
    ['a time that is none', { madeAtMs: -1 }],
    ['no entries', { entries: null }],
    ['entries that are none', { entries: ['text'] }],
    ['no version', { version: null }],
    ['version 0', { version: 0 }],
  ])('as damaged, with %s', async (_what, change) => {
    const plain = { format: 'raida-wallet backup', version: 1, ...BACKUP, ...change };
    expect(await refusal(await ageOf(encode(plain)))).toContain(DAMAGED);
  });

  test('when a newer version made it', async () => {
    const plain = { format: 'raida-wallet backup', version: 2, coins: [] };
    expect(await refusal(await ageOf(encode(plain)))).toContain(NEWER);
    const text = Buffer.from(file).toString('latin1').replace('org/v1', 'org/v2');
    expect(await refusal(Buffer.from(text, 'latin1'))).toContain(NEWER);
  });

  test.each(['19', '20', '22', '30', '99999999999999999999'])(
    'before anything is computed, when opening it takes too much: 2^%s',
    async (factor) => {
      const text = Buffer.from(file).toString('latin1');
      const dear = Buffer.from(text.replace(header, header.replace(/ 2$/, ` ${factor}`)), 'latin1');
      expect(await refusal(dear)).toMatch(
        /^This backup file takes more memory to open than .* 18 /,
      );
      expect(await refusal(Buffer.from(armor.encode(dear)))).toContain('takes more memory');
    },
  );

  test.each(['0', '02', '-1', '1e9', '0x11', ' 2', ''])(
    'when its work factor is "%s"',
    async (factor) => {
      const text = Buffer.from(file).toString('latin1');
      const spoilt = Buffer.from(text.replace(header, header.replace(/2$/, factor)), 'latin1');
      expect(await refusal(spoilt)).toContain(DAMAGED);
    },
  );

  test('when a second stanza asks for more than the first', async () => {
    const text = Buffer.from(file).toString('latin1');
    const [, scrypt, body] = text.split('\n') as [string, string, string];
    const dear = scrypt.replace(/ 2$/, ' 30');
    for (const lines of [
      `${scrypt}\n${body}\n${dear}\n${body}\n`,
      `-> x y\n\n${dear}\n${body}\n`,
    ]) {
      const spoilt = Buffer.from(text.replace(`${scrypt}\n${body}\n`, lines), 'latin1');
      expect(await refusal(spoilt)).toMatch(/is damaged|is not a backup/);
    }
  });

  test('when its armor is damaged', async () => {
    const text = armor.encode(file);
    for (const spoilt of [
      text.slice(0, 200),
      text.replace('END AGE', 'END EGA'),
      text.replace(/\n[^-]/, '\n*'),
      `${text}and more`,
    ]) {
      expect(await refusal(Buffer.from(spoilt))).toContain(DAMAGED);
    }
  });

  test('whatever it is', async () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .constantFrom(header, '\n', '-> scrypt AAAAAAAAAAAAAAAAAAAAAA 2\n', '--- AAAA\n', ' ')
        .map((text) => Buffer.from(text)),
      fc
        .constantFrom('age-encryption.org/v1\n', '-----BEGIN AGE ENCRYPTED FILE-----\n')
        .map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        await refusal(Buffer.concat(parts));
      }),
      { numRuns: 500 },
    );
  });
});
