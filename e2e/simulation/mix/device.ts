import { DEFAULT_COIN_ID, DEFAULT_UDP_MAX_BYTES } from '@raida-wallet/protocol';
import type { Exchange, StoredWallet, StorePort } from '@raida-wallet/web/wallet/ports';
import { StoreError } from '@raida-wallet/web/wallet/ports';
import { type Engine, engine } from '@raida-wallet/web/wallet/engine';
import type { Operation } from '@raida-wallet/web/wallet/operation-state';
import { Wallet } from '@raida-wallet/web/wallet/wallet';

import type { Chance } from './chance.ts';
import type { Coverage } from './coverage.ts';
import type { DurableStore } from './durable-store.ts';
import type { Asker, Network } from './network.ts';
import type { Plan } from './plan.ts';
import { Violation } from './violation.ts';
import type { Due, VirtualTime } from './virtual-time.ts';

/** A person opens the page again this long after it was gone. */
const RESTARTS_MS = [0, 10, 2_000, 30_000];
const START_MS = 1_700_000_000_000;

export interface DeviceParts {
  readonly plan: Plan;
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly coverage: Coverage;
  readonly network: Network;
  /** Another one after a new device was set up. */
  store: DurableStore;
  readonly fail: (error: unknown) => void;
  /** What there is besides the process: equal texts lead to the same next life. Null: nobody asks. */
  readonly outlives: (() => string) | null;
}

export interface Life {
  readonly moments: number;
  readonly left: string;
}

/** A person's device: its clocks, its store, and the tabs in which the wallet is open. */
export class Device {
  readonly parts: DeviceParts;
  /** How far its clock is off: a person or a program sets it at any time. */
  clockErrorMs = 0;
  /** Where a kill can happen, counted: every await, commit and send. */
  moments = 0;
  kills = 0;
  readonly lives: Life[] = [];
  killAtMoment: number;
  asleepUntilMs = 0;
  #sleptMs = 0;
  #lives = 0;
  tab: Tab | null = null;
  /** Tabs that lost the wallet to another one and do not know it yet. */
  readonly stale: Tab[] = [];
  restarts = true;
  /** The words with which a new device is set up, or null: then it makes its own. */
  givenSeed: Uint8Array | null = null;
  readonly engine: Engine;
  /** How often an operation has entered another stage. */
  stages = 0;
  lastStage: Operation['stage']['name'] = 'idle';

  constructor(parts: DeviceParts) {
    this.parts = parts;
    this.killAtMoment = this.#nextKill();
    const { coverage } = parts;
    this.engine = {
      ...engine,
      step: (op, event, context, nowMs) => {
        if (event.kind === 'start') coverage.operation(op.record.kind);
        const effect = engine.step(op, event, context, nowMs);
        if (op.stage.name !== this.lastStage) this.stages++;
        this.lastStage = op.stage.name;
        coverage.stage(op.stage.name);
        return effect;
      },
    };
  }

  #nextKill(): number {
    return this.moments + (this.parts.plan.lives[this.#lives++] ?? Infinity);
  }

  get wallet(): Wallet | null {
    return this.tab?.wallet ?? null;
  }

  /** Opens the page. Another tab that has the wallet open loses it (its lock is stolen). */
  open(): void {
    const before = this.tab;
    if (before?.alive) this.stale.push(before);
    this.tab = new Tab(this);
    this.tab.open();
  }

  /** The run is over. */
  stop(): void {
    this.#endLife();
    this.#gone(this.tab);
    this.closeStale();
    this.tab = null;
  }

  #endLife(): void {
    const { outlives } = this.parts;
    if (outlives === null) return;
    const before = this.lives.reduce((sum, { moments }) => sum + moments, 0);
    this.lives.push({ moments: this.moments - before, left: outlives() });
  }

  /** The process is gone: nothing that it waits for ever comes. */
  kill(): void {
    const { time, chance, store, plan } = this.parts;
    this.#endLife();
    this.kills++;
    this.parts.coverage.fault('killed');
    this.#gone(this.tab);
    for (const tab of this.stale.splice(0)) this.#gone(tab);
    this.tab = null;
    if (chance.hits(plan.store.loseLast)) store.loseLast();
    this.killAtMoment = this.#nextKill();
    if (!this.restarts) return;
    time.after(chance.pick(RESTARTS_MS), () => {
      if (!this.tab) this.open();
    });
  }

  #gone(tab: Tab | null): void {
    if (tab) tab.alive = false;
  }

  /** Another device: what this one stored is gone. */
  replace(store: DurableStore, seed: Uint8Array | null): void {
    this.#gone(this.tab);
    this.closeStale();
    this.tab = null;
    this.parts.store = store;
    this.givenSeed = seed;
    this.open();
  }

  closeStale(): void {
    for (const tab of this.stale.splice(0)) this.#gone(tab);
  }

  /** The device sleeps: its steady clock stands still, and nothing that is due there happens. */
  suspend(ms: number): void {
    this.asleepUntilMs = this.parts.time.nowMs + ms;
    this.#sleptMs += ms;
  }

  nowMs(): number {
    return START_MS + this.parts.time.nowMs + this.clockErrorMs;
  }

  steadyMs(): number {
    const { nowMs } = this.parts.time;
    const ahead = Math.max(0, this.asleepUntilMs - nowMs);
    return nowMs - this.#sleptMs + ahead;
  }
}

/** One page with the wallet open in it, from its start to its end. */
export class Tab implements Asker {
  readonly device: Device;
  alive = true;
  wallet: Wallet | null = null;
  /** The store failed: the person is told to reload. */
  failed = false;
  /** The wallet in it was closed, and says so: from now on nothing leaves it, and nothing is stored. */
  locked = false;
  #epoch = 0;

  constructor(device: Device) {
    this.device = device;
  }

  open(): void {
    const { network, chance, store } = this.device.parts;
    const clock = {
      now: () => this.device.nowMs(),
      steadyMs: () => this.device.steadyMs(),
      sleep: (ms: number) => this.#sleep(ms),
    };
    const random = { fill: (bytes: Uint8Array) => chance.fill(bytes) };
    const transport = {
      exchange: (exchange: Exchange) => {
        if (!this.moment()) return never<never>();
        this.#expectOpen('a request left');
        store.actedUpon();
        return network.exchange(exchange, this);
      },
    };
    const ports = { store: this.#store(), clock, random };
    const events = { changed: () => undefined, failed: (error: unknown) => this.#fails(error) };
    this.device.parts.time.touch();
    const { givenSeed, engine: watched } = this.device;
    Wallet.open(ports, events, givenSeed ? { seed: givenSeed } : undefined).then(
      (wallet) => {
        if (!this.alive) return;
        this.wallet = wallet;
        wallet.load(watched);
        wallet.connect(new watched.Requester({ transport, clock, random }, NETWORK));
      },
      (error: unknown) => this.#fails(error),
    );
  }

  /** A person reloads a page that says that it failed; anything but the store is a fault of ours. */
  #fails(error: unknown): void {
    if (!this.alive) return;
    const { fail, time } = this.device.parts;
    this.failed = true;
    if (!(error instanceof StoreError)) {
      fail(new Violation('crash', error instanceof Error ? (error.stack ?? '') : String(error)));
    }
    if (this.device.tab !== this) {
      this.alive = false;
      return;
    }
    time.after(1_000, () => {
      if (this.device.tab === this && this.alive) this.device.kill();
    });
  }

  #expectOpen(what: string): void {
    if (!this.locked) return;
    this.device.parts.fail(new Violation('lock', `${what} after the wallet was locked`));
  }

  /** Whether the process is still there after this await, commit or send. */
  moment(): boolean {
    if (!this.alive) return false;
    if (++this.device.moments > this.device.killAtMoment) this.device.kill();
    return this.alive;
  }

  hears(): boolean {
    return this.moment();
  }

  asleepUntilMs(): number {
    return this.device.asleepUntilMs;
  }

  #sleep(ms: number): Promise<void> {
    const { time } = this.device.parts;
    return new Promise((resolve) => {
      time.at(time.nowMs + ms, new Alarm(this, resolve));
    });
  }

  #store(): StorePort {
    const { store } = this.device.parts;
    return {
      load: async (): Promise<StoredWallet> => {
        const { epoch, entries, journalEntries } = store.open();
        this.#epoch = epoch;
        return Promise.resolve({ entries, journalEntries });
      },
      append: (entry) => this.#write(() => store.append(this.#epoch, entry)),
      compact: (entries) => this.#write(() => store.compact(this.#epoch, entries)),
    };
  }

  /** Two moments: before the transaction is carried out, and before its end is heard of. */
  #write(change: () => void): Promise<void> {
    const { time, chance } = this.device.parts;
    return new Promise((resolve, reject) => {
      time.after(1 + chance.below(3), () => {
        if (!this.moment()) return;
        this.#expectOpen('an entry was stored');
        try {
          change();
        } catch (error) {
          time.touch();
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        time.after(1, () => {
          if (!this.moment()) return;
          time.touch();
          resolve();
        });
      });
    });
  }
}

/** A timer of the page: late when the device sleeps. */
class Alarm implements Due {
  readonly #tab: Tab;
  readonly #resolve: () => void;

  constructor(tab: Tab, resolve: () => void) {
    this.#tab = tab;
    this.#resolve = resolve;
  }

  fire(): void {
    const { time } = this.#tab.device.parts;
    const wakeMs = this.#tab.asleepUntilMs();
    if (wakeMs > time.nowMs) {
      time.at(wakeMs, this);
      return;
    }
    if (!this.#tab.moment()) return;
    time.touch();
    this.#resolve();
  }
}

const NETWORK = { coinId: DEFAULT_COIN_ID, udpMaxBytes: DEFAULT_UDP_MAX_BYTES };

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
