import {
  encodeCoinFile,
  DEFAULT_COIN_ID,
  RAIDA_COUNT,
  SECRET_BYTES,
  type Token,
  tokenKey,
  tokenUnits,
} from '@raida-wallet/protocol';
import { inspectFiles } from '@raida-wallet/web/wallet/offer';
import type { TokenList } from '@raida-wallet/web/wallet/restore';
import type { WalletView } from '@raida-wallet/web/wallet/view-types';

import { Chance } from './chance.ts';
import { Coverage } from './coverage.ts';
import { Datagrams } from './datagrams.ts';
import { Device } from './device.ts';
import { DurableStore } from './durable-store.ts';
import { JournalReader } from './journal-reader.ts';
import { Meddler } from './meddler.ts';
import { Network } from './network.ts';
import { Oracle } from './oracle.ts';
import type { OtherDevice } from './other-device.ts';
import { People } from './people.ts';
import { CALM, type Plan } from './plan.ts';
import { Servers } from './servers.ts';
import type { Template } from './template.ts';
import { Violation } from './violation.ts';
import { VirtualTime } from './virtual-time.ts';

const MINUTE_MS = 60_000;
/** How long a person waits for the page to take in what was asked of it. */
const PATIENCE_MS = 5 * MINUTE_MS;

export interface Kept {
  readonly list: TokenList | null;
  readonly backup: readonly Uint8Array[] | null;
}

/** All there is in one run: 25 RAIDA, relays, a device, people, and the oracle that watches them. */
export class World {
  readonly plan: Plan;
  readonly coverage = new Coverage();
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly oracle: Oracle;
  readonly servers: Servers;
  readonly datagrams: Datagrams;
  readonly reader: JournalReader;
  readonly network: Network;
  store: DurableStore;
  /** What the person keeps outside of the device. */
  kept: Kept = { list: null, backup: null };
  /** Files that were handed over, by the number of their send. */
  readonly handedOver = new Map<number, { readonly bytes: Uint8Array; tokens: Token[] }>();
  /** Coins that a recipient has taken on all RAIDA, with his secrets. */
  readonly taken: Token[] = [];
  readonly device: Device;
  readonly people: People;
  /** A second one with the same words, once the person has set it up. */
  other: OtherDevice | null = null;
  /** Coins as they came in files, by `tokenKey`: what a giver knew. */
  readonly given = new Map<string, Token>();
  crash: unknown = null;
  #nextSn = 1;

  /** A template: the wallet has coins already. Without one it is new. */
  constructor(plan: Plan, template: Template | null, watchLives = false) {
    this.plan = plan;
    this.time = new VirtualTime(template?.nowMs ?? 0);
    this.chance = new Chance(plan.seed, 2);
    const { coverage, time, chance } = this;
    const fail = (error: unknown) => {
      this.crash ??= error;
    };
    this.oracle = new Oracle(plan, time);
    this.servers = new Servers(
      plan,
      time,
      chance,
      (raida, token, an, actor) => {
        this.oracle.changed(raida, token, an, actor);
        this.other?.changed(raida, token, an, actor);
      },
      fail,
    );
    this.datagrams = new Datagrams(this.oracle, this.servers);
    this.reader = new JournalReader(this.oracle, this.datagrams);
    this.store = this.newStore();
    const { servers, datagrams, store } = this;
    this.network = new Network(
      plan,
      { servers, time, datagrams, coverage, chance },
      this.#meddler(),
    );
    const { network } = this;
    const outlives = watchLives ? () => this.#outlives() : null;
    this.device = new Device({ plan, time, chance, coverage, network, store, fail, outlives });
    this.people = new People(servers, time, chance, coverage);
    if (template) this.#adopt(template);
    if (plan.noSumMask !== 0) coverage.fault('no Get Ticket By Sum');
    if (plan.restartMask !== 0) coverage.fault('restart counter');
    if (plan.restartMask !== 0x1ffffff) coverage.fault('continue counter');
    for (const raida of plan.down) servers.down[raida] = 1;
    for (const { raida, lie } of plan.lying) {
      servers.lies[raida] = lie;
      coverage.fault(`RAIDA ${lie}`);
    }
  }

  #adopt({ tokens, held, entries, compacted }: Template): void {
    tokens.forEach((token, i) => {
      this.given.set(tokenKey(token), token);
      held[i]!.forEach((an, raida) => this.servers.set(raida, token, an));
    });
    this.#nextSn += tokens.length;
    this.store.adopt(entries, compacted);
    this.reader.readAgain(entries);
    this.oracle.adoptAll();
  }

  /** What is left when the process is gone: the store, the RAIDA's secrets, and what is on its way. */
  #outlives(): string {
    const coins = this.oracle.imported.map(({ held }) => held.join());
    const { pending } = this.datagrams;
    const open = Array.from(pending, ({ raida, command }) => `${command.name} ${raida}`).sort();
    return [this.store.entries.length, ...coins, ...open].join('/');
  }

  newStore(): DurableStore {
    const { plan, chance, coverage, reader } = this;
    return new DurableStore(plan.store, chance, coverage, reader, (entries) => {
      this.oracle.forgetAll(this.servers);
      this.reader.readAgain(entries);
    });
  }

  #meddler(): Meddler | null {
    const { hostile } = this.plan;
    if (!hostile) return null;
    return new Meddler(hostile, this.chance, this.coverage, ({ raida, tokens }) => {
      const given = tokens.length === 1 ? this.given.get(tokenKey(tokens[0]!)) : undefined;
      return given?.ans[raida] ?? null;
    });
  }

  get failure(): Violation | null {
    const { crash } = this;
    const failure = this.oracle.failure ?? this.other?.oracle.failure;
    if (failure) return failure;
    if (crash === null) return null;
    if (crash instanceof Violation) return crash;
    const what = crash instanceof Error ? (crash.stack ?? crash.message) : 'an unknown error';
    return new Violation('crash', what);
  }

  /** New coins that the RAIDA know, but for those at which they are fracked. */
  issue(count: number, fracked: readonly number[], counterfeit: boolean): Token[] {
    return Array.from({ length: count }, () => {
      const sn = this.#nextSn++;
      const dn = (sn % 15) - 8;
      const ans: Uint8Array[] = [];
      for (let raida = 0; raida < RAIDA_COUNT; raida++) {
        const an = this.chance.bytes(SECRET_BYTES);
        ans.push(an);
        const known = !counterfeit && !fracked.includes(raida);
        this.servers.set(raida, { dn, sn }, known ? an : this.chance.bytes(SECRET_BYTES));
      }
      const token = { dn, sn, ans };
      this.given.set(tokenKey(token), token);
      return token;
    });
  }

  /** Runs for that long, unless something is wrong. */
  async wait(ms: number): Promise<void> {
    await this.time.run(() => this.failure !== null, this.time.nowMs + ms);
  }

  /** Runs until it holds. False when it did not come to it, or when something is wrong. */
  async until(done: () => boolean, ms: number): Promise<boolean> {
    const { time } = this;
    await time.run(() => this.failure !== null || done(), time.nowMs + ms);
    return this.failure === null && done();
  }

  /** Until the page is there, and has not failed. */
  async opened(): Promise<boolean> {
    const { device } = this;
    return this.until(() => device.wallet !== null && device.tab?.failed === false, PATIENCE_MS);
  }

  /**
   * What a person asks of the page. The result, or null when the process was killed meanwhile, or
   * the page could not do it and said why.
   */
  async ask<T>(what: () => Promise<T>): Promise<T | null> {
    if (!(await this.opened())) return null;
    const { tab } = this.device;
    const outcomes: (T | null)[] = [];
    // A page that is gone shows nothing.
    what().then(
      (value) => outcomes.push(tab?.alive ? value : null),
      () => outcomes.push(null),
    );
    await this.until(() => outcomes.length > 0 || tab?.alive === false, PATIENCE_MS);
    const [outcome = null] = outcomes;
    if (outcome !== null) this.store.actedUpon();
    return outcome;
  }

  /** Hands a file to the page until its coins are durable; a person tries it again after a kill. */
  async deposit(tokens: readonly Token[], bytes: Uint8Array): Promise<boolean> {
    for (let attempt = 0; attempt < 60; attempt++) {
      await this.offer(bytes);
      if (this.failure) return false;
      if (tokens.every((token) => this.oracle.coin(token).imported)) {
        this.store.actedUpon();
        return true;
      }
    }
    return false;
  }

  /** A person opens a file and accepts what it offers, if it offers anything. */
  async offer(bytes: Uint8Array): Promise<void> {
    await this.ask(async () => {
      const wallet = this.device.wallet!;
      const offer = wallet.inspect(inspectFiles, [{ name: 'coins.bin', bytes }], DEFAULT_COIN_ID);
      return wallet.accept(offer.id);
    });
  }

  file(tokens: readonly Token[], withPans: boolean): Uint8Array {
    const pans = () => Array.from({ length: RAIDA_COUNT }, () => this.chance.bytes(SECRET_BYTES));
    const coinId = DEFAULT_COIN_ID;
    return encodeCoinFile(tokens, withPans ? { coinId, pans: tokens.map(pans) } : { coinId });
  }

  /** The device is lost, and with it all that was durable on it; the person sets up another one. */
  replaceDevice(seed: Uint8Array | null): void {
    this.oracle.restoring = true;
    this.oracle.forgetAll(this.servers);
    this.reader.readAgain([]);
    this.handedOver.clear();
    this.store = this.newStore();
    this.device.replace(this.store, seed);
  }

  /** I9 and I10, by what the page shows. */
  view(): WalletView | null {
    const { wallet, tab } = this.device;
    if (!wallet || tab?.failed !== false) return null;
    const view = wallet.view();
    this.#judgeView(view, this.oracle);
    const there = this.other?.view();
    if (there) this.#judgeView(there, this.other!.oracle);
    return view;
  }

  #judgeView(view: WalletView, oracle: Oracle): void {
    const piles = [view.owned, view.settling, view.importing, view.quarantined, view.sent];
    const coins = piles.reduce((sum, pile) => sum + pile.coins, 0);
    const units = piles.reduce((sum, pile) => sum + pile.units, 0n);
    const expected = oracle.imported.reduce((sum, { id }) => sum + tokenUnits(id.dn), 0n);
    if (coins !== oracle.imported.length || units !== expected) {
      oracle.fail('I9', `${coins} coins are shown, ${oracle.imported.length} came in`);
    }
    if (view.spendable.units > view.owned.units) {
      oracle.fail('I10', 'more can be sent than is owned');
    }
    for (const { state, dn, sn } of view.coins) {
      this.coverage.coin(state);
      const spendable = state === 'owned' || state === 'fracked';
      if (spendable && oracle.coin({ dn, sn }).sent) {
        oracle.fail('I10', `${dn}:${sn} was sent, and is shown as ${state}`);
      }
    }
    for (const { state } of view.sends) this.coverage.send(state);
    if (view.repair.running) this.coverage.repair(view.repair.running.stage);
  }

  /** Everybody is honest, everything is up, and whatever was on its way arrives. */
  calm(): void {
    const { network, servers, device } = this;
    network.faults = CALM;
    network.meddler = null;
    network.relaysDown.fill(0);
    this.store.faults = { errors: 0, quota: 0, loseLast: 0 };
    this.people.active = false;
    servers.down.fill(0);
    servers.lies.fill(null);
    device.killAtMoment = Infinity;
    device.closeStale();
    network.release();
    this.other?.calm();
  }
}
