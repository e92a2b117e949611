import { QUORUM, RAIDA_COUNT, tokenKey } from '@raida-wallet/protocol';
import type { WalletView } from '@raida-wallet/web/wallet/view-types';

import type { CoinTruth } from './coin-truth.ts';
import { isYours, unnoticed } from './other-device.ts';
import type { World } from './world.ts';

const MINUTE_MS = 60_000;
/** Within this, everything has to come right once faults have stopped (I12). */
const RECOVERY_MS = 90 * MINUTE_MS;
const REPAIR_AGAIN_MS = 15 * MINUTE_MS;
/** A person with two devices opens their pages again: an audit an hour may just have been too early. */
const REOPENS_AFTER_MS = 65 * MINUTE_MS;
const LOOK_EVERY_MS = 20_000;
const FIRST_LOOK_MS = 200;

/**
 * I12: coins of which 13 RAIDA hold a secret of ours are ours again on all 25, after the person
 * has tapped on Repair once they are there.
 */
export async function recover(world: World): Promise<void> {
  const { oracle } = world;
  const endMs = world.time.nowMs + RECOVERY_MS;
  let repairAtMs = world.time.nowMs;
  const stuckAtMs = world.time.nowMs + REPAIR_AGAIN_MS;
  let reopenAtMs = world.time.nowMs + REOPENS_AFTER_MS;
  // Whoever watches what was sent gets to ask once.
  await world.wait(FIRST_LOOK_MS);
  while (world.time.nowMs < endMs && !world.failure) {
    if (!(await world.opened())) break;
    const owed = oracle.imported.filter(isOwed);
    const whole = owed.every(isWhole);
    const isDue = world.time.nowMs >= repairAtMs;
    if ((isDue && !whole) || (whole && owed.every(isSettled))) {
      const view = world.view();
      const isShown = view !== null && owed.every((coin) => isYours(view, coin));
      const isRight = view?.settling.coins === 0 && isShown && isNoticed(world, view);
      if (whole && isRight) return;
      const repairs = isDue && !(whole && isShown);
      if (view && repairs) await offerAgain(world, owed, view);
      if (view && repairs && needsRepair(owed, view, world.time.nowMs > stuckAtMs)) {
        await repair(world, view);
        repairAtMs = world.time.nowMs + REPAIR_AGAIN_MS;
      }
    }
    if (world.other && world.time.nowMs >= reopenAtMs) {
      reopenAtMs = Infinity;
      world.device.kill();
      world.other.device.kill();
    }
    await world.wait(LOOK_EVERY_MS);
  }
  if (world.failure) return;
  for (const coin of oracle.imported) {
    const last = world.view();
    if (!isOwed(coin) || (isWhole(coin) && (!last || isYours(last, coin)))) continue;
    const shown = last?.coins.find(({ key }) => key === tokenKey(coin.id));
    oracle.fail(
      'I12',
      `${tokenKey(coin.id)} (${shown?.state ?? 'missing'} ${shown?.marks ?? ''}) is ours at ` +
        `${coin.ownCount} RAIDA, known at ${coin.knownCount}`,
    );
  }
  for (const coin of unnoticedBy(world)) {
    oracle.fail('I12', `${tokenKey(coin.id)} was moved on the other device, and nobody says so`);
  }
  oracle.fail('I12', 'the wallet does not come to rest');
}

/** The other device has what is its own, and each knows what the other one has. */
function isNoticed(world: World, view: WalletView): boolean {
  if (!world.other) return true;
  return world.other.isWell() && unnoticedBy(world, view).length === 0;
}

function unnoticedBy(world: World, view = world.view()): CoinTruth[] {
  const there = world.other?.view();
  const here = view ? unnoticed(world.oracle, view) : [];
  return there ? [...here, ...unnoticed(world.other!.oracle, there)] : here;
}

/** What the page says is in the way comes first: a coin besides, to key the requests with. */
async function repair(world: World, view: WalletView): Promise<void> {
  const noKey = view.repair.plan.blocked.some(({ why }) => why === 'no key');
  if (noKey || view.owned.coins === 0) {
    const tokens = world.issue(1, [], false);
    await world.deposit(tokens, world.file(tokens, false));
    await world.wait(8 * MINUTE_MS);
  }
  await world.ask(() => world.device.wallet!.repair());
}

/**
 * A relay that flips bits can make RAIDA deny a coin under a key of ours (docs/threat-model.md). The
 * page keeps such a coin, and takes its file again.
 */
async function offerAgain(
  world: World,
  owed: readonly CoinTruth[],
  view: WalletView,
): Promise<void> {
  if (!world.plan.hostile) return;
  const denied = owed.filter(({ id }) => {
    const shown = view.coins.find(({ key }) => key === tokenKey(id));
    return shown?.state === 'counterfeit' || shown?.state === 'contested';
  });
  const tokens = denied.flatMap(({ id }) => world.given.get(tokenKey(id)) ?? []);
  if (tokens.length > 0) await world.offer(world.file(tokens, false));
}

/** Coins that are there, or that do not come in by themselves, and are not ours everywhere. */
function needsRepair(owed: readonly CoinTruth[], view: WalletView, stuck: boolean): boolean {
  const settled = new Set(['owned', 'fracked', 'limbo', 'contested', 'moved']);
  // What is being taken back is shown as sent until it is ours.
  if (stuck) settled.add('importing').add('settling').add('sent');
  return owed.some((coin) => {
    const shown = view.coins.find(({ key }) => key === tokenKey(coin.id));
    if (shown === undefined || !settled.has(shown.state)) return false;
    return !isWhole(coin) || !isYours(view, coin);
  });
}

/** Of which 13 RAIDA hold a secret that is durable, and that nobody was given. */
function isOwed(coin: CoinTruth): boolean {
  return coin.knownCount >= QUORUM && !coin.sent;
}

function isSettled(coin: CoinTruth): boolean {
  return coin.spendable;
}

function isWhole(coin: CoinTruth): boolean {
  return coin.ownCount === RAIDA_COUNT;
}
