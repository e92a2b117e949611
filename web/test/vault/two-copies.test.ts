import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { beforeEach, expect, test } from 'vitest';

import { IdbRecords } from '../../src/ports/idb-records.ts';
import { OpfsCopy } from '../../src/ports/opfs-copy.ts';
import { encodeCopy, encodeJournalRecord } from '../../src/vault/copy-file.ts';
import {
  decodeHeader,
  encodeHeader,
  newHeader,
  setLockAfterMinutes,
} from '../../src/vault/key-wrap.ts';
import { systemRandom } from '../../src/ports/system.ts';
import { openCopy, reconcile } from '../../src/vault/reconcile.ts';
import { journalPlace, pagePlace, type StoredRecords } from '../../src/vault/records.ts';
import { RecordCipher } from '../../src/vault/sealed.ts';
import { SealedStore } from '../../src/vault/sealed-store.ts';
import { VaultError } from '../../src/vault/vault-error.ts';
import { StoreError, TakenOverError } from '../../src/wallet/ports.ts';
import { FakeOpfs } from '../support/fake-opfs.ts';

const HEADER = encodeHeader(
  await newHeader(new Uint8Array(32), 'three green boats sing', systemRandom, 15),
);
const OTHER_HEADER = encodeHeader(setLockAfterMinutes(decodeHeader(HEADER), 5));
const events = { blocked() {}, outdated() {}, lost() {} };
const cipher = await RecordCipher.fromVaultKey(new Uint8Array(32).fill(7));
const entry = (n: number) => Uint8Array.of(n, n, n);
const firsts = (entries: readonly Uint8Array[]) => entries.map(([first]) => first);

let opfs: FakeOpfs;
beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  opfs = new FakeOpfs();
  opfs.install();
});

async function start() {
  const records = await IdbRecords.open(events);
  const copy = new OpfsCopy();
  return { store: new SealedStore(HEADER, cipher, records, copy), records, copy };
}

async function made() {
  const place = await start();
  await SealedStore.create(cipher, place.records, HEADER, [entry(100)]);
  await place.store.load();
  return place;
}

function kill({ store }: { readonly store: SealedStore }): void {
  store.close();
  opfs.unlockAll();
}

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

const damage = (number: number) => (transaction: IDBTransaction) => {
  transaction.objectStore('sealed journal').put(Uint8Array.of(1, 0, 0), number);
};

async function stored(): Promise<StoredRecords> {
  const records = await IdbRecords.open(events);
  const all = await records.load();
  records.close();
  return all!;
}

async function sealedAs(
  [generation, last]: readonly [number, number],
  pages: readonly number[],
  journal: readonly (readonly [number, number])[],
): Promise<StoredRecords> {
  const base = { generation, last, pages: pages.map(entry) };
  return {
    header: HEADER,
    base: {
      ...base,
      pages: await Promise.all(base.pages.map((page, i) => cipher.seal(page, pagePlace(base, i)))),
    },
    journal: await Promise.all(
      journal.map(async ([number, n]) => ({
        number,
        sealed: await cipher.seal(entry(n), journalPlace(number)),
      })),
    ),
    unmerged: false,
  };
}

test('a first copy with a damaged record is not replaced by a second one that is older', async () => {
  const one = await made();
  for (const n of [1, 2, 3]) await one.store.append(entry(n));
  // Its file cannot be written to any more, and stays behind.
  opfs.quota = opfs.used;
  for (let n = 4; n <= 20; n++) await one.store.append(entry(n));
  expect(one.copy.state).toBe('failed');
  kill(one);
  await tamper(damage(15));
  opfs.quota = Infinity;
  await expect((await start()).store.load()).rejects.toThrow(/damaged.*Nothing was changed/s);
  expect((await stored()).journal).toHaveLength(20);
});

test('a damaged last record is not left out, and nothing is written under its number', async () => {
  const one = await made();
  for (const n of [1, 2]) await one.store.append(entry(n));
  opfs.quota = opfs.used;
  await one.store.append(entry(3));
  kill(one);
  opfs.quota = Infinity;
  await tamper(damage(3));
  await expect((await start()).store.load()).rejects.toThrow(VaultError);
});

test('a copy that went its own way is kept until it is merged', async () => {
  const one = await made();
  for (const n of [1, 2, 3]) await one.store.append(entry(n));
  kill(one);
  const other = await cipher.seal(entry(33), journalPlace(3));
  await tamper((transaction) => transaction.objectStore('sealed journal').put(other, 3));
  const again = await start();
  await again.store.load();
  expect(firsts(again.store.reconciled.diverged!)).toEqual([100, 1, 2, 3]);
  await again.store.append(entry(4));
  await again.store.compact([entry(50)]);
  await expect(again.store.putHeader(OTHER_HEADER, true, () => undefined)).rejects.toThrow(
    /merged/,
  );
  kill(again);
  const third = await start();
  await third.store.load();
  expect(third.store.reconciled.diverged).not.toBeNull();
  await third.store.merged();
  kill(third);
  const last = await start();
  expect(firsts((await last.store.load()).entries)).toEqual([100, 1, 2, 33, 4]);
  expect(last.store.reconciled.diverged).toBeNull();
});

test('copies that parted before one of them was compacted: what only one has is handed out', async () => {
  const journal = [1, 2, 3].map((n) => [n, n] as const);
  const first = await sealedAs([1, 0], [100], [...journal, [4, 44], [5, 55]]);
  const second = await sealedAs([2, 5], [105], [[6, 6]]);
  const { entries, diverged } = reconcile(
    await openCopy(first, cipher),
    await openCopy(second, cipher),
  );
  expect(firsts(entries)).toEqual([105, 6]);
  expect(firsts(diverged!)).toContain(44);
});

test('a wallet that only the second copy has is doubtful until that is made up for', async () => {
  const one = await made();
  await one.store.append(entry(1));
  kill(one);
  globalThis.indexedDB = new IDBFactory();
  const again = await start();
  expect(firsts((await again.store.load()).entries)).toEqual([100, 1]);
  expect(again.store.reconciled).toMatchObject({ diverged: null, isDoubtful: true });
  kill(again);
  // Killed before: the next start makes up for it, and not the one after that.
  const third = await start();
  await third.store.load();
  expect(third.store.reconciled.isDoubtful).toBe(true);
  await third.store.merged();
  kill(third);
  const last = await start();
  await last.store.load();
  expect(last.store.reconciled).toMatchObject({ diverged: null, isDoubtful: false });
});

test('a folder that does not open while it is read: nothing in it is removed', async () => {
  const one = await made();
  for (const n of [1, 2, 3]) await one.store.append(entry(n));
  kill(one);
  await tamper((transaction) => transaction.objectStore('sealed journal').delete(3));
  const { storage } = navigator;
  const getDirectory = storage.getDirectory.bind(storage);
  storage.getDirectory = () => {
    storage.getDirectory = getDirectory;
    return Promise.reject(new DOMException('not now', 'NotReadableError'));
  };
  const blind = await start();
  await blind.store.load();
  expect(blind.copy.hasUnread).toBe(true);
  kill(blind);
  const again = await start();
  expect(firsts((await again.store.load()).entries)).toEqual([100, 1, 2, 3]);
});

test('a copy that could not be read, and went another way than what came after: handed out', async () => {
  const one = await made();
  for (const n of [1, 2, 3]) await one.store.append(entry(n));
  kill(one);
  await tamper((transaction) => {
    transaction.objectStore('sealed journal').delete(2);
    transaction.objectStore('sealed journal').delete(3);
  });
  opfs.failsToRead = () => true;
  const blind = await start();
  await blind.store.load();
  for (const n of [22, 33, 44]) await blind.store.append(entry(n));
  kill(blind);
  opfs.failsToRead = () => false;
  const again = await start();
  expect(firsts((await again.store.load()).entries)).toEqual([100, 1, 22, 33, 44]);
  expect(firsts(again.store.reconciled.diverged!)).toEqual([100, 1, 2, 3]);
});

test('a header that was replaced just before a kill is in no copy after the next start', async () => {
  const one = await made();
  await one.store.compact(Array.from({ length: 50 }, () => new Uint8Array(1_000)));
  await one.records.putHeader(OTHER_HEADER);
  kill(one);
  opfs.quota = opfs.used + 100;
  const again = await start();
  await again.store.load();
  kill(again);
  expect(await new OpfsCopy().read()).toEqual([]);
});

test('a storage that cannot be listed keeps nobody out', async () => {
  const one = await made();
  await one.store.append(entry(1));
  kill(one);
  const { storage } = navigator;
  storage.getDirectory = () => Promise.reject(new DOMException('no', 'NotReadableError'));
  const again = await start();
  expect(firsts((await again.store.load()).entries)).toEqual([100, 1]);
  await again.store.append(entry(2));
  expect(again.copy.state).toBe('failed');
});

test('a second copy without room takes none from the first one', async () => {
  const one = await made();
  await one.store.compact(Array.from({ length: 50 }, () => new Uint8Array(1_000)));
  kill(one);
  opfs.quota = opfs.used + 30_000;
  const before = opfs.used;
  for (let i = 0; i < 3; i++) {
    const again = await start();
    await again.store.load();
    expect(again.copy.state).toBe('failed');
    kill(again);
    expect(opfs.used).toBe(before);
  }
});

test('no room for a new file of the second copy: the one before goes on and stays whole', async () => {
  const one = await made();
  await one.store.append(entry(1));
  opfs.quota = opfs.used + 200;
  await one.store.compact(Array.from({ length: 50 }, () => new Uint8Array(1_000).fill(5)));
  expect(one.copy.state).toBe('kept');
  await one.store.append(entry(2));
  kill(one);
  const [left] = await new OpfsCopy().read();
  expect(left!.journal.map(({ number }) => number)).toEqual([1, 2]);
});

test('a header that was replaced is in no copy, also where there is no room', async () => {
  const one = await made();
  await one.store.compact(Array.from({ length: 50 }, () => new Uint8Array(1_000)));
  opfs.quota = opfs.used + 100;
  await one.store.putHeader(OTHER_HEADER, true, () => undefined);
  expect(one.copy.state).toBe('failed');
  kill(one);
  expect(await new OpfsCopy().read()).toEqual([]);
});

test('a copy that cannot be read just now is not removed', async () => {
  const one = await made();
  for (const n of [1, 2, 3]) await one.store.append(entry(n));
  kill(one);
  await tamper((transaction) => transaction.objectStore('sealed journal').delete(3));
  opfs.failsToRead = () => true;
  const blind = await start();
  await blind.store.load();
  expect(blind.copy.hasUnread).toBe(true);
  kill(blind);
  opfs.failsToRead = () => false;
  const again = await start();
  expect(firsts((await again.store.load()).entries)).toEqual([100, 1, 2, 3]);
});

test('a header that is stored takes the wallet back from nobody (I3)', async () => {
  const older = await made();
  await older.store.append(entry(1));
  const newer = await start();
  const put = older.records.putHeader.bind(older.records);
  // The other tab takes over between the write of the header and what is read after it.
  older.records.putHeader = async (header) => {
    await put(header);
    await newer.store.load();
    await newer.store.append(entry(2));
  };
  const change = older.store.putHeader(OTHER_HEADER, true, () => undefined);
  await expect(change).rejects.toThrow(TakenOverError);
  await expect(older.store.append(entry(66))).rejects.toThrow(TakenOverError);
  await newer.store.append(entry(3));
  expect((await stored()).journal).toHaveLength(3);
});

test('a take-over that failed takes nothing over (I3)', async () => {
  const older = await made();
  await older.store.append(entry(1));
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (
    this: IDBObjectStore,
    value: unknown,
    key?: IDBValidKey,
  ) {
    const request = put.call(this, value, key);
    if (key === 'epoch') request.addEventListener('success', () => this.transaction.abort());
    return request;
  };
  await expect(older.records.load()).rejects.toThrow(StoreError);
  IDBObjectStore.prototype.put = put;
  const newer = await start();
  await newer.store.load();
  await expect(older.records.append({ number: 2, sealed: entry(66) })).rejects.toThrow(
    TakenOverError,
  );
  await newer.store.append(entry(2));
});

test('of several files the one that goes furthest is read', async () => {
  const one = await made();
  for (const n of [1, 2, 3]) await one.store.append(entry(n));
  kill(one);
  const stale = encodeCopy(await sealedAs([1, 0], [100], []));
  opfs.files.set('copy-9', new Uint8Array(stale.flatMap((frame) => [...frame])));
  expect((await new OpfsCopy().read())[0]!.journal).toHaveLength(3);
});

test('a second copy with noise at its end neither holds the wallet up nor is it preferred', async () => {
  const one = await made();
  for (const n of [1, 2]) await one.store.append(entry(n));
  kill(one);
  const [name, good] = [...opfs.files][0]!;
  const noise = encodeJournalRecord({ number: 0xffff_fff0, sealed: new Uint8Array(40) });
  opfs.files.set(name, Uint8Array.of(...good, ...noise));
  const again = await start();
  expect(firsts((await again.store.load()).entries)).toEqual([100, 1, 2]);
  kill(again);

  const stale = encodeCopy(await sealedAs([1, 0], [100], []));
  const file = new Uint8Array([...stale, noise].flatMap((frame) => [...frame]));
  opfs.files.set('copy-99', file);
  expect((await new OpfsCopy().read())[0]!.journal).toHaveLength(2);
});

test('a header that is damaged in the database is put right, and not copied', async () => {
  const one = await made();
  await one.store.append(entry(1));
  kill(one);
  const damaged = Uint8Array.from(HEADER);
  damaged[20]! ^= 1;
  await tamper((transaction) => transaction.objectStore('meta').put(damaged, 'header'));
  const again = await start();
  expect(firsts((await again.store.load()).entries)).toEqual([100, 1]);
  kill(again);
  expect((await stored()).header).toEqual(HEADER);
  expect((await new OpfsCopy().read())[0]!.header).toEqual(HEADER);
});

test('a header that another tab has changed meanwhile stays changed', async () => {
  const one = await made();
  const late = await start();
  await one.store.putHeader(OTHER_HEADER, true, () => undefined);
  kill(one);
  await late.store.load();
  expect(late.store.header).toEqual(OTHER_HEADER);
  kill(late);
  expect((await stored()).header).toEqual(OTHER_HEADER);
});
