import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';

import { IdbRecords } from '../../src/ports/idb-records.ts';
import { decodeCopy, encodeCopy, encodeJournalRecord } from '../../src/vault/copy-file.ts';
import {
  decodeHeader,
  encodeHeader,
  newHeader,
  setLockAfterMinutes,
} from '../../src/vault/key-wrap.ts';
import { systemRandom } from '../../src/ports/system.ts';
import type { JournalRecord, SecondCopy, StoredRecords } from '../../src/vault/records.ts';
import { RecordCipher } from '../../src/vault/sealed.ts';
import { SealedStore } from '../../src/vault/sealed-store.ts';
import { VaultError } from '../../src/vault/vault-error.ts';
import { StoreError } from '../../src/wallet/ports.ts';

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

const HEADER = encodeHeader(
  await newHeader(new Uint8Array(32), 'three green boats sing', systemRandom, 15),
);
const cipher = await RecordCipher.fromVaultKey(new Uint8Array(32).fill(7));
const events = { blocked() {}, outdated() {}, lost() {} };
const entry = (n: number) => Uint8Array.of(n, n, n);

/** The file of the second copy, in memory. */
class FileCopy implements SecondCopy {
  readonly state = 'kept';
  readonly hasUnread = false;
  file: Uint8Array = new Uint8Array();

  read(): Promise<readonly StoredRecords[]> {
    const copy = decodeCopy(this.file);
    return Promise.resolve(copy ? [copy] : []);
  }

  begin(records: StoredRecords): Promise<void> {
    this.file = new Uint8Array(encodeCopy(records).flatMap((frame) => [...frame]));
    return Promise.resolve();
  }

  append(record: JournalRecord): Promise<void> {
    this.file = Uint8Array.of(...this.file, ...encodeJournalRecord(record));
    return Promise.resolve();
  }

  close(): void {}
}

interface Place {
  readonly store: SealedStore;
  readonly records: IdbRecords;
  readonly copy: FileCopy;
}

/** The wallet as a start finds it: the database again, and the file as it was left. */
async function start(copy = new FileCopy()): Promise<Place> {
  const records = await IdbRecords.open(events);
  return { store: new SealedStore(HEADER, cipher, records, copy), records, copy };
}

async function made(): Promise<Place> {
  const place = await start();
  await SealedStore.create(cipher, place.records, HEADER, [entry(100)]);
  await place.store.load();
  return place;
}

async function entriesOf({ store }: Place): Promise<number[]> {
  const { entries } = await store.load();
  return entries.map(([first]) => first!);
}

/** Does something to the database behind the wallet's back. */
async function tamper(act: (transaction: IDBTransaction) => void): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open('raida-wallet');
    request.onsuccess = () => resolve(request.result);
  });
  const transaction = database.transaction(['sealed pages', 'sealed journal', 'meta'], 'readwrite');
  act(transaction);
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  database.close();
}

test('what was appended and compacted is there at the next start, in its order', async () => {
  const { store, copy } = await made();
  await store.append(entry(1));
  await store.append(entry(2));
  expect(await entriesOf(await start(copy))).toEqual([100, 1, 2]);
  const next = await start(copy);
  await next.store.load();
  await next.store.compact([entry(50), entry(51)]);
  await next.store.append(entry(3));
  const again = await start(next.copy);
  expect(await again.store.load()).toMatchObject({ journalEntries: 1 });
  expect(await entriesOf(again)).toEqual([50, 51, 3]);
});

test('nothing of an entry is stored in the clear, in neither copy', async () => {
  const { store, records, copy } = await made();
  const secret = Uint8Array.from({ length: 40 }, (_, i) => 0xa0 + (i % 16));
  await store.append(secret);
  const { journal } = (await records.load())!;
  expect(Buffer.from(journal[0]!.sealed).includes(Buffer.from(secret.subarray(0, 8)))).toBe(false);
  expect(Buffer.from(copy.file).includes(Buffer.from(secret.subarray(0, 8)))).toBe(false);
});

test('the database lost its last commits: they come from the second copy, and are said', async () => {
  const { store, copy } = await made();
  for (let n = 1; n <= 4; n++) await store.append(entry(n));
  await tamper((transaction) => {
    transaction.objectStore('sealed journal').delete(3);
    transaction.objectStore('sealed journal').delete(4);
  });
  const again = await start(copy);
  expect(await entriesOf(again)).toEqual([100, 1, 2, 3, 4]);
  expect(again.store.reconciled).toMatchObject({ recovered: 2, diverged: null });
  await again.store.append(entry(5));
  // And now the database has them by itself.
  expect(await entriesOf(await start(new FileCopy()))).toEqual([100, 1, 2, 3, 4, 5]);
});

test('the database was thrown away: the wallet comes from the second copy', async () => {
  const { store, copy } = await made();
  await store.append(entry(1));
  globalThis.indexedDB = new IDBFactory();
  const again = await start(copy);
  expect(await entriesOf(again)).toEqual([100, 1]);
  expect((await again.records.glance()).header).toEqual(HEADER);
  await again.store.append(entry(2));
  expect(await entriesOf(await start(new FileCopy()))).toEqual([100, 1, 2]);
});

test('a compaction that the database lost', async () => {
  const { store, copy, records } = await made();
  await store.append(entry(1));
  const before = (await records.load())!;
  await store.load();
  await store.compact([entry(50)]);
  await store.append(entry(2));
  await store.load();
  await records.load();
  await records.replace(before.base, before.journal, false);
  const again = await start(copy);
  expect(await entriesOf(again)).toEqual([50, 2]);
  expect(again.store.reconciled.recovered).toBeGreaterThan(0);
});

test('the second copy is behind, torn or missing: the database counts', async () => {
  const { store, copy } = await made();
  await store.append(entry(1));
  const behind = Uint8Array.from(copy.file);
  await store.append(entry(2));
  for (const file of [behind, copy.file.slice(0, -3), new Uint8Array(), Uint8Array.of(9, 9, 9)]) {
    const other = new FileCopy();
    other.file = file;
    const again = await start(other);
    expect(await entriesOf(again)).toEqual([100, 1, 2]);
    expect(again.store.reconciled).toMatchObject({ recovered: 0, diverged: null });
    // It is whole again.
    expect(decodeCopy(other.file)!.journal).toHaveLength(2);
  }
});

test('copies that went their own ways: the database counts, and the other one is handed out', async () => {
  const { store, copy } = await made();
  await store.append(entry(1));
  await store.append(entry(2));
  await tamper((transaction) => transaction.objectStore('sealed journal').delete(2));
  // A start that could not read the second copy goes on with another entry under the same number.
  const forked = await start(new FileCopy());
  await forked.store.load();
  await forked.store.append(entry(3));
  const again = await start(copy);
  const { entries } = await again.store.load();
  expect(entries.map(([first]) => first)).toEqual([100, 1, 3]);
  expect(again.store.reconciled.diverged!.map(([first]) => first)).toEqual([100, 1, 2]);
});

test('a damaged record comes from the second copy; without one it is said, and nothing changes', async () => {
  const { store, copy } = await made();
  await store.append(entry(1));
  await store.append(entry(2));
  const spoil = (transaction: IDBTransaction) => {
    transaction.objectStore('sealed journal').put(new Uint8Array(40), 1);
  };
  await tamper(spoil);
  await expect((await start(new FileCopy())).store.load()).rejects.toThrow(VaultError);
  await expect((await start(new FileCopy())).store.load()).rejects.toThrow(
    /damaged.*Nothing was changed.*backup/s,
  );
  const again = await start(copy);
  expect(await entriesOf(again)).toEqual([100, 1, 2]);
});

test('records that change places, or one that is missing in the middle, are not believed', async () => {
  const changes: ((transaction: IDBTransaction, journal: Uint8Array[]) => void)[] = [
    (transaction, [one, two]) => {
      transaction.objectStore('sealed journal').put(two, 1);
      transaction.objectStore('sealed journal').put(one, 2);
    },
    (transaction) => transaction.objectStore('sealed journal').delete(1),
    (transaction, [one]) => transaction.objectStore('sealed pages').put(one, 0),
    (transaction) => transaction.objectStore('sealed pages').delete(0),
    (transaction) => transaction.objectStore('meta').put(5, 'generation'),
  ];
  for (const change of changes) {
    globalThis.indexedDB = new IDBFactory();
    const { store, records } = await made();
    for (let n = 1; n <= 3; n++) await store.append(entry(n));
    const { journal } = (await records.load())!;
    await tamper((transaction) =>
      change(
        transaction,
        journal.map(({ sealed }) => sealed),
      ),
    );
    await expect((await start(new FileCopy())).store.load()).rejects.toThrow(/damaged/);
  }
});

test('another vault key opens nothing', async () => {
  const { records } = await made();
  const other = await RecordCipher.fromVaultKey(new Uint8Array(32).fill(8));
  await expect(new SealedStore(HEADER, other, records, new FileCopy()).load()).rejects.toThrow(
    /damaged/,
  );
});

test('a header that is replaced is replaced in both copies, and entries go on', async () => {
  const { store, copy, records } = await made();
  await store.append(entry(1));
  const header = encodeHeader(setLockAfterMinutes(decodeHeader(HEADER), 5));
  await Promise.all([
    store.append(entry(2)),
    store.putHeader(header, true, () => undefined),
    store.append(entry(3)),
  ]);
  expect((await records.glance()).header).toEqual(header);
  expect(decodeCopy(copy.file)!.header).toEqual(header);
  expect(Buffer.from(copy.file).includes(Buffer.from(HEADER))).toBe(false);
  expect(await entriesOf(await start(copy))).toEqual([100, 1, 2, 3]);
});

test('an entry that the database refused is not in the second copy either', async () => {
  const { store, records, copy } = await made();
  await store.append(entry(1));
  records.close();
  await expect(store.append(entry(2))).rejects.toThrow(StoreError);
  expect(decodeCopy(copy.file)!.journal).toHaveLength(1);
});

test('whatever is cut off a file of the second copy, what is left is a beginning of it, or nothing', () => {
  const blob = fc.uint8Array({ maxLength: 20 });
  fc.assert(
    fc.property(blob, fc.array(blob), fc.array(blob), fc.nat(), (header, pages, blobs, cut) => {
      const journal = blobs.map((sealed, i) => ({ number: 8 + i, sealed }));
      const records = {
        header,
        base: { generation: 3, last: 7, pages },
        journal: journal.slice(0, 2),
        unmerged: false,
      };
      const frames = [...encodeCopy(records), ...journal.slice(2).map(encodeJournalRecord)];
      const file = new Uint8Array(frames.flatMap((frame) => [...frame]));
      expect(decodeCopy(file)).toEqual({ ...records, journal });
      const part = decodeCopy(file.subarray(0, cut % (file.length + 1)));
      if (!part) return;
      expect(part).toMatchObject({ header, base: records.base });
      expect(journal.slice(0, part.journal.length)).toEqual(part.journal);
      expect(part.journal.length).toBeGreaterThanOrEqual(records.journal.length);
    }),
  );
});

test('noise is never taken for a copy, and never stops anything', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      const copy = decodeCopy(noise);
      expect(copy === null || copy.header instanceof Uint8Array).toBe(true);
    }),
  );
});
