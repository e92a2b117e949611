import { assert, tokenKey, totalUnits } from '@raida-wallet/protocol';

import type { OfferView, WalletView } from './view-types.ts';
import type { RequestKey } from './ask.ts';
import { step } from './deposit.ts';
import {
  type Deposit,
  type DepositContext,
  type DepositEffect,
  newDeposit,
} from './deposit-state.ts';
import { decodeEntry, encodeEntry, type Entry, type ImportEntry } from './journal.ts';
import {
  apply,
  bringsNews,
  check,
  latestTimeMs,
  type Ledger,
  newLedger,
  packIds,
} from './ledger.ts';
import { COMPACT_AFTER_ENTRIES } from './limits.ts';
import type { inspectFiles, NamedFile, Offer } from './offer.ts';
import { type ClockPort, type RandomPort, StoreError, type StorePort } from './ports.ts';
import type { Requester } from './requester.ts';
import { snapshot } from './snapshot.ts';
import { SteadyClock } from './steady-clock.ts';
import { agrees, NONE, packRow, secretAt, type TokenRecord } from './token-record.ts';
import { ROW_BYTES, SEED_BYTES, Vault } from './vault.ts';
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
 * `#commit`, in order: first durable, then known, then acted upon.
 */
export class Wallet {
  readonly #ports: WalletPorts;
  readonly #events: WalletEvents;
  readonly #ledger: Ledger;
  readonly #vault: Vault;
  readonly #clock: SteadyClock;
  readonly #waker: Waker;
  readonly #running = new Map<number, Deposit>();
  readonly #offers = new Map<number, Offer>();
  #nextOffer = 1;
  #requester: Requester | null = null;
  #commits: Promise<void> = Promise.resolve();
  #failed = false;

  private constructor(ports: WalletPorts, events: WalletEvents, ledger: Ledger) {
    assert(ledger.seed, 'an open wallet has a seed');
    this.#ports = ports;
    this.#events = events;
    this.#ledger = ledger;
    this.#vault = new Vault(ledger.seed);
    this.#clock = new SteadyClock(ports.clock, latestTimeMs(ledger));
    this.#waker = new Waker(this.#clock);
  }

  /** Reads everything that is stored; the first time, makes and stores a seed. */
  static async open(ports: WalletPorts, events: WalletEvents): Promise<Wallet> {
    const stored = await ports.store.load();
    const ledger = newLedger();
    for (const bytes of stored.entries) apply(ledger, decodeEntry(bytes));
    if (ledger.seed === null) {
      const seed = new Uint8Array(SEED_BYTES);
      ports.random.fill(seed);
      const entry: Entry = { kind: 'seed', seed };
      await ports.store.append(encodeEntry(entry));
      apply(ledger, entry);
    }
    if (stored.journalEntries > COMPACT_AFTER_ENTRIES) {
      await ports.store.compact(snapshot(ledger).map(encodeEntry));
    }
    return new Wallet(ports, events, ledger);
  }

  view(): WalletView {
    const clock = this.#clock;
    return viewWallet(this.#ledger, this.#running, clock.now(), (ms) => clock.toDeviceMs(ms));
  }

  /** Starts what was left unfinished. From now on the wallet may send. */
  connect(requester: Requester): void {
    assert(this.#requester === null, 'a wallet is connected once');
    this.#requester = requester;
    for (const record of this.#ledger.deposits.values()) {
      if (record.closedAtMs === 0) this.#start(record.id);
    }
  }

  /**
   * Looks at files. Nothing is kept but the offer, until it is accepted or dismissed. The reader of
   * files is handed in, so that a page need not load it before there are any.
   */
  inspect(look: typeof inspectFiles, files: readonly NamedFile[], coinId: number): OfferView {
    const busy = this.#busyTokens();
    const offer = look(files, coinId, this.#ledger, (token) => busy.has(token));
    const id = this.#nextOffer++;
    this.#offers.set(id, offer);
    return {
      id,
      files: offer.files,
      coins: offer.tokens.length,
      units: totalUnits(offer.tokens),
      giverCouldRead: !this.#hasSettled(),
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
    const { deposit } = await this.#commit(() => this.#importEntry(offer));
    this.#events.changed();
    if (this.#requester) this.#start(deposit);
    return deposit;
  }

  #importEntry(offer: Offer): ImportEntry {
    const busy = this.#busyTokens();
    for (const token of offer.tokens) {
      const record = this.#ledger.tokens.get(tokenKey(token));
      if (record && (busy.has(record) || !bringsNews(record, packRow(token.ans)))) {
        throw new OfferError('Some of these coins came in meanwhile. Choose the file again.');
      }
    }
    const deposit = 1 + Math.max(0, ...this.#ledger.deposits.keys());
    return importEntry(deposit, offer, this.#clock.now());
  }

  /** Goes on at once with whatever waits for better times. */
  retryNow(): void {
    this.#waker.wakeAll();
  }

  /** Servers that answered the newest deposit that has asked; null before one has. */
  answeringServers(): number | null {
    let newest: Deposit | null = null;
    for (const deposit of this.#running.values()) {
      if (deposit.hasAsked && deposit.record.id > (newest?.record.id ?? 0)) newest = deposit;
    }
    return newest && newest.answering.reduce((sum, one) => sum + one, 0);
  }

  /** Tokens that an operation has in hand right now. */
  #busyTokens(): ReadonlySet<TokenRecord> {
    const busy = new Set<TokenRecord>();
    for (const deposit of this.#running.values()) {
      if (deposit.stage.name === 'waiting') continue;
      for (const token of deposit.record.tokens) busy.add(token);
    }
    return busy;
  }

  #start(id: number): void {
    if (this.#running.has(id)) return;
    const record = this.#ledger.deposits.get(id);
    assert(record && this.#requester, 'a deposit starts when it is stored and connected');
    const deposit = newDeposit(record);
    this.#running.set(id, deposit);
    void this.#run(deposit, this.#requester).catch((error: unknown) => this.#fail(error));
  }

  /** Once: the first failure is the cause, those after it are its consequences. */
  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#requester?.stop();
    this.#events.failed(error);
  }

  /** Does what the machine says, one effect after the other, until it is done. */
  async #run(deposit: Deposit, requester: Requester): Promise<void> {
    const context = this.#context(requester);
    const clock = this.#clock;
    let effect = step(deposit, { kind: 'start' }, context, clock.now());
    while (effect !== null && !this.#failed) {
      this.#events.changed();
      const current: DepositEffect = effect;
      if (current.kind === 'commit') {
        await this.#commit(() => current.entry);
        effect = step(deposit, { kind: 'committed' }, context, clock.now());
      } else if (current.kind === 'wake') {
        await this.#waker.sleepUntil(current.atMs);
        effect = step(deposit, { kind: 'wake' }, context, clock.now());
      } else {
        effect = null;
        await requester.ask(current.asks, current.patient, (index, outcome) => {
          const event = { kind: 'outcome', index, outcome } as const;
          effect = step(deposit, event, context, clock.now()) ?? effect;
          this.#events.changed();
        });
      }
    }
    if (!this.#failed) this.#running.delete(deposit.record.id);
    this.#events.changed();
  }

  #context(requester: Requester): DepositContext {
    return {
      udpMaxBytes: requester.network.udpMaxBytes,
      pans: (token, counter) => this.#vault.pans(token, counter),
      keyAt: (raida, need, avoid) => this.#keyAt(raida, need, avoid),
    };
  }

  #hasSettled(): boolean {
    for (const token of this.#ledger.tokens.values()) if (token.settledAtMs !== 0) return true;
    return false;
  }

  /** The token of least value that is ours at this RAIDA and not being moved there. */
  #keyAt(
    raida: number,
    need: 'settled' | 'claimed',
    avoid: ReadonlySet<string>,
  ): RequestKey | null {
    let best: TokenRecord | null = null;
    for (const token of this.#ledger.tokens.values()) {
      const since = need === 'settled' ? token.settledAtMs : token.claimedAtMs;
      if (since === 0 || !agrees(token, raida) || token.target[raida] !== NONE) continue;
      if (avoid.has(token.key)) continue;
      if (best === null || token.dn < best.dn) best = token;
    }
    return best && { token: best, an: secretAt(best, best.ownRow, raida) };
  }

  /** One after the other, so that the ledger is always the sum of what is stored, in its order. */
  #commit<One extends Entry>(make: () => One): Promise<One> {
    const done = this.#commits.then(async () => {
      if (this.#failed) {
        throw new StoreError('The wallet has stopped after a failure. Reload the page to go on.');
      }
      const entry = make();
      check(this.#ledger, entry);
      await this.#ports.store.append(encodeEntry(entry));
      apply(this.#ledger, entry);
      return entry;
    });
    this.#commits = done.then(
      () => undefined,
      (error: unknown) => {
        if (!(error instanceof OfferError)) this.#fail(error);
      },
    );
    return done;
  }
}

/** An offer that cannot be accepted any more. Nothing was stored. */
class OfferError extends Error {
  override readonly name = 'OfferError';
}

function importEntry(deposit: number, offer: Offer, atMs: number): ImportEntry {
  const rows = offer.tokens.flatMap((token) =>
    token.pans ? [packRow(token.ans), packRow(token.pans)] : [packRow(token.ans)],
  );
  const secrets = new Uint8Array(rows.length * ROW_BYTES);
  rows.forEach((row, i) => {
    secrets.set(row, i * ROW_BYTES);
  });
  return {
    kind: 'import',
    deposit,
    atMs,
    names: offer.names,
    ids: packIds(offer.tokens),
    rowCounts: Uint8Array.from(offer.tokens, (token) => (token.pans ? 2 : 1)),
    secrets,
  };
}
