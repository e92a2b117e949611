import { assert, equalBytes, TOKEN_ID_BYTES, totalUnits } from '@raida-wallet/protocol';

import type { OfferView, SendPlan, WalletView } from './view-types.ts';
import type { Engine } from './engine.ts';
import {
  busyTokens,
  findHandedOut,
  handOverEntry,
  importEntry,
  isOut,
  repairEntry,
  takeBackEntry,
} from './orders.ts';
import type { Operation } from './operation-state.ts';
import { JournalQueue, LOCKED } from './journal-queue.ts';
import { coverageOf, type Coverage, vaultFacts, type VaultFacts } from './kept.ts';
import { hasSettled, latestTimeMs, type Ledger } from './ledger.ts';
import type { inspectFiles, NamedFile, Offer } from './offer.ts';
import { type GivenSeed, openLedger } from './open-ledger.ts';
import type { ClockPort, RandomPort, StorePort } from './ports.ts';
import type { Requester } from './requester.ts';
import type { TokenList } from './restore.ts';
import type { RestoringWallet } from './restoring.ts';
import { RequestRefused } from './refusal.ts';
import type { Runner } from './runner.ts';
import { SteadyClock } from './steady-clock.ts';
import type { TokenRecord } from './token-record.ts';
import { viewWallet } from './view.ts';
import { Waker } from './waker.ts';

export type { GivenSeed } from './open-ledger.ts';

export interface WalletPorts {
  readonly store: StorePort;
  readonly clock: ClockPort;
  readonly random: RandomPort;
}

export interface WalletEvents {
  /** Something that the page shows may have changed. */
  changed(): void;
  /** The store failed: nothing is sent any more until the wallet is opened again. */
  failed(error: unknown): void;
}

/**
 * The wallet: the ledger, its journal, and the operations at work on it. Everything goes through
 * the journal, in order: first durable, then known, then acted upon.
 */
export class Wallet {
  readonly #ports: WalletPorts;
  readonly #events: WalletEvents;
  readonly #ledger: Ledger;
  readonly #clock: SteadyClock;
  readonly #waker: Waker;
  readonly #running = new Map<number, Operation>();
  readonly #offers = new Map<number, Offer>();
  #nextOffer = 1;
  /** Being put into a file: no operation begins anything with them. */
  readonly #leaving = new Set<TokenRecord>();
  #lastRepair: Operation | null = null;
  #engine: Engine | null = null;
  #runner: Runner | null = null;
  #isClosed = false;
  readonly #journal: JournalQueue;

  private constructor(ports: WalletPorts, events: WalletEvents, ledger: Ledger) {
    this.#ports = ports;
    this.#events = events;
    this.#ledger = ledger;
    this.#journal = new JournalQueue(ports.store, ledger, (error) => this.#fail(error));
    this.#clock = new SteadyClock(ports.clock, latestTimeMs(ledger));
    this.#waker = new Waker(this.#clock);
  }

  /** Reads everything that is stored; the first time, stores a seed: the given one, or a new one. */
  static async open(ports: WalletPorts, events: WalletEvents, given?: GivenSeed): Promise<Wallet> {
    return new Wallet(ports, events, await openLedger(ports.store, ports.random, given));
  }

  view(): WalletView {
    const clock = this.#clock;
    return viewWallet({
      ledger: this.#ledger,
      running: this.#running,
      lastRepair: this.#lastRepair,
      doubted: this.#runner?.doubted ?? NOTHING_DOUBTED,
      nowMs: clock.now(),
      toDeviceMs: (ms) => clock.toDeviceMs(ms),
    });
  }

  /**
   * What plans, sends, restores and saves; a page shows its balance without it. Works offline: what is
   * begun is stored, and starts when the wallet is connected.
   */
  load(engine: Engine): void {
    this.#engine = engine;
  }

  /** Starts what was left unfinished. From now on the wallet may send. */
  connect(requester: Requester): void {
    if (this.#isClosed) return;
    assert(this.#runner === null, 'a wallet is connected once');
    const engine = this.#loaded();
    const parts = {
      ledger: this.#ledger,
      journal: this.#journal,
      clock: this.#clock,
      waker: this.#waker,
      random: this.#ports.random,
      running: this.#running,
      leaving: this.#leaving,
      changed: () => this.#changed(),
      repaired: (op: Operation) => {
        this.#lastRepair = op;
      },
      failed: (error: unknown) => this.#fail(error),
    };
    this.#runner = new engine.Runner(parts, engine, requester);
    this.#runner.startAll();
  }

  /**
   * Ends it: nothing is begun any more, and what was asked for meanwhile is refused. Resolves when what
   * is being stored is stored. What is on its way is found by the next start.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#runner?.stop();
    this.#waker.wakeAll();
    await this.#journal.close();
  }

  /**
   * Whether a lock should wait a moment: something is being asked or stored, or goes on by itself within
   * moments. Coins that settle are not waited for, nor servers that do not answer.
   */
  busy(): boolean {
    return this.#journal.busy || (this.#runner?.busy() ?? false);
  }

  #changed(): void {
    if (!this.#isClosed) this.#events.changed();
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw new RequestRefused(LOCKED);
  }

  /**
   * Looks at files. Nothing is kept but the offer, until it is accepted or dismissed. The reader of
   * files is handed in, so that a page need not load it before there are any.
   */
  inspect(look: typeof inspectFiles, files: readonly NamedFile[], coinId: number): OfferView {
    this.#mustBeOpen();
    const offer = look(files, coinId, this.#ledger, this.#closed());
    const id = this.#nextOffer++;
    this.#offers.set(id, offer);
    return {
      id,
      files: offer.files,
      coins: offer.tokens.length,
      units: totalUnits(offer.tokens),
      giverCouldRead: !hasSettled(this.#ledger),
    };
  }

  dismiss(offer: number): void {
    this.#offers.delete(offer);
  }

  /** Stores an offer's coins and starts their deposit. Returns its number. */
  async accept(offerId: number): Promise<number> {
    const offer = this.#offers.get(offerId);
    if (!offer || offer.tokens.length === 0) {
      throw new Error('There is nothing to accept any more. Choose the file again.');
    }
    this.#offers.delete(offerId);
    // Another offer may be on its way into the store: what it brings is known when it is our turn.
    const { deposit } = await this.#journal.commit(() =>
      importEntry(this.#ledger, offer, this.#closed(), this.#ports.clock.now()),
    );
    this.#changed();
    this.#startStored(deposit);
    return deposit;
  }

  /** Asks all RAIDA about all coins, and has what is lost repaired. Returns how many coins that are. */
  async repair(): Promise<number> {
    const { operation, ids } = await this.#journal.commit(() =>
      repairEntry(this.#ledger, this.#leaving, this.#ports.clock.now()),
    );
    this.#lastRepair = null;
    this.#runner?.recheckAll();
    if (this.#ledger.operations.has(operation)) this.#startStored(operation);
    this.#waker.wakeAll();
    this.#changed();
    return ids.length / TOKEN_ID_BYTES;
  }

  planSend(units: bigint): SendPlan {
    return this.#loaded().planSend(this.#ledger, units, this.#isKept());
  }

  /** What is not sent now: operations have it in hand, or 13 servers have just denied it. */
  #isKept(): (token: TokenRecord) => boolean {
    const busy = busyTokens(this.#running.values());
    return (token) => busy.has(token) || this.#runner?.isDoubted(token) === true;
  }

  /** Takes coins out of the balance and into a file that is stored with them. Returns its number. */
  async send(units: bigint, memo: string, coinId: number): Promise<number> {
    const { composeSend } = this.#loaded();
    let leaving: readonly TokenRecord[] = [];
    try {
      const { operation } = await this.#journal.commit(() => {
        const order = { units, memo, coinId };
        const atMs = this.#ports.clock.now();
        const composed = composeSend(this.#ledger, order, this.#isKept(), atMs);
        leaving = composed.tokens;
        for (const token of leaving) this.#leaving.add(token);
        return composed.entry;
      });
      this.#startStored(operation);
      return operation;
    } finally {
      for (const token of leaving) this.#leaving.delete(token);
      this.#changed();
    }
  }

  /** The file of a send, the same bytes every time. First it is written down that it is out. */
  async handOver(id: number): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
    this.#mustBeOpen();
    const { names, send } = findHandedOut(this.#ledger, id);
    if (send.handedOverAtMs === 0) {
      await this.#journal.commit(() => handOverEntry(this.#ledger, id, this.#ports.clock.now()));
      this.#changed();
      findHandedOut(this.#ledger, id);
    }
    return { name: names[0]!, bytes: send.bytes.slice() };
  }

  /** Moves to new secrets of ours what the other side has not taken yet. */
  async takeBack(id: number): Promise<void> {
    const { operation } = await this.#journal.commit(() =>
      takeBackEntry(this.#ledger, id, this.#ports.clock.now()),
    );
    this.#startStored(operation);
    this.#waker.wakeAll();
    this.#changed();
  }

  #loaded(): Engine {
    this.#mustBeOpen();
    if (this.#engine) return this.#engine;
    throw new RequestRefused('A part of this page is still being loaded. Try again in a moment.');
  }

  /** From which every secret that this wallet proposes derives: what the 24 words say. */
  seed(): Uint8Array {
    this.#mustBeOpen();
    assert(this.#ledger.seed, 'an open wallet has a seed');
    return this.#ledger.seed.slice();
  }

  /** What would be left if this device were lost now. */
  vaultFacts(): VaultFacts {
    return vaultFacts(this.#ledger);
  }

  /** A person has written the words down, and has shown it. */
  async wordsWritten(): Promise<void> {
    await this.#journal.commit(() => ({ kind: 'words', atMs: this.#ports.clock.now() }) as const);
    this.#changed();
  }

  /**
   * What has to be kept beside the words to find the coins again. Holds no secret. `saved`: once it has
   * been handed out.
   */
  listToSave(): { readonly list: TokenList; readonly saved: () => Promise<void> } {
    const list = this.#loaded().listTokens(this.#ledger);
    const coverage = coverageOf(this.#ledger, 'list');
    return { list, saved: () => this.#saved(coverage, null) };
  }

  /** Secrets and all, as entries. `saved`: once it has been handed out, with a digest of what was. */
  backupToSave(): {
    readonly entries: Uint8Array[];
    readonly saved: (digest: Uint8Array) => Promise<void>;
  } {
    const entries = this.#loaded().backupEntries(this.#ledger);
    const coverage = coverageOf(this.#ledger, 'backup');
    return { entries, saved: (digest) => this.#saved(coverage, digest.slice()) };
  }

  async #saved(coverage: Coverage, digest: Uint8Array | null): Promise<void> {
    const atMs = this.#ports.clock.now();
    await this.#journal.commit(() => ({ kind: 'saved', atMs, digest, ...coverage }) as const);
    this.#changed();
  }

  /** A backup was read back. False when it is not the newest one of this wallet. */
  async verified(digest: Uint8Array): Promise<boolean> {
    const isNewest = () => equalBytes(this.#ledger.kept.backup?.digest ?? NO_DIGEST, digest);
    if (!isNewest()) return false;
    const entry = {
      kind: 'verified',
      digest: digest.slice(),
      atMs: this.#ports.clock.now(),
    } as const;
    await this.#journal.commit(() => entry);
    this.#changed();
    return isNewest();
  }

  /** Looks for tokens under every secret that this seed may have proposed. */
  async restore(seed: Uint8Array, list: TokenList): Promise<number> {
    return this.#loaded().restoreList(this.#restoring(), seed, list);
  }

  /** Of another wallet, of an earlier time, or of a copy that went its own way: all of it is merged. */
  async restoreBackup(entries: readonly Uint8Array[]): Promise<number> {
    return this.#loaded().restoreBackup(this.#restoring(), entries);
  }

  /** Goes on far beyond all counters that this wallet knows of: it may have lost what used them. */
  async leaveCounters(): Promise<void> {
    const { backupEntries, leaveCounters } = this.#loaded();
    return leaveCounters(this.#restoring(), backupEntries(this.#ledger));
  }

  #restoring(): RestoringWallet {
    return {
      ledger: this.#ledger,
      journal: this.#journal,
      clock: this.#ports.clock,
      random: this.#ports.random,
      running: this.#running,
      leaving: this.#leaving,
      stored: (operation) => {
        this.#startStored(operation);
        this.#changed();
      },
    };
  }

  /** Goes on at once with whatever waits for better times. */
  retryNow(): void {
    this.#runner?.retryNow();
  }

  /** Servers that answered the newest operation that has asked; null before one has. */
  answeringServers(): number | null {
    let newest: Operation | null = null;
    for (const op of this.#running.values()) {
      if (op.hasAsked && op.record.id > (newest?.record.id ?? 0)) newest = op;
    }
    return newest && newest.answering.reduce((sum, one) => sum + one, 0);
  }

  /** What a file must begin nothing with: what an operation has in hand, or somebody else. */
  #closed(): (token: TokenRecord) => boolean {
    const busy = busyTokens(this.#running.values());
    return (token) => {
      if (!isOut(token, this.#running.values())) return busy.has(token);
      // Whether it is gone is asked now, and not only when its turn comes.
      this.#waker.wakeAll();
      return true;
    };
  }

  #startStored(id: number): void {
    const record = this.#ledger.operations.get(id);
    assert(record, 'an operation starts when it is stored');
    this.#runner?.start(record);
  }

  /** Once: the first failure is the cause, those after it are its consequences. */
  #fail(error: unknown): void {
    if (!this.#journal.stop() || this.#isClosed) return;
    this.#runner?.stop();
    this.#events.failed(error);
  }
}

const NO_DIGEST = new Uint8Array();
const NOTHING_DOUBTED: ReadonlyMap<TokenRecord, Uint8Array> = new Map();
