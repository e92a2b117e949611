import {
  DEFAULT_COIN_ID,
  QUORUM,
  readCoinFile,
  type Token,
  tokenKey,
  tokenUnits,
} from '@raida-wallet/protocol';
import { decodeEntry } from '@raida-wallet/web/wallet/journal';
import type { SendView } from '@raida-wallet/web/wallet/view-types';

import type { Life } from './device.ts';
import { backupOf, OtherDevice } from './other-device.ts';
import { ALL_RAIDA, type Action, type Plan } from './plan.ts';
import { recover } from './recovery.ts';
import { templateOf } from './template.ts';
import { Violation } from './violation.ts';
import { World } from './world.ts';

export interface RunResult {
  readonly plan: Plan;
  readonly violation: Violation | null;
  readonly events: number;
  readonly datagrams: number;
  readonly kills: number;
  /** Of each life, if they are watched: how many moments it had, and what outlived it. */
  readonly lives: readonly Life[];
  readonly world: World;
}

type Past = readonly ReadonlyMap<number, Uint8Array>[];

const MINUTE_MS = 60_000;
/** What a person does with the page, and therefore waits for it. */
const BY_HAND: ReadonlySet<Action['do']> = new Set<Action['do']>([
  'retry',
  'send',
  'hand over',
  'take back',
  'recipient returns',
]);
/** A person who has tapped on Repair looks whenever something changes, for a while. */
const REPAIR_LOOKS = 12;
const REPAIR_LOOK_MS = 20_000;
/** Coins settle within this, on a good network. */
const SETTLE_MS = 8 * MINUTE_MS;

/** One run: a pure function of its plan. */
export async function runPlan(plan: Plan, watchLives = false): Promise<RunResult> {
  const template = plan.start > 0 ? await templateOf(plan.start) : null;
  const world = new World(plan, template instanceof Violation ? null : template, watchLives);
  if (template instanceof Violation) world.crash = template;
  world.device.open();
  const rolling = plan.actions.flatMap((action) =>
    action.do === 'roll back' ? action.raidas : [],
  );
  const pasts: Past[] = [];
  for (const action of plan.actions) {
    if (world.failure) break;
    if (rolling.length > 0) pasts.push(rolling.map((raida) => world.servers.remember(raida)));
    world.coverage.action(action.do);
    if (BY_HAND.has(action.do)) await world.opened();
    if (action.do === 'roll back') rollBack(world, action, rolling, pasts);
    else await perform(world, action);
    world.view();
  }
  if (!world.failure) {
    world.calm();
    await recover(world);
  }
  world.device.restarts = false;
  const { kills } = world.device;
  // What is still on its way when the run ends is not looked at any more.
  world.device.stop();
  world.other?.stop();
  world.datagrams.release();
  const { events } = world.time;
  const violation = world.failure;
  const { lives } = world.device;
  return { plan, violation, events, datagrams: world.datagrams.sent, kills, lives, world };
}

async function perform(world: World, action: Action): Promise<void> {
  const { device } = world;
  switch (action.do) {
    case 'deposit':
      return deposit(world, action);
    case 'wait':
      return world.wait(action.ms);
    case 'settle':
      await settle(world);
      return;
    case 'retry':
      device.wallet?.retryNow();
      return;
    case 'repair':
      return repair(world);
    case 'send':
      return send(world, action.coins);
    case 'hand over':
      return handOver(world);
    case 'recipient takes':
      return recipientTakes(world, action.raidas);
    case 'take back':
      return takeBack(world);
    case 'recipient returns':
      return recipientReturns(world);
    case 'lock':
      return lock(world);
    case 'keep list':
    case 'keep backup':
    case 'restore':
    case 'restore here':
      return keepOrRestore(world, action);
    case 'other device':
    case 'back from there':
      return onOtherDevice(world, action);
    default:
      return happens(world, action);
  }
}

/** What nobody does on purpose. */
async function happens(world: World, action: Action): Promise<void> {
  const { device, servers, network, coverage } = world;
  switch (action.do) {
    case 'kill':
      return device.kill();
    case 'set the clock':
      coverage.fault('clock set');
      device.clockErrorMs += action.ms;
      return;
    case 'suspend':
      coverage.fault('suspended');
      device.suspend(action.ms);
      return world.wait(action.ms);
    case 'open a second tab':
      if (device.tab?.alive) coverage.fault('lock stolen');
      device.open();
      return world.wait(50);
    case 'servers':
      servers.down.fill(0);
      for (const raida of action.down) servers.down[raida] = 1;
      return;
    case 'relays':
      network.relaysDown.fill(0);
      for (const relay of action.down) {
        if (relay >= network.relaysDown.length || network.relaysDown.length === 1) continue;
        network.relaysDown[relay] = 1;
        coverage.fault('relay down');
      }
      return;
    case 'frack':
      coverage.fault('RAIDA fracked');
      for (const coin of world.oracle.imported.slice(0, action.all ? Infinity : 1)) {
        for (const raida of action.raidas) servers.set(raida, coin.id, world.chance.bytes(16));
      }
      return;
    default:
      return;
  }
}

function rollBack(
  world: World,
  { raidas, actions }: Action & { do: 'roll back' },
  rolling: readonly number[],
  pasts: readonly Past[],
): void {
  const past = pasts[Math.max(0, pasts.length - 1 - actions)]!;
  world.coverage.fault('RAIDA rolled back');
  for (const raida of raidas) world.servers.rollBack(raida, past[rolling.indexOf(raida)]!);
}

/** A person who locks the wallet waits for what is under way, or is in a hurry. */
async function lock(world: World): Promise<void> {
  const { device, chance } = world;
  if (!(await world.opened())) return;
  const patienceMs = chance.pick([0, MINUTE_MS]);
  await world.until(() => device.wallet?.busy() !== true, patienceMs);
  const { tab, wallet } = device;
  if (!tab || !wallet) return;
  await world.ask(() => wallet.close());
  tab.locked = tab.alive;
  await world.wait(chance.pick([10, 20_000]));
  if (device.tab === tab) device.kill();
}

/** A person taps on Repair, and looks at how it goes on. */
async function repair(world: World): Promise<void> {
  await world.ask(() => world.device.wallet!.repair());
  for (let looks = 0; looks < REPAIR_LOOKS && !world.failure; looks++) {
    const { stages } = world.device;
    await world.until(() => world.device.stages !== stages, REPAIR_LOOK_MS);
    world.view();
  }
}

async function deposit(world: World, action: Action & { do: 'deposit' }): Promise<void> {
  const { coins, fracked, kind, owner } = action;
  const tokens = world.issue(coins, fracked, kind === 'counterfeit');
  if (kind === 'counterfeit') world.coverage.fault('counterfeit');
  if (kind === 'with pans') world.coverage.fault('file with PANs');
  if (owner) {
    for (const token of tokens) world.people.race(token, owner);
    await world.wait(owner.ticketsMs);
  }
  await world.deposit(tokens, world.file(tokens, kind === 'with pans'));
  await world.wait(world.chance.pick([10, 1_000, MINUTE_MS, MINUTE_MS]));
}

/** Until nothing is on its way any more, as far as the page knows. */
async function settle(world: World): Promise<void> {
  const endMs = world.time.nowMs + SETTLE_MS;
  while (world.time.nowMs < endMs && !world.failure) {
    const view = world.view();
    if (view && view.settling.coins + view.importing.coins === 0) return;
    await world.wait(30_000);
  }
}

/** The coins of highest value that are at hand, or what comes nearest to them. */
async function send(world: World, count: number): Promise<void> {
  const view = world.view();
  const { wallet } = world.device;
  if (!view || !wallet) return;
  const ours = view.coins.filter(({ state }) => state === 'owned' || state === 'fracked');
  const some = ours.slice(0, count).reduce((sum, { dn }) => sum + tokenUnits(dn), 0n);
  await world.ask(async () => {
    const units = count === 0 ? wallet.planSend(1n).spendable : some;
    const plan = wallet.planSend(units);
    const amount = plan.exact ? units : (plan.below ?? plan.above);
    if (amount === null) throw new Error('there is nothing to send');
    return wallet.send(amount, 'simulated', DEFAULT_COIN_ID);
  });
}

function findSend(world: World, states: readonly SendView['state'][]): SendView | undefined {
  return world.view()?.sends.find(({ state }) => states.includes(state));
}

async function handOver(world: World): Promise<void> {
  const found = findSend(world, ['ready', 'handed over']);
  if (!found) return;
  const handed = await world.ask(() => world.device.wallet!.handOver(found.id));
  if (!handed) return;
  if (!world.reader.ledger.operations.get(found.id)?.send?.handedOverAtMs) {
    world.oracle.fail('I10', 'a file was handed over before that was stored');
  }
  const before = world.handedOver.get(found.id);
  if (before && !before.bytes.every((byte, i) => byte === handed.bytes[i])) {
    world.oracle.fail('I10', 'a file was handed over twice, and not the same');
  }
  const tokens = [...readCoinFile(handed.bytes, { coinId: DEFAULT_COIN_ID }).tokens];
  if (!before) world.handedOver.set(found.id, { bytes: handed.bytes, tokens });
}

async function recipientTakes(world: World, count: number): Promise<void> {
  const raidas = world.chance.sample(ALL_RAIDA, count);
  for (const handed of world.handedOver.values()) {
    const all = count === ALL_RAIDA.length;
    world.coverage.fault(all ? 'recipient takes all' : 'recipient takes some');
    handed.tokens = handed.tokens.map((token) => world.people.takes(token, raidas, 'recipient'));
    if (all) world.taken.push(...handed.tokens.splice(0));
  }
  await world.wait(world.chance.hits(0.1) ? MINUTE_MS : world.chance.pick([10, 10, 1_500]));
}

async function takeBack(world: World): Promise<void> {
  const found = findSend(world, ['ready', 'handed over']);
  if (!found) return;
  await world.ask(() => world.device.wallet!.takeBack(found.id));
  await world.wait(world.chance.pick([10, MINUTE_MS]));
}

async function recipientReturns(world: World): Promise<void> {
  const returned = world.taken.splice(0);
  const held = returned.filter((token) => isHeld(world, token));
  if (held.length === 0) return;
  world.coverage.fault('recipient returns');
  // The first time he may not know yet that it is gone.
  const file = world.file(held, false);
  await world.offer(file);
  await world.wait(world.chance.pick([10, MINUTE_MS]));
  await world.offer(file);
  await world.wait(world.chance.pick([10, MINUTE_MS]));
}

/** Whether he has what he says. */
function isHeld(world: World, { dn, sn, ans }: Token): boolean {
  const held = ans.filter((an, raida) => {
    const there = world.servers.read(raida, { dn, sn });
    return there?.every((byte, i) => byte === an[i]);
  });
  return held.length >= QUORUM;
}

async function keepOrRestore(world: World, action: Action): Promise<void> {
  const { device, kept } = world;
  if (action.do === 'keep list') {
    const list = await world.ask(() => Promise.resolve(device.wallet!.listToSave().list));
    if (list) world.kept = { ...kept, list };
  } else if (action.do === 'keep backup') {
    const backup = await world.ask(() => Promise.resolve(device.wallet!.backupToSave().entries));
    if (backup) world.kept = { ...kept, backup };
  } else if (action.do === 'restore here') {
    const { backup } = kept;
    if (backup) await world.ask(() => device.wallet!.restoreBackup(backup));
  } else if (action.do === 'restore') {
    await restore(world, action.from, action.sameSeed);
  }
}

async function onOtherDevice(world: World, action: Action): Promise<void> {
  const seed = wordsOf(world);
  if (action.do === 'back from there') {
    const backup = await world.other?.backup();
    if (backup) await world.ask(() => world.device.wallet!.restoreBackup(backup));
  } else if (action.do === 'other device' && seed) {
    const backup = await world.ask(() => Promise.resolve(world.device.wallet!.backupToSave()));
    if (!backup) return;
    world.other ??= new OtherDevice(world, seed);
    await world.other.restore(backupOf(backup.entries, action.coins));
  }
  await world.wait(world.chance.pick([10, 2_000, MINUTE_MS, 8 * MINUTE_MS]));
}

/** The words are those of the device that is lost. */
function wordsOf(world: World): Uint8Array | null {
  for (const bytes of world.store.entries) {
    const entry = decodeEntry(bytes);
    if (entry.kind === 'seed') return entry.seed;
  }
  return null;
}

async function restore(world: World, from: 'list' | 'backup', sameSeed: boolean): Promise<void> {
  const { list, backup } = world.kept;
  const seed = wordsOf(world);
  if (seed === null || (from === 'list' ? !list : !backup)) return;
  const owed = world.oracle.imported.filter((coin) => coin.ownCount >= QUORUM && !coin.sent);
  const listed = new Set(list?.tokens.map(tokenKey));
  world.replaceDevice(sameSeed ? seed : null);
  for (let attempt = 0; attempt < 60 && world.oracle.restoring; attempt++) {
    await world.ask(() => {
      const wallet = world.device.wallet!;
      return from === 'list' ? wallet.restore(seed, list!) : wallet.restoreBackup(backup!);
    });
    if (world.failure || world.oracle.imported.length > 0) world.oracle.restoring = false;
    // Nothing was listed, so there is nothing to restore.
    if (from === 'list' && list!.tokens.length === 0) world.oracle.restoring = false;
  }
  world.oracle.restoring = false;
  for (const coin of owed) {
    const promised = from === 'list' && listed.has(tokenKey(coin.id));
    if (promised && coin.imported && coin.knownCount < QUORUM) {
      world.oracle.fail('restore', `${tokenKey(coin.id)} was ours, and is not found again`);
    }
  }
  await world.wait(world.chance.pick([10, MINUTE_MS]));
}
