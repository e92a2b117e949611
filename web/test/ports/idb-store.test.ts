import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { beforeEach, expect, test, vi } from 'vitest';

import { IdbStore } from '../../src/ports/idb-store.ts';
import { StoreError } from '../../src/wallet/ports.ts';

beforeEach(() => {
  vi.restoreAllMocks();
  globalThis.indexedDB = new IDBFactory();
});

const entry = (...bytes: number[]) => Uint8Array.from(bytes);

async function contents(store: IdbStore): Promise<number[][]> {
  const { entries } = await store.load();
  return entries.map((bytes) => [...bytes]);
}

test('what was appended is there in its order, for this store and the next', async () => {
  const store = await IdbStore.open();
  expect(await store.load()).toEqual({ entries: [], journalEntries: 0 });
  await store.append(entry(1));
  await store.append(entry(2, 2));
  expect(await contents(store)).toEqual([[1], [2, 2]]);
  expect(await contents(await IdbStore.open())).toEqual([[1], [2, 2]]);
});

test('compacted entries replace all before them, and come before all after them', async () => {
  const store = await IdbStore.open();
  await store.load();
  for (let i = 0; i < 5; i++) await store.append(entry(i));
  await store.compact([entry(10), entry(11)]);
  await store.append(entry(12));
  await store.compact([entry(20), entry(21), entry(22)]);
  await store.append(entry(23));
  const loaded = await store.load();
  expect(loaded.journalEntries).toBe(1);
  expect(loaded.entries.map(([first]) => first)).toEqual([20, 21, 22, 23]);
});

test('a store that another one has taken over from writes nothing any more (I3)', async () => {
  const older = await IdbStore.open();
  await older.load();
  await older.append(entry(1));
  const newer = await IdbStore.open();
  await newer.load();
  await expect(older.append(entry(66))).rejects.toThrow(/Another tab has taken over.*Reload/);
  await expect(older.compact([entry(67)])).rejects.toThrow(StoreError);
  await newer.append(entry(2));
  expect(await contents(newer)).toEqual([[1], [2]]);
});

test('a store that was never read writes nothing', async () => {
  const first = await IdbStore.open();
  await first.load();
  const unread = await IdbStore.open();
  await expect(unread.append(entry(1))).rejects.toThrow(StoreError);
  expect(await contents(first)).toEqual([]);
});

test('every write asks for strict durability', async () => {
  const store = await IdbStore.open();
  const opened = vi.spyOn(IDBDatabase.prototype, 'transaction');
  await store.load();
  await store.append(entry(1));
  await store.compact([entry(1)]);
  expect(opened.mock.calls.map(([, , options]) => options)).toEqual(
    new Array(3).fill({ durability: 'strict' }),
  );
});

test('no room: told in words, and neither the journal nor what was compacted has changed', async () => {
  const store = await IdbStore.open();
  await store.load();
  await store.append(entry(1));
  const add = IDBObjectStore.prototype.add;
  vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (
    this: IDBObjectStore,
    value: unknown,
  ) {
    if ((value as Uint8Array)[0] === 99) throw new DOMException('full', 'QuotaExceededError');
    return add.call(this, value);
  });
  await expect(store.append(entry(99))).rejects.toThrow(/no room left.*Free some/);
  await expect(store.compact([entry(5), entry(99)])).rejects.toThrow(/no room left/);
  expect(await contents(store)).toEqual([[1]]);
  await store.append(entry(2));
  expect(await contents(store)).toEqual([[1], [2]]);
});
