import { IdbRecords, type IdbEvents } from '../ports/idb-records.ts';
import { OpfsCopy } from '../ports/opfs-copy.ts';
import { systemClock, systemRandom } from '../ports/system.ts';
import { decodeHeader, encodeHeader, type VaultHeader } from '../vault/vault-header.ts';
import type { RecordCipher } from '../vault/sealed.ts';
import { SealedStore } from '../vault/sealed-store.ts';
import type { VaultView } from '../wallet/messages.ts';
import { StoreError, TakenOverError } from '../wallet/ports.ts';
import { NothingToRestore, RequestRefused } from '../wallet/refusal.ts';
import { Wallet } from '../wallet/wallet.ts';

export interface SessionEvents {
  /** Something that the page shows may have changed. */
  changed(): void;
  /** The storage failed; what happened and what to do. It is tried again by itself. */
  paused(message: string): void;
  /** The storage was read again, and the wallet goes on as this one. */
  resumed(wallet: Wallet): void;
  /** Another tab writes this wallet now. */
  takenOver(): void;
  /** Nothing can be done about it here. */
  failed(error: unknown): void;
}

/** Between two attempts to read the storage again. */
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;

/** An open wallet with the key that opens its records: all that a lock has to forget. */
export class Session {
  #header: VaultHeader;
  /** Notes that the list of coins that was shown last is kept somewhere. */
  listSaved: () => Promise<void> = () => Promise.resolve();
  readonly #cipher: RecordCipher;
  readonly #events: SessionEvents;
  readonly #idbEvents: IdbEvents;
  #store: SealedStore;
  #wallet: Wallet | null = null;
  #headerChanges: Promise<void> = Promise.resolve();
  #recovered = 0;
  #ended = false;
  #tryNow: () => void = () => undefined;

  constructor(
    header: VaultHeader,
    cipher: RecordCipher,
    records: IdbRecords,
    idbEvents: IdbEvents,
    events: SessionEvents,
  ) {
    this.#header = header;
    this.#cipher = cipher;
    this.#events = events;
    this.#idbEvents = idbEvents;
    this.#store = new SealedStore(encodeHeader(header), cipher, records, new OpfsCopy());
  }

  /** The wallet; words for a person while the storage fails. */
  get wallet(): Wallet {
    if (this.#wallet) return this.#wallet;
    throw new Error('The storage has failed. Try again when it works again.');
  }

  get header(): VaultHeader {
    return this.#header;
  }

  /** One change after the other, each of what the one before has made. */
  changeHeader(change: (header: VaultHeader) => Promise<VaultHeader>): Promise<void> {
    const done = this.#headerChanges.then(async () => {
      const changed = await change(this.#header);
      const before = this.#header;
      const opensOtherwise =
        changed.passphrase !== before.passphrase || changed.passkeys !== before.passkeys;
      await this.#store
        .putHeader(encodeHeader(changed), opensOtherwise, () => (this.#header = changed))
        .catch((error: unknown) => {
          this.#fail(error);
          throw error;
        });
    });
    this.#headerChanges = done.catch(() => undefined);
    return done;
  }

  async open(): Promise<Wallet> {
    const events = {
      changed: () => this.#events.changed(),
      failed: (error: unknown) => this.#fail(error),
    };
    const ports = { store: this.#store, clock: systemClock, random: systemRandom };
    const wallet = await Wallet.open(ports, events);
    this.#header = decodeHeader(this.#store.header);
    this.#recovered += this.#store.reconciled.recovered;
    this.#wallet = wallet;
    return wallet;
  }

  /** What went its own way in the second copy is taken over here. The wallet has its engine by now. */
  async mergeCopies(): Promise<void> {
    const { diverged, isDoubtful } = this.#store.reconciled;
    const [wallet, store] = [this.#wallet, this.#store];
    if (!wallet || (!diverged && !isDoubtful)) return;
    if (isDoubtful) await wallet.leaveCounters();
    if (diverged) await wallet.restoreBackup(diverged).catch(ifNothing);
    if (this.#ended || this.#wallet !== wallet) return;
    await store.merged().catch((error: unknown) => {
      this.#fail(error);
      throw error;
    });
  }

  view(): VaultView | null {
    if (!this.#wallet) return null;
    return {
      ...this.#wallet.vaultFacts(),
      lockAfterMinutes: this.#header.lockAfterMinutes,
      passkeys: this.#header.passkeys.map(({ credentialId, salt, addedAtMs }) => ({
        credentialId: credentialId.slice(),
        salt: salt.slice(),
        addedAtMs,
      })),
      secondCopy: this.#store.secondCopy,
      recovered: this.#recovered,
    };
  }

  get isPaused(): boolean {
    return this.#wallet === null;
  }

  busy(): boolean {
    return this.#store.busy || (this.#wallet?.busy() ?? false);
  }

  /** The storage is tried again now instead of when the pause is over. */
  retryNow(): void {
    this.#tryNow();
    this.#wallet?.retryNow();
  }

  /** The browser closed the database under us. */
  lost(): void {
    this.#fail(new StoreError('This browser has closed the storage of the wallet.'));
  }

  /** Finishes what is being stored, and nothing else. */
  async close(): Promise<void> {
    this.#ended = true;
    this.#tryNow();
    await this.#wallet?.close();
    this.#wallet = null;
    await this.#headerChanges;
    await this.#store.settled();
    this.#store.close();
  }

  /** It may be over after any await. */
  #isOver(): boolean {
    return this.#ended;
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    if (error instanceof RequestRefused) return;
    if (error instanceof TakenOverError) return this.#events.takenOver();
    if (!(error instanceof StoreError) || error.reason === 'newer')
      return this.#events.failed(error);
    if (this.#wallet) void this.#recover(error);
  }

  /** After any failure nobody knows what is stored: the database is opened and read again. */
  async #recover(error: StoreError): Promise<void> {
    this.#events.paused(error.message);
    const broken = this.#wallet;
    this.#wallet = null;
    await broken?.close();
    this.#store.close();
    for (
      let pauseMs = FIRST_PAUSE_MS;
      !this.#isOver();
      pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)
    ) {
      await Promise.race([
        systemClock.sleep(pauseMs),
        new Promise<void>((resolve) => (this.#tryNow = resolve)),
      ]);
      if (this.#isOver()) return;
      try {
        const records = await IdbRecords.open(this.#idbEvents);
        const header = encodeHeader(this.#header);
        this.#store = new SealedStore(header, this.#cipher, records, new OpfsCopy());
        const wallet = await this.open();
        if (!this.#isOver()) this.#events.resumed(wallet);
        return;
      } catch (again) {
        this.#store.close();
        if (this.#isOver()) return;
        if (!(again instanceof StoreError) || again.reason === 'newer') {
          this.#events.failed(again);
          return;
        }
        this.#events.paused(again.message);
      }
    }
  }
}

/** It has no coin that is not here as well. */
function ifNothing(error: unknown): void {
  if (!(error instanceof NothingToRestore)) throw error;
}
