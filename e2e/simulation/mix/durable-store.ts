import { StoreError, TakenOverError } from '@raida-wallet/web/wallet/ports';

import {
  outcomesOf,
  type StoreAnswer,
  type StoreFault,
  type StoreOperation,
  type StoreOutcome,
  THEN,
} from '../store-model.ts';
import type { Chance } from './chance.ts';
import type { Coverage } from './coverage.ts';
import type { JournalReader } from './journal-reader.ts';
import type { StoreFaults } from './plan.ts';

const ERRORS: readonly StoreFault[] = ['aborted', 'lost before', 'lost meanwhile'];

/** What a browser keeps for the wallet. What goes wrong with it is what `store-model.ts` says. */
export class DurableStore {
  faults: StoreFaults;
  #entries: Uint8Array[] = [];
  #compacted = 0;
  #epoch = 0;
  /** Whose connection the browser has closed. */
  #lostEpoch = 0;
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
    const { answer, found } = this.#outcome('load', this.#fault());
    if (found === 'new') this.#epoch++;
    this.#report(answer);
    const entries = [...this.#entries];
    const journalEntries = entries.length - this.#compacted;
    return { epoch: this.#epoch, entries, journalEntries };
  }

  append(epoch: number, entry: Uint8Array): void {
    const { answer, found } = this.#write('append', epoch);
    if (found === 'new') {
      const copy = entry.slice();
      this.#entries.push(copy);
      this.#actedUpon = false;
      this.#reader.written(copy, epoch, this.#epoch);
    }
    this.#report(answer);
  }

  compact(epoch: number, entries: readonly Uint8Array[]): void {
    const { answer, found } = this.#write('replace', epoch);
    if (found === 'new') {
      this.#coverage.fault('compaction');
      const copies = entries.map((entry) => entry.slice());
      this.#reader.replaced(copies);
      this.#entries = copies;
      this.#compacted = copies.length;
      this.#actedUpon = true;
    }
    this.#report(answer);
  }

  /** From now on the last commit cannot be lost any more: somebody acted upon it. */
  actedUpon(): void {
    this.#actedUpon = true;
  }

  /** A power cut: a commit upon which nobody acted is lost with the process. */
  loseLast(): void {
    if (this.#actedUpon || this.#entries.length <= this.#compacted) return;
    this.#coverage.fault('last commit lost');
    this.#entries.pop();
    this.#actedUpon = true;
    this.#lost(this.#entries);
  }

  #write(operation: StoreOperation, epoch: number): StoreOutcome {
    let fault: StoreFault = 'lost before';
    if (epoch !== this.#epoch) {
      // As in the browser's store: a tab that lost its place cannot write any more (I3).
      this.#coverage.fault('stale tab writes');
      fault = 'taken over';
    } else if (epoch !== this.#lostEpoch) {
      fault = this.#fault();
      if (THEN[fault] === 'broken') this.#lostEpoch = epoch;
    }
    return this.#outcome(operation, fault);
  }

  #fault(): StoreFault {
    if (this.#chance.hits(this.faults.errors)) {
      this.#coverage.fault('storage error');
      return this.#chance.pick(ERRORS);
    }
    if (this.#chance.hits(this.faults.quota)) {
      this.#coverage.fault('quota');
      return 'full';
    }
    return 'none';
  }

  #outcome(operation: StoreOperation, fault: StoreFault): StoreOutcome {
    const outcomes = outcomesOf(operation, fault);
    return outcomes.length === 1 ? outcomes[0]! : this.#chance.pick(outcomes);
  }

  #report(answer: StoreAnswer): void {
    if (answer === 'taken over') {
      throw new TakenOverError('Another tab has taken over this wallet. Reload to see it.');
    }
    if (answer === 'full') throw new StoreError('There is no room left on this device.', 'full');
    if (answer === 'broken') throw new StoreError('The wallet could not be written.');
  }
}
