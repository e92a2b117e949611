import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { IdbRecords } from '../../src/ports/idb-records.ts';
import type { Wallet } from '../../src/wallet/wallet.ts';
import { makeVault } from '../../src/worker/opening.ts';
import { Session } from '../../src/worker/session.ts';
import { FakeOpfs } from '../support/fake-opfs.ts';

const PASSPHRASE = 'three green boats sing';
const idbEvents = { blocked() {}, outdated() {}, lost() {} };

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  new FakeOpfs().install();
});
afterEach(() => vi.restoreAllMocks());

/** A session, and what it told. */
async function openSession() {
  const records = await IdbRecords.open(idbEvents);
  const { header, cipher } = await makeVault(PASSPHRASE, records, null);
  const told: string[] = [];
  let resume: (wallet: Wallet) => void = () => undefined;
  const resumed = new Promise<Wallet>((resolve) => (resume = resolve));
  const session = new Session(header, cipher, records, idbEvents, {
    changed() {},
    paused: (message) => told.push(`paused: ${message}`),
    resumed: (wallet) => {
      told.push('resumed');
      resume(wallet);
    },
    takenOver: () => told.push('taken over'),
    failed: (error) => told.push(`failed: ${String(error)}`),
  });
  await session.open();
  return { session, told, resumed };
}

function failNextWrites(reason: string): () => void {
  const spy = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(() => {
    throw new DOMException('no', reason);
  });
  return () => spy.mockRestore();
}

test('a commit that fails stops the wallet; the storage is read again, and it goes on', async () => {
  const { session, told, resumed } = await openSession();
  const works = failNextWrites('QuotaExceededError');
  await expect(session.wallet.wordsWritten()).rejects.toThrow(/no room left/);
  expect(told).toEqual([expect.stringMatching(/^paused: .*no room left.*Free some/)]);
  expect(() => session.wallet).toThrow(/storage has failed/);
  expect(session.view()).toBeNull();
  works();
  session.retryNow();
  const wallet = await resumed;
  expect(session.wallet).toBe(wallet);
  expect(wallet.vaultFacts().wordsWritten).toBe(false);
  await wallet.wordsWritten();
  expect(session.view()).toMatchObject({ wordsWritten: true, secondCopy: 'kept' });
});

test('a database that the browser closes is opened again', async () => {
  const { session, told, resumed } = await openSession();
  await session.wallet.wordsWritten();
  session.lost();
  expect(told).toEqual([expect.stringMatching(/^paused: .*closed the storage/)]);
  session.retryNow();
  expect((await resumed).vaultFacts().wordsWritten).toBe(true);
});

test('a newer schema that is found then is left alone', async () => {
  const { session, told } = await openSession();
  session.lost();
  await new Promise<void>((resolve) => {
    const request = indexedDB.open('raida-wallet', 99);
    request.onsuccess = () => {
      request.result.close();
      resolve();
    };
  });
  session.retryNow();
  await vi.waitFor(() => expect(told.at(-1)).toMatch(/^failed: .*newer version/));
});

test('another tab that has taken over is not fought', async () => {
  const { session, told } = await openSession();
  await (await IdbRecords.open(idbEvents)).load();
  await expect(session.wallet.wordsWritten()).rejects.toThrow(/Another tab/);
  expect(told).toEqual(['taken over']);
});

test('a session that is closed in the middle of a failure stays closed', async () => {
  const { session, told } = await openSession();
  const works = failNextWrites('UnknownError');
  await expect(session.wallet.wordsWritten()).rejects.toThrow();
  await session.close();
  works();
  session.retryNow();
  expect(told).toHaveLength(1);
  expect(() => session.wallet).toThrow();
});
