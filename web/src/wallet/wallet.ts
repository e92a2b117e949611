import { assert, readUint32, TOKEN_ID_BYTES, totalUnits } from '@raida-wallet/protocol';

import type { OfferView, SendPlan, WalletView } from './view-types.ts';
import type { Engine } from './engine.ts';
import { chooseKeys, type KeyNeed, newKeys } from './key-tokens.ts';
import {
  busyTokens,
  findHandedOut,
  handOverEntry,
  importEntry,
  isOut,
  repairEntry,
  takeBackEntry,
} from './orders.ts';
import {
  type Operation,
  type OperationContext,
  type OperationEffect,
  newOperation,
  recheck,
} from './operation-state.ts';
import { decodeEntry, encodeEntry, type Entry, type ImportEntry } from './journal.ts';
import { apply } from './ledger-apply.ts';
import {
  hasSettled,
  latestTimeMs,
  type Ledger,
  newLedger,
  nextFixCounter,
  type OperationRecord,
  packIds,
} from './ledger.ts';
import { leaveLimbo, limboOf } from './limbo.ts';
import { JournalQueue } from './journal-queue.ts';
import { COMPACT_AFTER_ENTRIES } from './limits.ts';
import type { inspectFiles, NamedFile, Offer } from './offer.ts';
import type { ClockPort, RandomPort, StorePort } from './ports.ts';
import type { Requester } from './requester.ts';
import type { TokenList } from './restore.ts';
import { RequestRefused } from './refusal.ts';
import { compact } from './snapshot.ts';
import { SteadyClock } from './steady-clock.ts';
import type { TokenRecord } from './token-record.ts';
import { SEED_BYTES, Vault } from './vault.ts';
import { viewWallet } from './view.ts';
import { Waker } from './waker.ts';

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
  readonly #vault: Vault;
  readonly #clock: SteadyClock;
  readonly #waker: Waker;
  readonly #running = new Map<number, Operation>();
  readonly #offers = new Map<number, Offer>();
  #nextOffer = 1;
  /** Counters of PGs below this are given out. */
  #fixCounter = 0;
  /** Being put into a file: no operation begins anything with them. */
  readonly #leaving = new Set<TokenRecord>();
  #lastRepair: Operation | null = null;
  /** Key tokens of the same value take turns. */
  #turn = 0;
  #requester: Requester | null = null;
  #engine: Engine | null = null;
  readonly #journal: JournalQueue;

  private constructor(ports: WalletPorts, events: WalletEvents, ledger: Ledger) {
    assert(ledger.seed, 'an open wallet has a seed');
    this.#ports = ports;
    this.#events = events;
    this.#ledger = ledger;
    this.#journal = new JournalQueue(ports.store, ledger, (error) => this.#fail(error));
    this.#vault = new Vault(ledger.seed);
    this.#clock = new SteadyClock(ports.clock, latestTimeMs(ledger));
    this.#waker = new Waker(this.#clock);
  }

  /** Reads everything that is stored; the first time, stores a seed: the given one, or a new one. */
  static async open(ports: WalletPorts, events: WalletEvents, given?: Uint8Array): Promise<Wallet> {
    const stored = await ports.store.load();
    const ledger = newLedger();
    for (const bytes of stored.entries) apply(ledger, decodeEntry(bytes));
    if (ledger.seed === null) {
      const seed = given?.slice() ?? new Uint8Array(SEED_BYTES);
      if (!given) ports.random.fill(seed);
      const entry: Entry = { kind: 'seed', seed };
      await ports.store.append(encodeEntry(entry));
      apply(ledger, entry);
    }
    if (stored.journalEntries > COMPACT_AFTER_ENTRIES) {
      await compact(ports.store, ledger);
    }
    return new Wallet(ports, events, ledger);
  }

  view(): WalletView {
    const clock = this.#clock;
    return viewWallet({
      ledger: this.#ledger,
      running: this.#running,
      lastRepair: this.#lastRepair,
      nowMs: clock.now(),
      toDeviceMs: (ms) => clock.toDeviceMs(ms),
    });
  }

  /** Starts what was left unfinished. From now on the wallet may send. */
  connect(requester: Requester, engine: Engine): void {
    assert(this.#requester === null, 'a wallet is connected once');
    this.#requester = requester;
    this.#engine = engine;
    for (const record of this.#ledger.operations.values()) {
      if (record.closedAtMs === 0) this.#start(record);
    }
    this.#findLimbo();
  }

  /** What is open or never settled, and no operation has in hand, is asked about. */
  #findLimbo(): void {
    const handled = new Set<TokenRecord>();
    for (const { record } of this.#running.values()) {
      for (const token of record.tokens) handled.add(token);
    }
    const limbo = limboOf(this.#ledger, handled, this.#clock.now());
    if (limbo) this.#start(limbo);
  }

  /**
   * Looks at files. Nothing is kept but the offer, until it is accepted or dismissed. The reader of
   * files is handed in, so that a page need not load it before there are any.
   */
  inspect(look: typeof inspectFiles, files: readonly NamedFile[], coinId: number): OfferView {
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
    this.#events.changed();
    this.#startStored(deposit);
    return deposit;
  }

  /** Asks all RAIDA about all coins, and has what is lost repaired. Returns how many coins that are. */
  async repair(): Promise<number> {
    const { operation, ids } = await this.#journal.commit(() =>
      repairEntry(this.#ledger, this.#leaving, this.#ports.clock.now()),
    );
    this.#lastRepair = null;
    for (const op of this.#running.values()) recheck(op);
    if (this.#ledger.operations.has(operation)) this.#startStored(operation);
    this.#waker.wakeAll();
    this.#events.changed();
    return ids.length / TOKEN_ID_BYTES;
  }

  planSend(units: bigint): SendPlan {
    const busy = busyTokens(this.#running.values());
    return this.#loaded().planSend(this.#ledger, units, (token) => busy.has(token));
  }

  /** Takes coins out of the balance and into a file that is stored with them. Returns its number. */
  async send(units: bigint, memo: string, coinId: number): Promise<number> {
    const { composeSend } = this.#loaded();
    let leaving: readonly TokenRecord[] = [];
    try {
      const { operation } = await this.#journal.commit(() => {
        const busy = busyTokens(this.#running.values());
        const order = { units, memo, coinId };
        const isBusy = (token: TokenRecord) => busy.has(token);
        const composed = composeSend(this.#ledger, order, isBusy, this.#ports.clock.now());
        leaving = composed.tokens;
        for (const token of leaving) this.#leaving.add(token);
        return composed.entry;
      });
      this.#startStored(operation);
      return operation;
    } finally {
      for (const token of leaving) this.#leaving.delete(token);
      this.#events.changed();
    }
  }

  /** The file of a send, the same bytes every time. First it is written down that it is out. */
  async handOver(id: number): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
    const { names, send } = findHandedOut(this.#ledger, id);
    if (send.handedOverAtMs === 0) {
      await this.#journal.commit(() => handOverEntry(this.#ledger, id, this.#ports.clock.now()));
      this.#events.changed();
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
    this.#events.changed();
  }

  #loaded(): Engine {
    if (this.#engine) return this.#engine;
    throw new RequestRefused('The relay has not answered yet. Try again when it is reachable.');
  }

  /** What has to be kept beside the words to find the coins again. Holds no secret. */
  tokenList(): TokenList {
    return this.#loaded().listTokens(this.#ledger);
  }

  /** Secrets and all. */
  backup(): Uint8Array[] {
    return this.#loaded().backupEntries(this.#ledger);
  }

  /** Looks for tokens under every secret that this seed may have proposed. */
  restore(seed: Uint8Array, list: TokenList): Promise<number> {
    const { restoreFromSeed } = this.#loaded();
    return this.#restore((chance, atMs) =>
      restoreFromSeed(this.#restorable(), seed, list, chance, atMs),
    );
  }

  /** Never overwrites what is newer here. */
  restoreBackup(entries: readonly Uint8Array[]): Promise<number> {
    const { restoreFromBackup } = this.#loaded();
    return this.#restore((chance, atMs) =>
      restoreFromBackup(this.#restorable(), entries, chance, atMs),
    );
  }

  #restorable() {
    return { ledger: this.#ledger, busy: busyTokens(this.#running.values()) };
  }

  async #restore(make: (chance: number, atMs: number) => ImportEntry): Promise<number> {
    const { deposit } = await this.#journal.commit(() => {
      const random = new Uint8Array(4);
      this.#ports.random.fill(random.subarray(1));
      const entry = make(readUint32(random, 0), this.#ports.clock.now());
      if (entry.ids.length === 0) {
        throw new RequestRefused('All of these coins are in this wallet already.');
      }
      return entry;
    });
    this.#startStored(deposit);
    this.#events.changed();
    return deposit;
  }

  /** Goes on at once with whatever waits for better times. */
  retryNow(): void {
    this.#waker.wakeAll();
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
    if (this.#requester) this.#start(record);
  }

  #start(record: OperationRecord): void {
    if (this.#running.has(record.id)) return;
    leaveLimbo(this.#running.values(), record.tokens);
    assert(this.#requester, 'an operation starts when the wallet is connected');
    const op = newOperation(record);
    this.#running.set(record.id, op);
    void this.#run(op, this.#requester).catch((error: unknown) => this.#fail(error));
  }

  /** Once: the first failure is the cause, those after it are its consequences. */
  #fail(error: unknown): void {
    if (!this.#journal.stop()) return;
    this.#requester?.stop();
    this.#events.failed(error);
  }

  /** Does what the machine says, one effect after the other, until it is done. */
  async #run(op: Operation, requester: Requester): Promise<void> {
    const { step, startAnew } = this.#loaded();
    const context = this.#context(requester);
    const clock = this.#clock;
    let effect = step(op, { kind: 'start' }, context, clock.now());
    while (effect !== null && !this.#journal.stopped) {
      this.#events.changed();
      const current: OperationEffect = effect;
      if (current.kind === 'commit') {
        const stored = await this.#journal.commitIfFits(current.entry);
        const next = () => step(op, { kind: 'committed' }, context, clock.now());
        effect = stored ? next() : startAnew(op, clock.now());
      } else if (current.kind === 'wake') {
        await this.#waker.sleepUntil(current.atMs);
        this.#turn++;
        effect = step(op, { kind: 'wake' }, context, clock.now());
      } else {
        effect = null;
        const keys = newKeys(current.asks, this.#ledger);
        if (keys.length > 0) {
          await this.#journal.commit(() => ({ kind: 'key', ids: packIds(keys) }) as const);
        }
        await requester.ask(current.asks, current.patient, (index, outcome) => {
          const event = { kind: 'outcome', index, outcome } as const;
          effect = step(op, event, context, clock.now()) ?? effect;
          this.#events.changed();
        });
      }
    }
    if (!this.#journal.stopped) {
      this.#running.delete(op.record.id);
      if (op.record.repairs > 0) this.#lastRepair = op;
    }
    this.#events.changed();
  }

  #context(requester: Requester): OperationContext {
    return {
      udpMaxBytes: requester.network.udpMaxBytes,
      pans: (token, counter) => this.#vault.pans(token, counter),
      pgs: (counter) => this.#vault.pgs(counter),
      panFloor: () => this.#ledger.floors.pan,
      nextFixCounter: () => {
        this.#fixCounter = Math.max(this.#fixCounter, nextFixCounter(this.#ledger));
        return this.#fixCounter++;
      },
      storedTimeMs: () => latestTimeMs(this.#ledger),
      isLeaving: (token) => this.#leaving.has(token),
      keyAt: (raida, need, avoid) => this.#keysAt(raida, need, avoid, 1)[0] ?? null,
      keysAt: (raida, need, avoid, count) => this.#keysAt(raida, need, avoid, count),
    };
  }

  #keysAt(raida: number, need: KeyNeed, avoid: ReadonlySet<string>, count: number) {
    const wish = { raida, need, avoid, leaving: this.#leaving, turn: this.#turn };
    return chooseKeys(this.#ledger, wish, count);
  }
}
