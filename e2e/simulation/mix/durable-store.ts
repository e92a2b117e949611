import { StoreError } from '@raida-wallet/web/wallet/ports';

import type { Chance } from './chance.ts';
import type { Coverage } from './coverage.ts';
import type { JournalReader } from './journal-reader.ts';
import type { StoreFaults } from './plan.ts';

/** What a browser keeps for the wallet, as `web/src/ports/idb-store.ts` writes it. */
export class DurableStore {
  faults: StoreFaults;
  #entries: Uint8Array[] = [];
  #compacted = 0;
  #epoch = 0;
  /** Whether something happened since the last commit that could not have happened without it. */
  #actedUpon = true;
  readonly #chance: Chance;
  readonly #coverage: Coverage;
  readonly #reader: JournalReader;
  /** Told when what was durable is no more: it is read anew. */
  readonly #lost: (entries: readonly Uint8Array[]) => void;

  constructor(
    faults: StoreFaults,
    chance: Chance,
    coverage: Coverage,
    reader: JournalReader,
    lost: (entries: readonly Uint8Array[]) => void,
  ) {
    this.faults = faults;
    this.#chance = chance;
    this.#coverage = coverage;
    this.#reader = reader;
    this.#lost = lost;
  }

  get entries(): readonly Uint8Array[] {
    return this.#entries;
  }

  /** What an earlier life has left. */
  adopt(entries: readonly Uint8Array[], compacted: number): void {
    this.#entries = [...entries];
    this.#compacted = compacted;
  }

  /** The epoch goes up whenever a wallet is opened (I3). */
  open() {
    this.#epoch++;
    const entries = [...this.#entries];
    const journalEntries = entries.length - this.#compacted;
    return { epoch: this.#epoch, entries, journalEntries };
  }

  append(epoch: number, entry: Uint8Array): void {
    this.#check(epoch);
    const copy = entry.slice();
    this.#entries.push(copy);
    this.#actedUpon = false;
    this.#reader.written(copy, epoch, this.#epoch);
  }

  compact(epoch: number, entries: readonly Uint8Array[]): void {
    this.#check(epoch);
    this.#coverage.fault('compaction');
    const copies = entries.map((entry) => entry.slice());
    this.#reader.replaced(copies);
    this.#entries = copies;
    this.#compacted = copies.length;
    this.#actedUpon = true;
  }

  /** From now on the last commit cannot be lost any more: somebody acted upon it. */
  actedUpon(): void {
    this.#actedUpon = true;
  }

  /** A commit upon which nobody acted is lost with the process. */
  loseLast(): void {
    if (this.#actedUpon || this.#entries.length <= this.#compacted) return;
    this.#coverage.fault('last commit lost');
    this.#entries.pop();
    this.#actedUpon = true;
    this.#lost(this.#entries);
  }

  /** As in the browser's store: a tab that lost its place cannot write any more (I3). */
  #check(epoch: number): void {
    if (epoch !== this.#epoch) {
      this.#coverage.fault('stale tab writes');
      throw new StoreError('Another tab has taken over this wallet. Reload to see it.');
    }
    if (this.#chance.hits(this.faults.errors)) {
      this.#coverage.fault('storage error');
      throw new StoreError('The wallet could not be written.');
    }
    if (this.#chance.hits(this.faults.quota)) {
      this.#coverage.fault('quota');
      throw new StoreError('There is no room left on this device.');
    }
  }
}
