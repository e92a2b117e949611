import { COMMANDS, toHex } from '@raida-wallet/protocol';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { TokenStore } from '../src/node/index.ts';
import { LmdbStore } from '../src/store/lmdb-store.ts';
import { frameOf, secret, send, testNode } from './support/node.ts';

/**
 * POWN, Detect and Find against the simplest thing that they could be: a map from a token to the
 * name of its secret. Few tokens and few secrets, so that requests meet.
 */

const SECRETS = ['a', 'b', 'c', 'd'];
const IDS = [
  { dn: 0, sn: 1 },
  { dn: 0, sn: 2 },
  { dn: -8, sn: 1 },
  { dn: 6, sn: 0xffffffff },
  { dn: 7, sn: 1 },
];

type Model = Map<number, string>;
type Entry = readonly [id: number, an: string, pan: string];

const secretName = fc.constantFrom(...SECRETS);
const entries = fc.array(fc.tuple(fc.nat({ max: IDS.length - 1 }), secretName, secretName), {
  minLength: 1,
  maxLength: 12,
});
const steps = fc.array(fc.tuple(fc.constantFrom('pown', 'detect', 'find'), entries), {
  minLength: 1,
  maxLength: 12,
});
const initial = fc.array(fc.option(secretName), { minLength: 4, maxLength: 4 });

const STATUS_OF_PASSES = (passes: readonly boolean[]) =>
  passes.every(Boolean) ? 241 : passes.some(Boolean) ? 243 : 242;

/** Status and body that the model gives, and what it holds afterwards. */
function expected(model: Model, command: string, list: readonly Entry[]): string {
  if (command === 'find') return expectedFind(model, list);
  if (command === 'pown' && list.some(([, an, pan]) => an === pan)) return '199 ';
  const passes = list.map(([id, an, pan]) => {
    const pass = model.get(id) === an;
    if (pass && command === 'pown') model.set(id, pan);
    return pass;
  });
  const status = STATUS_OF_PASSES(passes);
  const bits = new Uint8Array(Math.ceil(passes.length / 8));
  passes.forEach((pass, i) => (bits[i >> 3]! |= pass ? 1 << (i & 7) : 0));
  return `${status} ${status === 243 ? toHex(bits) : ''}`;
}

function expectedFind(model: Model, list: readonly Entry[]): string {
  if (list.some(([id]) => id === 4)) return '40 ';
  const found = list.map(([id, an, pan]) => {
    const held = model.get(id);
    return held === an ? 1 : held === pan ? 2 : 0;
  });
  const same = found.every((one) => one === found[0]);
  return same ? `${208 + found[0]!} ` : `211 ${toHex(Uint8Array.from(found))}`;
}

async function follow(
  store: TokenStore,
  held: readonly (string | null)[],
  script: readonly (readonly [string, readonly Entry[]])[],
): Promise<void> {
  const node = { ...testNode(), store };
  const model: Model = new Map(held.flatMap((name, id) => (name === null ? [] : [[id, name]])));
  await store.change((tokens) => {
    held.forEach((name, id) => tokens.write(IDS[id]!, name === null ? null : secret(name)));
  });
  for (const [command, list] of script) {
    const tokens = list.map(([id, an, pan]) => ({
      ...IDS[id]!,
      an: secret(an),
      pan: secret(pan),
    }));
    const frame = frameOf(COMMANDS[command as 'pown'], { tokens });
    const { status, body } = await send(node, frame);
    expect(`${status} ${toHex(body)}`).toBe(expected(model, command, list));
  }
  IDS.forEach((id, i) => {
    const name = model.get(i);
    expect(store.read(id)).toEqual(name === undefined ? undefined : secret(name));
  });
}

describe('any requests leave what the model says, and answer it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'raida-model-'));
  const lmdb = new LmdbStore(folder, 1);
  afterAll(async () => {
    await lmdb.close();
    rmSync(folder, { recursive: true });
  });

  test('in memory', async () => {
    await fc.assert(
      fc.asyncProperty(initial, steps, (held, script) => follow(testNode().store, held, script)),
      { numRuns: 300 },
    );
  });

  test('in LMDB', async () => {
    await fc.assert(
      fc.asyncProperty(initial, steps, (held, script) => follow(lmdb.node(0), held, script)),
      { numRuns: 60 },
    );
  });

  test('POWNs of one token that come at once pass exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 30 }), async (count) => {
        const id = { dn: 1, sn: 1 };
        const store = lmdb.node(0);
        await store.change((tokens) => tokens.write(id, secret('first')));
        const node = { ...testNode(), store };
        const statuses = await Promise.all(
          Array.from({ length: count }, async (_, i) => {
            const tokens = [{ ...id, an: secret('first'), pan: secret(`pan ${i}`) }];
            return (await send(node, frameOf(COMMANDS.pown, { tokens }))).status;
          }),
        );
        expect(statuses.filter((status) => status === 241)).toHaveLength(1);
        expect(store.read(id)).toEqual(secret(`pan ${statuses.indexOf(241)}`));
      }),
      { numRuns: 30 },
    );
  });
});
