import { StoreError, TakenOverError } from '@raida-wallet/web/wallet/ports';
import { describe, expect, test } from 'vitest';

import { Chance } from './mix/chance.ts';
import { Coverage } from './mix/coverage.ts';
import { DurableStore } from './mix/durable-store.ts';
import type { JournalReader } from './mix/journal-reader.ts';
import { outcomesOf, type StoreAnswer, type StoreFault, type StoreOutcome } from './store-model.ts';

describe("the mix's store", () => {
  const FAULTY = { errors: 0.5, quota: 0.3, loseLast: 0 };
  /** Those that come by chance; the others are kills, and what happens to tabs. */
  const DRAWN: readonly StoreFault[] = ['none', 'aborted', 'lost before', 'lost meanwhile', 'full'];
  const named = ({ answer, found }: StoreOutcome) => `${answer}, ${found}`;

  function newStore(seed: number): DurableStore {
    const reader = { written() {}, replaced() {} } as unknown as JournalReader;
    return new DurableStore(FAULTY, new Chance(seed), new Coverage(), reader, () => undefined);
  }

  function answerOf(act: () => unknown): StoreAnswer {
    try {
      act();
      return 'done';
    } catch (error) {
      if (error instanceof TakenOverError) return 'taken over';
      if (error instanceof StoreError) return error.reason === 'full' ? 'full' : 'broken';
      throw error;
    }
  }

  /** The same for each seed: nothing has gone wrong yet. */
  function calm(seed: number): { readonly store: DurableStore; readonly epoch: number } {
    const store = newStore(seed);
    store.faults = { errors: 0, quota: 0, loseLast: 0 };
    const { epoch } = store.open();
    store.append(epoch, Uint8Array.of(1));
    store.faults = FAULTY;
    return { store, epoch };
  }

  /** What each operation answers, and whether what it does is found afterwards. */
  const CASES = {
    load(seed: number) {
      const { store, epoch } = calm(seed);
      const answer = answerOf(() => store.open());
      store.faults = { errors: 0, quota: 0, loseLast: 0 };
      const taken = answerOf(() => store.append(epoch, Uint8Array.of(2))) === 'taken over';
      return { answer, found: taken ? 'new' : 'old' } as const;
    },
    append(seed: number) {
      const { store, epoch } = calm(seed);
      const answer = answerOf(() => store.append(epoch, Uint8Array.of(2)));
      return { answer, found: store.entries.length === 2 ? 'new' : 'old' } as const;
    },
    replace(seed: number) {
      const { store, epoch } = calm(seed);
      const answer = answerOf(() => store.compact(epoch, [Uint8Array.of(2)]));
      return { answer, found: store.entries[0]![0] === 2 ? 'new' : 'old' } as const;
    },
  };

  test.each(['load', 'append', 'replace'] as const)(
    '%s: does all that the model says, and nothing else',
    (operation) => {
      const seeds = Array.from({ length: 300 }, (_, seed) => seed);
      const seen = new Set(seeds.map((seed) => named(CASES[operation](seed))));
      const expected = DRAWN.flatMap((fault) => outcomesOf(operation, fault)).map(named);
      expect([...seen].sort()).toEqual([...new Set(expected)].sort());
    },
  );

  test('a connection that was closed stays closed until the wallet is read again', () => {
    for (let seed = 0; seed < 300; seed++) {
      const { store, epoch } = calm(seed);
      store.faults = { errors: 1, quota: 0, loseLast: 0 };
      answerOf(() => store.append(epoch, Uint8Array.of(2)));
      const before = store.entries.length;
      store.faults = { errors: 0, quota: 0, loseLast: 0 };
      const then = answerOf(() => store.append(epoch, Uint8Array.of(3)));
      expect(then === 'done').toBe(store.entries.length === before + 1);
      expect(answerOf(() => store.append(store.open().epoch, Uint8Array.of(4)))).toBe('done');
    }
  });
});
