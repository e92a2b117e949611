import { encodeEntry, type Entry } from './journal.ts';
import { apply } from './ledger-apply.ts';
import { check } from './ledger-check.ts';
import type { Ledger } from './ledger.ts';
import { StoreError, type StorePort } from './ports.ts';
import { RequestRefused } from './refusal.ts';

export const LOCKED = 'The wallet was locked meanwhile. Unlock it and try again.';

/** Entries one after the other, so that the ledger is always the sum of what is stored, in its order. */
export class JournalQueue {
  readonly #store: StorePort;
  readonly #ledger: Ledger;
  readonly #onFailure: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();
  #stopped = false;
  #closed = false;
  #open = 0;

  constructor(store: StorePort, ledger: Ledger, onFailure: (error: unknown) => void) {
    this.#store = store;
    this.#ledger = ledger;
    this.#onFailure = onFailure;
  }

  /** Nothing is stored any more, after a failure or because the wallet was locked. */
  get ended(): boolean {
    return this.#stopped || this.#closed;
  }

  /** Whether something is being stored, or waits for it. */
  get busy(): boolean {
    return this.#open > 0;
  }

  /** Nothing is begun any more. Resolves when what is being stored just now is stored. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }

  /** Nothing is stored any more. Returns false when that was so already. */
  stop(): boolean {
    const first = !this.#stopped;
    this.#stopped = true;
    return first;
  }

  /**
   * Makes an entry when it is its turn, stores it and applies it. `make` may throw RequestRefused: then
   * nothing is stored. Any other failure is reported: nobody knows what is stored.
   */
  commit<One extends Entry>(make: () => One): Promise<One> {
    return this.#inTurn(async () => {
      const entry = make();
      check(this.#ledger, entry);
      await this.#write(entry);
      return entry;
    });
  }

  /**
   * What an operation made may not fit any more when it is its turn, because another operation was
   * first: then nothing is stored, and false is returned.
   */
  commitIfFits(entry: Entry): Promise<boolean> {
    return this.#inTurn(async () => {
      if (!this.#fits(entry)) return false;
      await this.#write(entry);
      return true;
    });
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    this.#open++;
    const done = this.#last.then(() => {
      if (this.#closed) throw new RequestRefused(LOCKED);
      if (!this.#stopped) return act();
      throw new StoreError('The wallet has stopped after a failure. Reload the page to go on.');
    });
    this.#last = done.then(
      () => {
        this.#open--;
      },
      (error: unknown) => {
        this.#open--;
        if (!(error instanceof RequestRefused)) this.#onFailure(error);
      },
    );
    return done;
  }

  async #write(entry: Entry): Promise<void> {
    await this.#store.append(encodeEntry(entry));
    apply(this.#ledger, entry);
  }

  #fits(entry: Entry): boolean {
    try {
      check(this.#ledger, entry);
      return true;
    } catch {
      return false;
    }
  }
}
