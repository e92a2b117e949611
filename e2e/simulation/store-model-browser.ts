import type { Page } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';

import type { StoreAnswer, StoreOperation, StoreOutcome } from './store-model.ts';

/** The wallet's own IndexedDB port in a page that has nothing else, and what it leaves behind. */

export type Step =
  | { readonly do: 'load' }
  | { readonly do: 'append'; readonly number: number; readonly size: number }
  | { readonly do: 'replace'; readonly generation: number; readonly last: number };

/** Everything that is stored, each record as its size and what it is filled with. */
export interface Contents {
  readonly epoch: number;
  readonly generation: number;
  readonly last: number;
  readonly pages: readonly string[];
  readonly journal: readonly (readonly [number, string])[];
}

/** When by `Date.now()`, which page and test share. */
export interface Taken {
  readonly answer: StoreAnswer;
  readonly fromMs: number;
  readonly toMs: number;
}

/** How a transaction comes to be aborted that has begun to write. */
export type Abort = 'abort() at once' | 'abort() later' | 'a handler throws';

interface PageStore {
  load(): Promise<unknown>;
  create(records: unknown): Promise<void>;
  append(record: { readonly number: number; readonly sealed: Uint8Array }): Promise<void>;
  replace(base: unknown, journal: readonly unknown[]): Promise<void>;
}

interface PageSide {
  /** Closes nothing: what was opened before stays open, as in another tab. */
  open(): Promise<void>;
  create(): Promise<void>;
  take(step: Step): Promise<StoreAnswer>;
  /** One after the other, up to the first that is not done. */
  takeAll(steps: readonly Step[], tell: boolean): Promise<Taken[]>;
  abortNext(how: Abort): void;
  contents(): Promise<Contents | null>;
  /** How often the port said that the browser has closed the database. */
  lost: number;
  /** The durability of every transaction that could write. */
  durabilities: string[];
}

declare global {
  var idbPort: { readonly IdbRecords: { open(events: object): Promise<PageStore> } };
  var tested: PageSide;
  /** Told to the test: what the store answered to the step with this number, or that it begins. */
  var tellTest: ((step: number, answer: StoreAnswer | null) => unknown) | undefined;
}

export const PAGE_BYTES = 40_000;

export const FRESH: Contents = {
  epoch: 1,
  generation: 1,
  last: 0,
  pages: [digest(PAGE_BYTES, 1)],
  journal: [],
};

export function apply(contents: Contents, step: Step): Contents {
  switch (step.do) {
    case 'load':
      return { ...contents, epoch: contents.epoch + 1 };
    case 'append': {
      const record = [step.number, digest(step.size, step.number)] as const;
      return { ...contents, journal: [...contents.journal, record] };
    }
    case 'replace': {
      const { generation, last } = step;
      const pages = [digest(PAGE_BYTES, generation)];
      return { ...contents, generation, last, pages, journal: [] };
    }
  }
}

/** The next one that a wallet would take. `size`: of what is appended. */
export function nextStep(
  { generation, last, journal }: Contents,
  operation: StoreOperation,
  size = PAGE_BYTES,
): Step {
  const end = last + journal.length;
  if (operation === 'append') return { do: 'append', number: end + 1, size };
  if (operation === 'replace') return { do: 'replace', generation: generation + 1, last: end };
  return { do: 'load' };
}

/** So many of them, these operations in turn. */
export function stepsFrom(
  contents: Contents,
  operations: readonly StoreOperation[],
  count: number,
  size = PAGE_BYTES,
): Step[] {
  const steps: Step[] = [];
  for (let now = contents; steps.length < count; now = apply(now, steps.at(-1)!)) {
    steps.push(nextStep(now, operations[steps.length % operations.length]!, size));
  }
  return steps;
}

function digest(size: number, number: number): string {
  return `${size} x ${number % 251}`;
}

/** Throws where a part of the step is found, or anything that nobody has written. */
export function foundOf(
  found: Contents | null,
  before: Contents,
  step: Step,
): StoreOutcome['found'] {
  const is = (expected: Contents) => JSON.stringify(found) === JSON.stringify(expected);
  if (found === null) return 'nothing';
  if (is(before)) return 'old';
  if (is(apply(before, step))) return 'new';
  const texts = [before, step, found].map((one) => JSON.stringify(one).slice(0, 2_000));
  throw new Error(`neither old nor new: ${texts.join('\n')}`);
}

let bundled: Promise<string> | null = null;

async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('../../web/src/ports/idb-records.ts', import.meta.url));
  const output = (await build({
    configFile: false,
    logLevel: 'warn',
    root: fileURLToPath(new URL('.', import.meta.url)),
    resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
    build: {
      write: false,
      target: 'es2022',
      lib: { entry, formats: ['iife'], name: 'idbPort' },
    },
  })) as Rolldown.RolldownOutput[];
  return output[0]!.output[0].code;
}

/** From now on the page can do what `tested` says; it has nothing open yet. */
export async function bringPort(page: Page): Promise<void> {
  bundled ??= bundle();
  await page.evaluate(`${await bundled}\nglobalThis.idbPort = idbPort;`);
  await page.evaluate(install, PAGE_BYTES);
}

/**
 * The button of Chromium's own page that closes a database, as it does itself
 * when a disk fails.
 */
export async function closerOf(page: Page): Promise<() => Promise<void>> {
  const internals = await page.context().newPage();
  return async () => {
    await internals.goto('chrome://indexeddb-internals/');
    await internals.getByText('Force close').click();
  };
}

/** Runs in the page. */
function install(pageBytes: number): void {
  let store: PageStore;
  const filled = (size: number, number: number) => new Uint8Array(size).fill(number % 251);
  const base = (generation: number, last: number) => ({
    generation,
    last,
    pages: [filled(pageBytes, generation)],
  });

  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (...given) {
    const transaction = begin.apply(this, given);
    if (transaction.mode === 'readwrite') tested.durabilities.push(transaction.durability);
    return transaction;
  };

  const done = <T>(request: IDBRequest): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result as T);
      request.onerror = () => reject(request.error ?? new Error('no reason'));
    });

  const digestOf = (bytes: Uint8Array): string =>
    bytes.every((byte) => byte === bytes[0]) ? `${bytes.length} x ${bytes[0]}` : 'noise';

  const run = (step: Step): Promise<unknown> => {
    if (step.do === 'load') return store.load();
    if (step.do === 'replace') return store.replace(base(step.generation, step.last), []);
    const { number, size } = step;
    return store.append({ number, sealed: filled(size, number) });
  };

  globalThis.tested = {
    lost: 0,
    durabilities: [],
    async open() {
      store = await idbPort.IdbRecords.open({
        blocked: () => undefined,
        outdated: () => undefined,
        lost: () => {
          tested.lost++;
        },
      });
    },
    create: () => store.create({ header: filled(9, 9), base: base(1, 0), journal: [] }),
    async take(step) {
      try {
        await run(step);
        return 'done';
      } catch (error) {
        const { name, reason } = error as { readonly name: string; readonly reason?: string };
        if (name === 'TakenOverError') return 'taken over';
        if (name === 'StoreError' && (reason === 'full' || reason === 'broken')) return reason;
        throw error;
      }
    },
    async takeAll(steps, tell) {
      const taken: Taken[] = [];
      for (const [i, step] of steps.entries()) {
        if (tell) void tellTest?.(i, null);
        const fromMs = Date.now();
        const answer = await tested.take(step);
        taken.push({ answer, fromMs, toMs: Date.now() });
        if (tell) void tellTest?.(i, answer);
        if (answer !== 'done') break;
      }
      return taken;
    },
    abortNext(how) {
      const { add, put } = IDBObjectStore.prototype;
      const abort = (request: IDBRequest<IDBValidKey>) => {
        Object.assign(IDBObjectStore.prototype, { add, put });
        const { transaction } = request;
        if (how === 'abort() at once') transaction?.abort();
        else if (how === 'abort() later')
          request.addEventListener('success', () => transaction?.abort());
        else {
          request.addEventListener('success', () => {
            throw new Error('thrown by a test');
          });
        }
        return request;
      };
      IDBObjectStore.prototype.add = function (...given) {
        return abort(add.apply(this, given));
      };
      IDBObjectStore.prototype.put = function (...given) {
        return abort(put.apply(this, given));
      };
    },
    async contents() {
      const all = await indexedDB.databases();
      if (!all.some(({ name }) => name === 'raida-wallet')) return null;
      const database = await done<IDBDatabase>(indexedDB.open('raida-wallet'));
      const names = ['sealed pages', 'sealed journal', 'meta'];
      const transaction = database.transaction(names, 'readonly');
      const [pages, journal, meta] = names.map((name) => transaction.objectStore(name));
      const number = async (key: string) => Number(await done(meta!.get(key)));
      const epoch = await number('epoch');
      const generation = await number('generation');
      const last = await number('last');
      const kept = await done<Uint8Array[]>(pages!.getAll());
      const numbers = await done<number[]>(journal!.getAllKeys());
      const records = await done<Uint8Array[]>(journal!.getAll());
      database.close();
      return {
        epoch,
        generation,
        last,
        pages: kept.map(digestOf),
        journal: records.map((record, i) => [numbers[i]!, digestOf(record)] as const),
      };
    },
  };
}
