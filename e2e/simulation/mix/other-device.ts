import { QUORUM, RAIDA_COUNT, tokenKey } from '@raida-wallet/protocol';
import { decodeEntry, encodeEntry, type Entry } from '@raida-wallet/web/wallet/journal';
import type { WalletView } from '@raida-wallet/web/wallet/view-types';

import type { CoinTruth } from './coin-truth.ts';
import { Datagrams } from './datagrams.ts';
import { Device } from './device.ts';
import { DurableStore } from './durable-store.ts';
import { JournalReader } from './journal-reader.ts';
import { Network } from './network.ts';
import { Oracle } from './oracle.ts';
import { CALM } from './plan.ts';
import type { Actor } from './servers.ts';
import type { World } from './world.ts';

const PATIENCE_MS = 5 * 60_000;
const NO_FAULTS = { errors: 0, quota: 0, loseLast: 0 };
/** States in which a coin is part of what the page calls yours. */
const YOURS: ReadonlySet<string> = new Set(['owned', 'fracked', 'settling']);

/**
 * The same person's second device: a wallet of its own with the same words, filled from a backup of the
 * first. It is watched by an oracle of its own, to which the first device is a stranger, as it is to that one's.
 */
export class OtherDevice {
  readonly oracle: Oracle;
  readonly device: Device;
  readonly #world: World;
  readonly #network: Network;
  readonly #datagrams: Datagrams;

  constructor(world: World, seed: Uint8Array) {
    const { time, servers, coverage, chance } = world;
    const plan = { ...world.plan, lives: [], store: NO_FAULTS };
    this.#world = world;
    this.oracle = new Oracle(plan, time, world.oracle.proposed);
    for (const { id } of world.oracle.coins.values()) this.oracle.coin(id);
    this.oracle.forgetAll(servers);
    this.#datagrams = new Datagrams(this.oracle, servers);
    const { oracle } = this;
    const datagrams = this.#datagrams;
    const reader = new JournalReader(oracle, datagrams);
    const store = new DurableStore(NO_FAULTS, chance, coverage, reader, () => undefined);
    const parts = { servers, time, datagrams, coverage, chance };
    this.#network = new Network(plan, parts, null, 'other device');
    this.#network.faults = world.network.faults;
    const fail = (error: unknown) => {
      world.crash ??= error;
    };
    const network = this.#network;
    this.device = new Device({
      plan,
      time,
      chance,
      coverage,
      network,
      store,
      fail,
      outlives: null,
    });
    this.device.givenSeed = seed;
    this.device.open();
  }

  /** What one of the two devices does is a stranger's doing to the other. */
  changed(raida: number, id: CoinTruth['id'], an: Uint8Array, actor: Actor): void {
    const seen = actor === 'other device' ? 'wallet' : isOurs(actor) ? 'other device' : actor;
    this.oracle.changed(raida, id, an, seen);
  }

  /** Until the backup is taken in, or refused because nothing in it is new. */
  async restore(entries: readonly Uint8Array[]): Promise<void> {
    await this.#ask((wallet) => wallet.restoreBackup(entries));
  }

  async backup(): Promise<readonly Uint8Array[] | null> {
    return this.#ask((wallet) => Promise.resolve(wallet.backupToSave().entries));
  }

  async #ask<T>(what: (wallet: NonNullable<Device['wallet']>) => Promise<T>): Promise<T | null> {
    const world = this.#world;
    if (!(await world.until(() => this.device.wallet !== null, PATIENCE_MS))) return null;
    const outcomes: (T | null)[] = [];
    what(this.device.wallet!).then(
      (value) => outcomes.push(value),
      () => outcomes.push(null),
    );
    await world.until(() => outcomes.length > 0, PATIENCE_MS);
    return outcomes[0] ?? null;
  }

  view(): WalletView | null {
    return this.device.wallet?.view() ?? null;
  }

  calm(): void {
    this.#network.faults = CALM;
    this.#network.release();
  }

  /** What 13 RAIDA hold for it is its own. */
  isWell(): boolean {
    return this.oracle.imported.every(
      ({ knownCount, sent, ownCount }) => sent || knownCount < QUORUM || ownCount >= QUORUM,
    );
  }

  stop(): void {
    this.device.restarts = false;
    this.device.stop();
    this.#datagrams.release();
  }
}

function isOurs(actor: Actor): boolean {
  return actor === 'wallet' || actor === 'relay';
}

/** Whether the page calls it yours. */
export function isYours(view: WalletView, { id }: CoinTruth): boolean {
  const shown = view.coins.find(({ key }) => key === tokenKey(id));
  return shown !== undefined && YOURS.has(shown.state);
}

/**
 * Coins that the other device has on all RAIDA, and that this page still calls yours; or those that it does
 * not say were moved, though there are two others of ours under which the RAIDA can be asked.
 */
export function unnoticed(oracle: Oracle, view: WalletView): CoinTruth[] {
  const sure = oracle.imported.filter(
    (coin) => coin.spendable && !coin.sent && coin.ownCount === RAIDA_COUNT,
  );
  return oracle.imported.filter((coin) => {
    if (!coin.elsewhere || coin.sent || coin.knownCount > 0) return false;
    if (isYours(view, coin)) return true;
    const { state } = view.coins.find(({ key }) => key === tokenKey(coin.id))!;
    return state === 'limbo' && coin.spendable && sure.length >= 2;
  });
}

/** A backup that was made when there were only so many coins. */
export function backupOf(entries: readonly Uint8Array[], coins: number): Uint8Array[] {
  let left = coins;
  const kept = new Set<string>();
  return entries.map((bytes) => {
    const entry: Entry = decodeEntry(bytes);
    if (entry.kind !== 'tokens') return bytes;
    const tokens = entry.tokens.filter(({ id }) => {
      if (left-- <= 0) return false;
      kept.add(id.join());
      return true;
    });
    const deposits = entry.deposits.filter(({ kind, ids }) => kind === 'send' && isKept(ids, kept));
    return encodeEntry({ ...entry, tokens, deposits });
  });
}

const ID_BYTES = 5;

function isKept(ids: Uint8Array, kept: ReadonlySet<string>): boolean {
  for (let at = 0; at < ids.length; at += ID_BYTES) {
    if (!kept.has(ids.slice(at, at + ID_BYTES).join())) return false;
  }
  return true;
}
