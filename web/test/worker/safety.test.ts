import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { beforeEach, expect, test } from 'vitest';

import { IdbRecords } from '../../src/ports/idb-records.ts';
import { OpfsCopy } from '../../src/ports/opfs-copy.ts';
import {
  addPasskey,
  decodeHeader,
  encodeHeader,
  openWithPasskey,
  openWithPassphrase,
} from '../../src/vault/key-wrap.ts';
import { systemRandom } from '../../src/ports/system.ts';
import { Idle } from '../../src/worker/idle.ts';
import { makeVault } from '../../src/worker/opening.ts';
import { keepSafe } from '../../src/worker/safety.ts';
import { Session } from '../../src/worker/session.ts';
import { FakeOpfs } from '../support/fake-opfs.ts';

const OLD = 'three green boats sing';
const NEW = 'seven quiet kettles hum';
const PASSKEY = { credentialId: new Uint8Array([1, 2, 3]), salt: new Uint8Array(32) };
const PRF = new Uint8Array(32).fill(5);
const idbEvents = { blocked() {}, outdated() {}, lost() {} };
const events = { changed() {}, paused() {}, resumed() {}, takenOver() {}, failed() {} };

let opfs: FakeOpfs;
beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  opfs = new FakeOpfs();
  opfs.install();
});

async function openSession(): Promise<Session> {
  const records = await IdbRecords.open(idbEvents);
  const { header, cipher } = await makeVault(OLD, records, null);
  const session = new Session(header, cipher, records, idbEvents, events);
  await session.open();
  return session;
}

async function storedHeader() {
  const records = await IdbRecords.open(idbEvents);
  const { header } = await records.glance();
  records.close();
  return decodeHeader(header!);
}

const opens = (opening: Promise<unknown>) =>
  opening.then(
    () => true,
    () => false,
  );

const change = { kind: 'change passphrase', request: 1, old: OLD, new: NEW } as const;

test('a setting that is changed while the passphrase is changed leaves both changed', async () => {
  const session = await openSession();
  const changes = [keepSafe(session, change)];
  changes.push(keepSafe(session, { kind: 'lock after', request: 2, minutes: 5 }));
  await Promise.all(changes);
  const header = await storedHeader();
  expect(header.lockAfterMinutes).toBe(5);
  expect(await opens(openWithPassphrase(header, NEW))).toBe(true);
  expect(await opens(openWithPassphrase(header, OLD))).toBe(false);
  expect((await new OpfsCopy().read())[0]!.header).toEqual(encodeHeader(header));
});

test('a passkey that is removed while the passphrase is changed stays removed', async () => {
  const session = await openSession();
  await keepSafe(session, {
    kind: 'add passkey',
    request: 1,
    passphrase: OLD,
    passkey: PASSKEY,
    prf: PRF,
  });
  const added = await storedHeader();
  expect(await opens(openWithPasskey(added, PASSKEY.credentialId, PRF))).toBe(true);
  const { credentialId } = PASSKEY;
  await Promise.all([
    keepSafe(session, change),
    keepSafe(session, { kind: 'remove passkey', request: 3, credentialId }),
  ]);
  const header = await storedHeader();
  expect(await opens(openWithPasskey(header, credentialId, PRF))).toBe(false);
  expect(await opens(openWithPassphrase(header, NEW))).toBe(true);
});

test('a lock waits for a passphrase that is being changed', async () => {
  const session = await openSession();
  const changing = keepSafe(session, change);
  await session.close();
  await changing;
  expect(await opens(openWithPassphrase(await storedHeader(), NEW))).toBe(true);
});

test('damage to the header is not called a wrong passphrase', async () => {
  const session = await openSession();
  const bytes = encodeHeader(session.header);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Uint8Array.from(bytes);
    damaged[at]! ^= 1;
    expect(() => decodeHeader(damaged)).toThrow(/damaged/);
  }
});

test('a header with too many passkeys is never made', async () => {
  let header = await storedHeaderOf(await openSession());
  const add = (i: number) =>
    addPasskey(
      header,
      new Uint8Array(32),
      { credentialId: new Uint8Array([i]), salt: PASSKEY.salt, addedAtMs: 1 },
      PRF,
      systemRandom,
    );
  for (let i = 0; i < 64; i++) header = await add(i);
  await expect(add(64)).rejects.toThrow(/too many passkeys/);
  // One that is there already is replaced.
  header = await add(3);
  expect(decodeHeader(encodeHeader(header)).passkeys).toHaveLength(64);
});

function storedHeaderOf(session: Session) {
  return Promise.resolve(session.header);
}

test('hours of sleep count for a lock, by whichever clock has seen them', () => {
  const HOURS = 8 * 3_600_000;
  for (const which of [0, 1]) {
    const clocks = [1_000, 1_000];
    const idle = new Idle(
      () => clocks[0]!,
      () => clocks[1]!,
    );
    expect(idle.isOver(15)).toBe(false);
    clocks[which]! += HOURS;
    expect(idle.isOver(15)).toBe(true);
    expect(idle.isOver(0)).toBe(false);
    idle.touch();
    expect(idle.isOver(15)).toBe(false);
    idle.visible(false);
    clocks[which]! += HOURS;
    idle.touch();
    expect(idle.isOver(15)).toBe(true);
    idle.visible(true);
    expect(idle.isOver(15)).toBe(false);
  }
});
