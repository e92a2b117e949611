import type { FileView, OfferView } from '../wallet/messages.ts';
import { MAX_FILE_BYTES, MAX_FILES_AT_ONCE, MAX_TOTAL_BYTES } from '../limits.ts';
import { texts } from '../texts.ts';
import { formatCount } from './format.ts';
import { wordsFor } from './requests.ts';
import type { ChosenFile, Wallet } from './wallet.svelte.ts';

/** The part of a File that is used, so that tests need no browser. */
export interface FileLike {
  readonly name: string;
  readonly size: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}

export type Activity = 'reading' | 'fetching' | 'accepting';

/**
 * From chosen files to accepted coins:
 *
 *   nothing --files--> reading --offer--> offered --accept--> accepting --> nothing
 *      ^                  |                  |  ^                |
 *      '---- error -------'<--- not now -----'  '--- error ------'
 *
 * Files that are added while an offer is open are looked at together with the ones before. Nothing is
 * stored, and nothing is sent, before the person accepts.
 */
export class Receiving {
  /** What goes on right now, if anything. */
  activity = $state<Activity | null>(null);
  /** Files that are being looked at. */
  reading = $state(0);
  offer = $state.raw<OfferView | null>(null);
  /** What went wrong and what to do. */
  error = $state<string | null>(null);

  readonly #wallet: Wallet;
  /** What the open offer was made of, to look at it again when more is added. */
  #files: readonly FileLike[] = [];
  /** Only the newest attempt may speak; what an older one finds is dismissed. */
  #attempt = 0;

  constructor(wallet: Wallet) {
    this.#wallet = wallet;
  }

  get canAdd(): boolean {
    return this.#wallet.phase === 'ready' && this.activity !== 'accepting';
  }

  async add(added: readonly FileLike[]): Promise<void> {
    if (!this.canAdd || added.length === 0) return;
    const files = [...this.#files, ...added];
    const refusal = refuse(files);
    if (refusal !== null) {
      this.error = refusal;
      return;
    }
    this.#files = files;
    await this.#attemptTo('reading', async (isNewest) => {
      this.reading = files.length;
      const { readable, unreadable } = await readAll(files);
      // A newer attempt has taken over: spare the worker the work.
      if (!isNewest()) return null;
      const offer = await this.#wallet.inspect(readable);
      return { ...offer, files: [...offer.files, ...unreadable] };
    });
  }

  async fetchTestCoins(): Promise<void> {
    if (!this.canAdd) return;
    await this.#attemptTo('fetching', () => this.#wallet.testCoins());
  }

  async accept(): Promise<void> {
    const { offer } = this;
    if (offer === null || this.activity !== null) return;
    this.activity = 'accepting';
    this.error = null;
    try {
      await this.#wallet.accept(offer.id);
      this.offer = null;
      this.#files = [];
    } catch (error) {
      this.error = wordsFor(error);
    } finally {
      this.activity = null;
    }
  }

  /** Closes the offer without a trace. */
  dismiss(): void {
    if (this.activity === 'accepting') return;
    this.#attempt++;
    if (this.offer !== null) this.#wallet.dismiss(this.offer.id);
    this.offer = null;
    this.#files = [];
    this.activity = null;
    this.error = null;
  }

  dismissError(): void {
    this.error = null;
  }

  async #attemptTo(
    activity: Activity,
    attempt: (isNewest: () => boolean) => Promise<OfferView | null>,
  ): Promise<void> {
    const number = ++this.#attempt;
    const isNewest = () => number === this.#attempt;
    this.activity = activity;
    this.error = null;
    try {
      const offer = await attempt(isNewest);
      if (offer === null) return;
      if (!isNewest()) {
        this.#wallet.dismiss(offer.id);
        return;
      }
      if (this.offer !== null) this.#wallet.dismiss(this.offer.id);
      this.offer = offer;
    } catch (error) {
      if (!isNewest()) return;
      this.error = wordsFor(error);
      if (this.offer === null) this.#files = [];
    } finally {
      if (isNewest()) this.activity = null;
    }
  }
}

function refuse(files: readonly FileLike[]): string | null {
  if (files.length > MAX_FILES_AT_ONCE)
    return texts.receive.tooMany(formatCount(MAX_FILES_AT_ONCE));
  const readable = files.filter(({ size }) => size <= MAX_FILE_BYTES);
  const bytes = readable.reduce((sum, { size }) => sum + size, 0);
  return bytes > MAX_TOTAL_BYTES ? texts.receive.tooMuch : null;
}

async function readAll(files: readonly FileLike[]) {
  const readable: ChosenFile[] = [];
  const unreadable: FileView[] = [];
  for (const file of files) {
    if (file.size > MAX_FILE_BYTES) {
      unreadable.push(leftOut(file.name, texts.receive.tooLarge));
      continue;
    }
    try {
      readable.push({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
    } catch {
      // A folder, a file that vanished, or one that the system withholds: the browser does not say.
      unreadable.push(leftOut(file.name, texts.receive.unreadable));
    }
  }
  return { readable, unreadable };
}

function leftOut(name: string, problem: string): FileView {
  return { name, format: null, coins: 0, units: 0n, denominations: [], problem, remarks: [] };
}
