import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';

import { type StoredWallet, StoreError, type StorePort } from '../wallet/ports.ts';

/**
 * The wallet's store in IndexedDB: `pages` hold compacted entries, `journal` what came after, one
 * record a commit; `meta` the epoch, which goes up whenever a wallet is opened. Every write checks
 * it in its own transaction, so that a tab that lost its place cannot write any more (I3).
 */
interface Schema extends DBSchema {
  pages: { key: number; value: Uint8Array };
  journal: { key: number; value: Uint8Array };
  meta: { key: 'epoch'; value: number };
}

type Stores = ('pages' | 'journal' | 'meta')[];

const DATABASE = 'raida-wallet';
const VERSION = 1;

export class IdbStore implements StorePort {
  readonly #db: IDBPDatabase<Schema>;
  #epoch = 0;

  private constructor(db: IDBPDatabase<Schema>) {
    this.#db = db;
  }

  static async open(): Promise<IdbStore> {
    const db = await openDB<Schema>(DATABASE, VERSION, {
      upgrade(database) {
        database.createObjectStore('pages', { autoIncrement: true });
        database.createObjectStore('journal', { autoIncrement: true });
        database.createObjectStore('meta');
      },
    }).catch((error: unknown) => {
      throw storeError('opened', error);
    });
    return new IdbStore(db);
  }

  async load(): Promise<StoredWallet> {
    try {
      const transaction = this.#db.transaction(['pages', 'journal', 'meta'], 'readwrite', STRICT);
      const meta = transaction.objectStore('meta');
      const epoch = ((await meta.get('epoch')) ?? 0) + 1;
      await meta.put(epoch, 'epoch');
      const pages = await transaction.objectStore('pages').getAll();
      const journal = await transaction.objectStore('journal').getAll();
      await transaction.done;
      this.#epoch = epoch;
      return { entries: [...pages, ...journal], journalEntries: journal.length };
    } catch (error) {
      throw storeError('read', error);
    }
  }

  append(entry: Uint8Array): Promise<void> {
    return this.#write(['journal', 'meta'], async (transaction) => {
      await transaction.objectStore('journal').add(entry);
    });
  }

  compact(entries: readonly Uint8Array[]): Promise<void> {
    return this.#write(['pages', 'journal', 'meta'], async (transaction) => {
      await transaction.objectStore('pages').clear();
      await transaction.objectStore('journal').clear();
      for (const entry of entries) await transaction.objectStore('pages').add(entry);
    });
  }

  /** A strict transaction that does nothing unless the epoch is still ours. All of it, or nothing. */
  async #write(stores: Stores, change: (transaction: Transaction) => Promise<void>) {
    let transaction: Transaction | null = null;
    try {
      transaction = this.#db.transaction(stores, 'readwrite', STRICT);
      // An abort rejects `done` as well as the request that failed; one report is enough.
      transaction.done.catch(() => undefined);
      const epoch = await transaction.objectStore('meta').get('epoch');
      if (epoch !== this.#epoch) {
        throw new StoreError('Another tab has taken over this wallet. Reload to see it.');
      }
      await change(transaction);
      await transaction.done;
    } catch (error) {
      if (transaction) abort(transaction);
      throw storeError('written', error);
    }
  }
}

/** What throws before it becomes a request would else leave what came before it to be committed. */
function abort(transaction: Transaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended already, by the failure that is being reported.
  }
}

const STRICT = { durability: 'strict' } as const;

type Transaction = IDBPTransaction<Schema, Stores, 'readwrite'>;

function storeError(what: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const name = error instanceof DOMException ? error.name : 'error';
  const advice =
    name === 'QuotaExceededError'
      ? 'There is no room left on this device. Free some, then reload.'
      : 'Reload the page. If it happens again, this browser may forbid storage (private mode).';
  return new StoreError(`The wallet's storage could not be ${what} (${name}). ${advice}`);
}
