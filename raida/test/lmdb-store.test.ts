import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BULK_TOKENS } from '../src/limits.ts';
import { lockFolder } from '../src/store/folder-lock.ts';
import { LmdbStore } from '../src/store/lmdb-store.ts';
import { secret, token } from './support/node.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raida-store-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the store', () => {
  let store: LmdbStore;
  beforeEach(() => {
    store = new LmdbStore(folder, 25);
  });
  afterEach(() => store.close());

  const A = token(1);

  test('a change is seen by every read after it was answered', async () => {
    for (let i = 0; i < 200; i++) {
      const an = secret(`${i}`);
      await store.node(i % 25).change((tokens) => tokens.write(A, an));
      expect(store.node(i % 25).read(A)).toEqual(an);
    }
  });

  test('nodes, denominations and serial numbers do not share anything', async () => {
    const ids = [-8, -1, 0, 6].flatMap((dn) =>
      [0, 1, 255, 256, 0xffffffff].map((sn) => ({ dn, sn })),
    );
    const name = (raida: number, id: { dn: number; sn: number }) => `${raida} ${id.dn} ${id.sn}`;
    await store.write(
      [0, 7, 24].flatMap((raida) =>
        ids.map((id) => ({ raida, token: id, an: secret(name(raida, id)) })),
      ),
    );
    for (const raida of [0, 7, 24]) {
      expect(store.node(raida).count()).toBe(ids.length);
      for (const id of ids) expect(store.node(raida).read(id)).toEqual(secret(name(raida, id)));
    }
    expect(store.node(1).count()).toBe(0);
  });

  test('later decisions see earlier ones that are not on disk yet', async () => {
    const node = store.node(0);
    const order: string[] = [];
    const step = (name: string) =>
      node
        .change((tokens) => {
          const seen = tokens.read(A);
          tokens.write(A, secret(name));
          return seen;
        })
        .then((seen) => {
          order.push(name);
          return seen;
        });
    const seen = await Promise.all([step('one'), step('two'), step('three')]);
    expect(seen).toEqual([undefined, secret('one'), secret('two')]);
    expect(order).toEqual(['one', 'two', 'three']);
    expect(node.read(A)).toEqual(secret('three'));
  });

  test('what is decided over an open change is answered after it is on disk', async () => {
    const node = store.node(0);
    const writing = node.change((tokens) => tokens.write(A, A.an));
    expect(await node.change((tokens) => tokens.read(A))).toEqual(A.an);
    // A plain read sees what is committed, and nothing else.
    expect(node.read(A)).toEqual(A.an);
    await writing;
  });

  test('a token can be forgotten, at once and after a restart', async () => {
    await store.node(2).change((tokens) => tokens.write(A, A.an));
    await store.node(2).change((tokens) => {
      tokens.write(A, null);
      expect(tokens.read(A)).toBeUndefined();
    });
    expect(store.node(2).read(A)).toBeUndefined();
  });

  test('a decision that throws writes nothing', async () => {
    const node = store.node(0);
    const failing = node.change((tokens) => {
      tokens.write(A, A.an);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await node.change(() => undefined);
    expect(node.read(A)).toBeUndefined();
  });

  test('the buffers of a request may be used again as soon as it is decided', async () => {
    const an = secret('mine');
    const writing = store.node(0).change((tokens) => tokens.write(A, an));
    an.fill(0);
    await writing;
    expect(store.node(0).read(A)).toEqual(secret('mine'));
    const read = store.node(0).read(A)!;
    store.node(0).read(token(2));
    expect(read).toEqual(secret('mine'));
  });

  test('bulk loads are split into transactions and complete', async () => {
    const changes = Array.from({ length: 2 * BULK_TOKENS + 1 }, (_, sn) => ({
      raida: sn % 3,
      token: { dn: 0, sn },
      an: A.an,
    }));
    await store.write(changes);
    expect([0, 1, 2].map((raida) => store.node(raida).count())).toEqual([13334, 13334, 13333]);
  });

  test('everything is there after a restart', async () => {
    await store.node(24).change((tokens) => tokens.write(A, A.an));
    await store.close();
    store = new LmdbStore(folder, 25);
    expect(store.node(24).read(A)).toEqual(A.an);
    expect(store.node(24).count()).toBe(1);
  });
});

describe('the lock of a folder', () => {
  test('keeps a second user out, until it is given back', () => {
    const unlock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(folder);
    unlock();
    lockFolder(folder)();
  });

  test('of another process that runs is respected', () => {
    writeFileSync(join(folder, 'running.pid'), `${process.ppid}\n`);
    expect(() => lockFolder(folder)).toThrow(`in use by process ${process.ppid}`);
  });

  test('of a process that has gone is taken over', () => {
    // No process can have this number: Linux stops at 2^22.
    writeFileSync(join(folder, 'running.pid'), '99999999\n');
    lockFolder(folder)();
  });

  test('that holds no number is taken over', () => {
    writeFileSync(join(folder, 'running.pid'), '');
    lockFolder(folder)();
  });
});
