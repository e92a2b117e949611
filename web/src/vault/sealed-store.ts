import { equalBytes } from '@raida-wallet/protocol';

import type { StoredWallet, StorePort } from '../wallet/ports.ts';
import { RequestRefused } from '../wallet/refusal.ts';
import { disagree, openCopy, type Outcome, reconcile } from './reconcile.ts';
import {
  type Base,
  journalPlace,
  pagePlace,
  type RecordStore,
  type SecondCopy,
  type StoredRecords,
} from './records.ts';
import type { RecordCipher } from './sealed.ts';
import { VaultError } from './vault-error.ts';
import { decodeHeader } from './vault-header.ts';

/** What the two copies said of each other when they were read. */
export type Reconciled = Pick<Outcome, 'recovered' | 'diverged' | 'isDoubtful'>;

/**
 * The wallet's store: what the journal appends is sealed and put into both copies, first into the one
 * that counts. What is sealed is bound to its place, so that no record can stand for another one, and
 * none can be missing in the middle.
 */
export class SealedStore implements StorePort {
  readonly #cipher: RecordCipher;
  readonly #store: RecordStore;
  readonly #copy: SecondCopy;
  #header: Uint8Array;
  #generation = 0;
  #last = 0;
  #reconciled: Reconciled = { recovered: 0, diverged: null, isDoubtful: false };
  /** What was begun before what comes next. */
  #before: Promise<void> = Promise.resolve();
  #pending = 0;

  /** `header`: the one that the vault was opened with; the stored one counts, unless it is damaged. */
  constructor(header: Uint8Array, cipher: RecordCipher, store: RecordStore, copy: SecondCopy) {
    this.#header = header;
    this.#cipher = cipher;
    this.#store = store;
    this.#copy = copy;
  }

  get reconciled(): Reconciled {
    return this.#reconciled;
  }

  /** As it is stored. */
  get header(): Uint8Array {
    return this.#header;
  }

  get secondCopy(): SecondCopy['state'] {
    return this.#isUnmerged ? 'failed' : this.#copy.state;
  }

  get #isUnmerged(): boolean {
    return this.#reconciled.diverged !== null || this.#reconciled.isDoubtful;
  }

  /** Whether something is being read or written. */
  get busy(): boolean {
    return this.#pending > 0;
  }

  /** Stores the first entries of a new wallet: none, or those that lay there in the clear. */
  static async create(
    cipher: RecordCipher,
    store: RecordStore,
    header: Uint8Array,
    entries: readonly Uint8Array[],
  ): Promise<void> {
    const base = await sealBase(cipher, entries, 1, 0);
    await store.create({ header, base, journal: [], unmerged: false });
  }

  load(): Promise<StoredWallet> {
    return this.#inTurn(async () => {
      const outcome = await this.#readBoth();
      this.#reconciled = outcome;
      // What went its own way stays until it is merged.
      if (!this.#isUnmerged) await this.#copy.begin(outcome.records, outcome.isOtherHeader);
      return { entries: outcome.entries, journalEntries: outcome.records.journal.length };
    });
  }

  append(entry: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      const number = this.#last + 1;
      const record = { number, sealed: await this.#cipher.seal(entry, journalPlace(number)) };
      await this.#store.append(record);
      this.#last = number;
      await this.#copy.append(record);
    });
  }

  compact(entries: readonly Uint8Array[]): Promise<void> {
    return this.#inTurn(async () => {
      // Where the two copies parted could not be seen any more.
      if (this.#isUnmerged) return;
      const base = await sealBase(this.#cipher, entries, this.#generation + 1, this.#last);
      await this.#store.replace(base, [], false);
      this.#generation = base.generation;
      await this.#copy.begin({ header: this.#header, base, journal: [], unmerged: false });
    });
  }

  /** What `reconciled` handed out is in the journal now. */
  merged(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#store.setMerged();
      const records = await this.#store.reread();
      this.#reconciled = { ...this.#reconciled, diverged: null, isDoubtful: false };
      // All that it replaces is in the journal now.
      await this.#copy.begin(records, true);
    });
  }

  /**
   * Stores how the vault key is wrapped from now on; `stored` is called as soon as that holds.
   * `opensOtherwise`: what opened the vault before shall not open it any more.
   */
  putHeader(header: Uint8Array, opensOtherwise: boolean, stored: () => void): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isUnmerged) {
        throw new RequestRefused('The two copies of the wallet are still being merged. Try again.');
      }
      await this.#store.putHeader(header);
      this.#header = header;
      stored();
      // A header that was replaced must not be left in the other copy: its passphrase would open it.
      await this.#copy.begin(await this.#store.reread(), opensOtherwise);
    });
  }

  /** Resolves when everything that was asked for is done. */
  async settled(): Promise<void> {
    await this.#before;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    this.#pending++;
    const done = this.#before.then(act);
    const over = () => {
      this.#pending--;
    };
    this.#before = done.then(over, over);
    return done;
  }

  close(): void {
    this.#store.close();
    this.#copy.close();
  }

  async #readBoth(): Promise<Outcome & { readonly isOtherHeader: boolean }> {
    const records = await this.#store.load();
    const [copied = null, ...others] = await this.#copy.read();
    const first = records && (await openCopy(records, this.#cipher));
    const second = copied && (await openCopy(copied, this.#cipher));
    const outcome = reconcile(first, second);
    const { base, journal } = outcome.records;
    const diverged = outcome.diverged ?? (await this.#findFork(outcome.records, others));
    // A kill may come before it is merged: then nobody knows what was lost with it.
    const isDoubtful = outcome.isDoubtful || (records?.unmerged ?? false);
    const unmerged = diverged !== null || isDoubtful;
    if (first === null) {
      await this.#store.create({ header: this.#header, base, journal, unmerged });
    } else if (outcome.isNews) {
      await this.#store.replace(base, journal, unmerged);
    }
    if (records && !isDamaged(records.header)) this.#header = records.header;
    else if (records) await this.#store.putHeader(this.#header);
    this.#generation = base.generation;
    this.#last = base.last + journal.length;
    const header = this.#header;
    const isOtherHeader = copied !== null && !equalBytes(copied.header, header);
    const all = { header, base, journal, unmerged };
    return { ...outcome, diverged, isDoubtful, isOtherHeader, records: all };
  }

  /** Of copies that go less far, one that holds something else under the same number. */
  async #findFork(records: StoredRecords, others: readonly StoredRecords[]) {
    for (const other of others) {
      if (!disagree(records.journal, other.journal)) continue;
      const { pages, journal } = await openCopy(other, this.#cipher);
      const entries = [...pages, ...journal];
      if (entries.every((entry) => entry !== null)) return entries;
    }
    return null;
  }
}

function isDamaged(header: Uint8Array): boolean {
  try {
    decodeHeader(header);
    return false;
  } catch (error) {
    if (error instanceof VaultError) return error.reason === 'damaged';
    throw error;
  }
}

async function sealBase(
  cipher: RecordCipher,
  entries: readonly Uint8Array[],
  generation: number,
  last: number,
): Promise<Base> {
  const base = { generation, last, pages: entries };
  const pages = await Promise.all(
    entries.map((entry, index) => cipher.seal(entry, pagePlace(base, index))),
  );
  return { ...base, pages };
}
