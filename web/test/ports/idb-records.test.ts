import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { beforeEach, expect, test, vi } from 'vitest';

import { type IdbEvents, IdbRecords } from '../../src/ports/idb-records.ts';
import type { StoredRecords } from '../../src/vault/records.ts';
import { StoreError, TakenOverError } from '../../src/wallet/ports.ts';

beforeEach(() => {
  vi.restoreAllMocks();
  globalThis.indexedDB = new IDBFactory();
});

const bytes = (...numbers: number[]) => Uint8Array.from(numbers);
const NOTHING: IdbEvents = { blocked() {}, outdated() {}, lost() {} };
const open = (events: Partial<IdbEvents> = {}) => IdbRecords.open({ ...NOTHING, ...events });

const WALLET: StoredRecords = {
  header: bytes(1, 2, 3),
  base: { generation: 1, last: 0, pages: [bytes(9)] },
  journal: [],
  unmerged: false,
};

/** A wallet that was just made, and the store that holds it. */
async function made(): Promise<IdbRecords> {
  const store = await open();
  await store.create(WALLET);
  return store;
}

async function journalIn(store: IdbRecords): Promise<(readonly [number, number])[]> {
  const { journal } = (await store.load())!;
  return journal.map(({ number, sealed }) => [number, sealed[0]!] as const);
}

/** A database as the version before the vault left it. */
async function leavePlain(pages: Uint8Array[], journal: Uint8Array[]): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('raida-wallet', 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('pages', { autoIncrement: true });
      request.result.createObjectStore('journal', { autoIncrement: true });
      request.result.createObjectStore('meta');
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error!);
  });
  const transaction = database.transaction(['pages', 'journal'], 'readwrite');
  for (const page of pages) transaction.objectStore('pages').add(page);
  for (const entry of journal) transaction.objectStore('journal').add(entry);
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  database.close();
}

test('a new place is empty, and becomes a wallet in one transaction', async () => {
  const store = await open();
  expect(await store.glance()).toEqual({ header: null, hasPlain: false });
  expect(await store.load()).toBeNull();
  await store.create(WALLET);
  expect((await (await open()).glance()).header).toEqual(WALLET.header);
  expect(await (await open()).load()).toEqual(WALLET);
});

test('what was appended is there under its number, for this store and the next', async () => {
  const store = await made();
  await store.append({ number: 1, sealed: bytes(11) });
  await store.append({ number: 2, sealed: bytes(22) });
  expect(await journalIn(await open())).toEqual([
    [1, 11],
    [2, 22],
  ]);
});

test('nothing is ever written over another record', async () => {
  const store = await made();
  await store.append({ number: 1, sealed: bytes(11) });
  await expect(store.append({ number: 1, sealed: bytes(66) })).rejects.toThrow(StoreError);
  expect(await journalIn(store)).toEqual([[1, 11]]);
});

test('a new base replaces all before it', async () => {
  const store = await made();
  await store.append({ number: 1, sealed: bytes(11) });
  await store.replace({ generation: 2, last: 1, pages: [bytes(5), bytes(6)] }, [], false);
  await store.append({ number: 2, sealed: bytes(22) });
  expect(await store.load()).toEqual({
    header: WALLET.header,
    base: { generation: 2, last: 1, pages: [bytes(5), bytes(6)] },
    journal: [{ number: 2, sealed: bytes(22) }],
    unmerged: false,
  });
});

test('a store that another one has taken over from writes nothing any more (I3)', async () => {
  const older = await made();
  await older.append({ number: 1, sealed: bytes(11) });
  const newer = await open();
  await newer.load();
  const writes = [
    () => older.append({ number: 2, sealed: bytes(66) }),
    () => older.replace({ generation: 7, last: 1, pages: [] }, [], false),
    () => older.putHeader(bytes(7)),
  ];
  for (const write of writes) await expect(write()).rejects.toThrow(TakenOverError);
  await newer.append({ number: 2, sealed: bytes(22) });
  expect(await newer.load()).toMatchObject({ header: WALLET.header, base: WALLET.base });
  expect(await journalIn(newer)).toEqual([
    [1, 11],
    [2, 22],
  ]);
});

test('a store that has not read the wallet writes nothing', async () => {
  await made();
  const unread = await open();
  await expect(unread.append({ number: 1, sealed: bytes(1) })).rejects.toThrow(TakenOverError);
});

test('a look at a wallet takes it from nobody', async () => {
  const store = await made();
  await (await open()).glance();
  await store.append({ number: 1, sealed: bytes(11) });
  expect(await journalIn(store)).toEqual([[1, 11]]);
});

test('two tabs that make a wallet at once: the second one is told', async () => {
  const [one, other] = [await open(), await open()];
  await one.create(WALLET);
  await expect(other.create({ ...WALLET, header: bytes(6) })).rejects.toThrow(/Another tab/);
  expect((await one.glance()).header).toEqual(WALLET.header);
});

test('what an earlier version left in the clear is read, and gone once the wallet is made', async () => {
  await leavePlain([bytes(1)], [bytes(2), bytes(3)]);
  const store = await open();
  expect(await store.glance()).toEqual({ header: null, hasPlain: true });
  expect(await store.loadPlain()).toEqual([bytes(1), bytes(2), bytes(3)]);
  await store.create(WALLET);
  expect(await store.loadPlain()).toEqual([]);
  expect((await store.glance()).hasPlain).toBe(false);
});

test('every write asks for strict durability', async () => {
  const store = await made();
  const opened = vi.spyOn(IDBDatabase.prototype, 'transaction');
  await store.load();
  await store.append({ number: 1, sealed: bytes(1) });
  await store.putHeader(bytes(4));
  await store.replace(WALLET.base, [], false);
  expect(opened.mock.calls.map(([, , options]) => options)).toEqual(
    new Array(4).fill({ durability: 'strict' }),
  );
});

test('no room: told in words, and nothing has changed', async () => {
  const store = await made();
  const add = IDBObjectStore.prototype.add;
  vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (
    this: IDBObjectStore,
    value: unknown,
    key?: IDBValidKey,
  ) {
    if ((value as Uint8Array)[0] === 99) throw new DOMException('full', 'QuotaExceededError');
    return add.call(this, value, key);
  });
  await store.append({ number: 1, sealed: bytes(11) });
  const full = store.append({ number: 2, sealed: bytes(99) });
  await expect(full).rejects.toThrow(/no room left.*Free some/);
  await expect(full).rejects.toMatchObject({ reason: 'full' });
  const base = { generation: 2, last: 1, pages: [bytes(5), bytes(99)] };
  await expect(store.replace(base, [], false)).rejects.toThrow(/no room left/);
  expect(await store.load()).toMatchObject({ base: WALLET.base });
  expect(await journalIn(store)).toEqual([[1, 11]]);
  await store.append({ number: 2, sealed: bytes(22) });
});

test('a newer schema is left alone, and said', async () => {
  const database = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open('raida-wallet', 99);
    request.onsuccess = () => resolve(request.result);
  });
  database.close();
  await expect(open()).rejects.toThrow(/newer version of this page.*Reload/);
  await expect(open()).rejects.toMatchObject({ reason: 'newer' });
});

test('an upgrade elsewhere: the database is let go, and later writes fail', async () => {
  const outdated = vi.fn();
  const store = await open({ outdated });
  await store.create(WALLET);
  await new Promise<void>((resolve) => {
    const request = indexedDB.open('raida-wallet', 99);
    request.onsuccess = () => {
      request.result.close();
      resolve();
    };
  });
  expect(outdated).toHaveBeenCalledOnce();
  await expect(store.append({ number: 1, sealed: bytes(1) })).rejects.toThrow(StoreError);
});

test('an older version that is open elsewhere is said, and waited for', async () => {
  await leavePlain([], []);
  const older = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open('raida-wallet', 1);
    request.onsuccess = () => resolve(request.result);
  });
  const blocked = vi.fn(() => older.close());
  const store = await open({ blocked });
  expect(blocked).toHaveBeenCalledOnce();
  expect(await store.load()).toBeNull();
});

test('a store that was closed fails in words', async () => {
  const store = await made();
  store.close();
  await expect(store.append({ number: 1, sealed: bytes(1) })).rejects.toThrow(StoreError);
});

test('a browser that forbids storage: said, with what to do', async () => {
  vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
    throw new DOMException('no', 'SecurityError');
  });
  await expect(open()).rejects.toThrow(/forbids storage here.*private mode.*cookies/);
});
