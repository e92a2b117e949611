import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';

import type { Base, Glance, JournalRecord, RecordStore, StoredRecords } from '../vault/records.ts';
import { StoreError, TakenOverError } from '../wallet/ports.ts';

/**
 * The wallet in IndexedDB. `sealed pages` and `sealed journal` hold sealed records, the journal under
 * their numbers; `meta` the header, where the base stands, and the epoch, which goes up whenever a
 * wallet is taken over. Every write checks it in its own transaction, so that a tab that lost its place
 * cannot write any more (I3). `pages` and `journal` are those of a version that did not encrypt.
 */
interface Schema extends DBSchema {
  pages: { key: number; value: Uint8Array };
  journal: { key: number; value: Uint8Array };
  'sealed pages': { key: number; value: Uint8Array };
  'sealed journal': { key: number; value: Uint8Array };
  meta: { key: MetaKey; value: number | Uint8Array };
}

type MetaKey = 'epoch' | 'header' | 'generation' | 'last' | 'unmerged';
type StoreName = 'pages' | 'journal' | 'sealed pages' | 'sealed journal' | 'meta';
type Transaction = IDBPTransaction<Schema, StoreName[], 'readwrite'>;

export interface IdbEvents {
  /** Another tab keeps an older version open: the database cannot be opened before it is closed. */
  blocked(): void;
  /** A newer version wants the database. It has been closed for it. */
  outdated(): void;
  /** The browser closed the database. What is written from now on fails; opening it again may help. */
  lost(): void;
}

const DATABASE = 'raida-wallet';
/** Builds that test an update have a higher one. */
const VERSION = Number(import.meta.env['VITE_SCHEMA_VERSION'] ?? 2);
const ALL: StoreName[] = ['pages', 'journal', 'sealed pages', 'sealed journal', 'meta'];
const WALLET: StoreName[] = ['sealed pages', 'sealed journal', 'meta'];
const STRICT = { durability: 'strict' } as const;

export class IdbRecords implements RecordStore {
  readonly #db: IDBPDatabase<Schema>;
  #epoch = 0;

  private constructor(db: IDBPDatabase<Schema>) {
    this.#db = db;
  }

  static async open(events: IdbEvents): Promise<IdbRecords> {
    try {
      const db = await openDB<Schema>(DATABASE, VERSION, {
        upgrade(database, from) {
          if (from < 1) {
            database.createObjectStore('pages', { autoIncrement: true });
            database.createObjectStore('journal', { autoIncrement: true });
            database.createObjectStore('meta');
          }
          if (from < 2) {
            database.createObjectStore('sealed pages');
            database.createObjectStore('sealed journal');
          }
        },
        blocked: () => events.blocked(),
        blocking: (_current, _wanted, { target }) => {
          (target as IDBDatabase).close();
          events.outdated();
        },
        terminated: () => events.lost(),
      });
      return new IdbRecords(db);
    } catch (error) {
      throw storeError('opened', error);
    }
  }

  async glance(): Promise<Glance> {
    return this.#read(['pages', 'journal', 'meta'], async (transaction) => {
      const header = await transaction.objectStore('meta').get('header');
      const pages = await transaction.objectStore('pages').count();
      const journal = await transaction.objectStore('journal').count();
      return {
        header: header instanceof Uint8Array ? header : null,
        hasPlain: pages + journal > 0,
      };
    });
  }

  async load(): Promise<StoredRecords | null> {
    const loaded = await this.#transact(WALLET, 'read', async (transaction) => {
      const records = await readAll(transaction);
      return records && { records, epoch: await takeOver(transaction) };
    });
    if (!loaded) return null;
    this.#epoch = loaded.epoch;
    return loaded.records;
  }

  async reread(): Promise<StoredRecords> {
    return this.#read(WALLET, async (transaction) => {
      if ((await transaction.objectStore('meta').get('epoch')) !== this.#epoch) throw takenOver();
      const records = await readAll(transaction);
      if (!records) throw new StoreError('The wallet is not there any more. Reload the page.');
      return records;
    });
  }

  loadPlain(): Promise<Uint8Array[]> {
    return this.#read(['pages', 'journal'], async (transaction) => [
      ...(await transaction.objectStore('pages').getAll()),
      ...(await transaction.objectStore('journal').getAll()),
    ]);
  }

  async create(records: StoredRecords): Promise<void> {
    this.#epoch = await this.#transact(ALL, 'written', async (transaction) => {
      const meta = transaction.objectStore('meta');
      if ((await meta.get('header')) !== undefined) {
        throw new TakenOverError('Another tab has made a wallet meanwhile. Reload to see it.');
      }
      const epoch = await takeOver(transaction);
      await meta.put(records.header, 'header');
      await put(transaction, records.base, records.journal, records.unmerged);
      await transaction.objectStore('pages').clear();
      await transaction.objectStore('journal').clear();
      return epoch;
    });
  }

  append({ number, sealed }: JournalRecord): Promise<void> {
    return this.#write(['sealed journal', 'meta'], async (transaction) => {
      // `add` refuses a number that is there already: nothing is ever written over.
      await transaction.objectStore('sealed journal').add(sealed, number);
    });
  }

  replace(base: Base, journal: readonly JournalRecord[], unmerged: boolean): Promise<void> {
    return this.#write(WALLET, async (transaction) => {
      await put(transaction, base, journal, unmerged);
    });
  }

  setMerged(): Promise<void> {
    return this.#write(['meta'], async (transaction) => {
      await transaction.objectStore('meta').delete('unmerged');
    });
  }

  putHeader(header: Uint8Array): Promise<void> {
    return this.#write(['meta'], async (transaction) => {
      await transaction.objectStore('meta').put(header, 'header');
    });
  }

  close(): void {
    this.#db.close();
  }

  /** Does nothing unless the epoch is still ours. */
  #write(stores: StoreName[], change: (transaction: Transaction) => Promise<void>): Promise<void> {
    return this.#transact(stores, 'written', async (transaction) => {
      if ((await transaction.objectStore('meta').get('epoch')) !== this.#epoch) {
        throw takenOver();
      }
      await change(transaction);
    });
  }

  /** A strict transaction: all of it, or nothing. */
  async #transact<T>(
    stores: StoreName[],
    what: string,
    act: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    let transaction: Transaction | null = null;
    try {
      transaction = this.#db.transaction(stores, 'readwrite', STRICT);
      // An abort rejects `done` as well as the request that failed; one report is enough.
      transaction.done.catch(() => undefined);
      const result = await act(transaction);
      await transaction.done;
      return result;
    } catch (error) {
      if (transaction) abort(transaction);
      throw storeError(what, error);
    }
  }

  async #read<T>(
    stores: StoreName[],
    act: (transaction: IDBPTransaction<Schema, StoreName[]>) => Promise<T>,
  ): Promise<T> {
    try {
      return await act(this.#db.transaction(stores, 'readonly'));
    } catch (error) {
      throw storeError('read', error);
    }
  }
}

/** From when this is committed, nobody else's epoch is right. */
async function takeOver(transaction: Transaction): Promise<number> {
  const meta = transaction.objectStore('meta');
  const epoch = Number((await meta.get('epoch')) ?? 0) + 1;
  await meta.put(epoch, 'epoch');
  return epoch;
}

function takenOver(): TakenOverError {
  return new TakenOverError('Another tab has taken over this wallet. Reload to see it.');
}

/** Null where there is no wallet. */
async function readAll(
  transaction: IDBPTransaction<Schema, StoreName[], IDBTransactionMode>,
): Promise<StoredRecords | null> {
  const meta = transaction.objectStore('meta');
  const header = await meta.get('header');
  if (!(header instanceof Uint8Array)) return null;
  const generation = Number((await meta.get('generation')) ?? 0);
  const last = Number((await meta.get('last')) ?? 0);
  const pages = await transaction.objectStore('sealed pages').getAll();
  const numbers = await transaction.objectStore('sealed journal').getAllKeys();
  const journal = await transaction.objectStore('sealed journal').getAll();
  return {
    header,
    base: { generation, last, pages },
    journal: journal.map((sealed, i) => ({ number: numbers[i]!, sealed })),
    unmerged: (await meta.get('unmerged')) !== undefined,
  };
}

async function put(
  transaction: Transaction,
  { generation, last, pages }: Base,
  journal: readonly JournalRecord[],
  unmerged: boolean,
): Promise<void> {
  const meta = transaction.objectStore('meta');
  await meta.put(generation, 'generation');
  await meta.put(last, 'last');
  if (unmerged) await meta.put(1, 'unmerged');
  else await meta.delete('unmerged');
  const pageStore = transaction.objectStore('sealed pages');
  await pageStore.clear();
  for (const [index, page] of pages.entries()) await pageStore.add(page, index);
  const journalStore = transaction.objectStore('sealed journal');
  await journalStore.clear();
  for (const { number, sealed } of journal) await journalStore.add(sealed, number);
}

/** What throws before it becomes a request would else leave what came before it to be committed. */
function abort(transaction: Transaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended already, by the failure that is being reported.
  }
}

const RELOAD =
  'Reload the page. If it happens again, this browser may forbid storage (private mode).';
const ADVICE: Readonly<Record<string, string>> = {
  QuotaExceededError: 'There is no room left on this device. Free some, then try again.',
  VersionError: 'A newer version of this page has written it. Reload the page to update it.',
  SecurityError:
    'This browser forbids storage here. Leave private mode, or allow cookies and site data.',
  InvalidStateError: RELOAD,
};

function storeError(what: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const name = error instanceof DOMException ? error.name : 'error';
  return new StoreError(
    `The wallet's storage could not be ${what} (${name}). ${ADVICE[name] ?? RELOAD}`,
    name === 'QuotaExceededError' ? 'full' : name === 'VersionError' ? 'newer' : 'broken',
  );
}
