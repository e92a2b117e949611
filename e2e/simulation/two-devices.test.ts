import { COMMANDS, RAIDA_COUNT, STATUS, type Token, tokenKey } from '@raida-wallet/protocol';
import type { WalletView } from '@raida-wallet/web/wallet/view-types';
import { describe, expect, test } from 'vitest';

import { unsignedReply } from './hostile-relays.ts';
import { finish, MINUTE_MS, settled } from './settled-wallet.ts';
import { World } from './world.ts';

/** Coins that another device with the same words has moved: noticed, said, and not asked about for ever. */

const ALL = Array.from({ length: RAIDA_COUNT }, (_, raida) => raida);
const HOUR_MS = 60 * MINUTE_MS;

type Seen = { view(): WalletView };

function statesOf(world: World, tokens: readonly Token[]): string[] {
  const { coins } = world.wallet!.view();
  return tokens.map((token) => coins.find(({ key }) => key === tokenKey(token))!.state);
}

const byValue = (tokens: readonly Token[]) => [...tokens].sort((a, b) => a.dn - b.dn);

/** As the other device does it: from now on nobody here knows their secrets. */
function movedAway(world: World, tokens: readonly Token[]): void {
  for (const token of tokens) world.takeBack(token, ALL);
}

/** What is in no state twice, and in none not at all (I9). */
function expectAll(world: World, coins: number): void {
  const { owned, settling, importing, quarantined, sent } = world.wallet!.view();
  const piles = [owned, settling, importing, quarantined, sent];
  expect(piles.reduce((sum, pile) => sum + pile.coins, 0)).toBe(coins);
}

const isMoved = (count: number) => (w: Seen) =>
  w.view().coins.filter(({ state }) => state === 'moved').length === count;

test('what was moved while the page was closed is noticed at the next start, keys included', async () => {
  const { world, tokens } = await settled(601, 6);
  const [first, second, ...others] = byValue(tokens);
  world.kill();
  // The coins of least value are those that key requests.
  movedAway(world, [first!, second!]);
  await world.start();
  expect(await world.until(isMoved(2), 2 * MINUTE_MS)).toBe(true);
  expect(statesOf(world, [first!, second!])).toEqual(['moved', 'moved']);
  const { owned, spendable, repair, needRepair } = world.wallet!.view();
  expect([owned.coins, spendable.coins, needRepair]).toEqual([4, 4, 0]);
  expect([repair.plan.repairable, repair.plan.blocked]).toEqual([0, []]);
  expectAll(world, 6);
  // What is received now comes in without a tap, under a key that is still ours.
  const sent = world.sent.length;
  await world.deposit(world.issue(1));
  expect(await world.until((w) => w.view().owned.coins === 5, 20 * MINUTE_MS)).toBe(true);
  const keyed = world.sent.slice(sent).filter(({ name }) => name !== COMMANDS.echo.name);
  const keys = new Set(keyed.map(({ key }) => key));
  expect([keys.has(tokenKey(first!)), keys.has(tokenKey(second!))]).toEqual([false, false]);
  expect(statesOf(world, others)).toEqual(others.map(() => 'owned'));
  // And it stays so.
  world.kill();
  await world.start();
  expect(isMoved(2)(world.wallet!)).toBe(true);
  await world.until(() => false, 3 * HOUR_MS);
  expect(isMoved(2)(world.wallet!)).toBe(true);
});

test('a move is noticed within an hour of open page', async () => {
  const { world, tokens } = await settled(602, 4);
  await world.until(() => false, 10 * MINUTE_MS);
  movedAway(world, [tokens[2]!]);
  expect(await world.until(isMoved(1), 62 * MINUTE_MS)).toBe(true);
});

test('a key that is refused is looked into at once', async () => {
  const { world, tokens } = await settled(603, 5);
  await world.until(() => false, 70 * MINUTE_MS);
  const keys = byValue(tokens).slice(0, 3);
  movedAway(world, keys);
  await world.deposit(world.issue(1));
  expect(await world.until(isMoved(3), 2 * MINUTE_MS)).toBe(true);
  expect(await world.until((w) => w.view().owned.coins === 3, 20 * MINUTE_MS)).toBe(true);
});

test('with all coins gone nothing is evidence: they are set aside, and a repair frees what comes in', async () => {
  const { world, tokens } = await settled(604, 3);
  world.kill();
  movedAway(world, tokens);
  await world.start();
  const allDoubted = (w: Seen) => w.view().quarantined.coins === 3;
  expect(await world.until(allDoubted, 3 * MINUTE_MS)).toBe(true);
  expect(statesOf(world, tokens)).toEqual(['limbo', 'limbo', 'limbo']);
  const { owned, spendable } = world.wallet!.view();
  expect([owned.coins, spendable.coins, world.wallet!.planSend(1n).spendable]).toEqual([0, 0, 0n]);
  // An error that anybody can write must not choose under which key new coins are moved.
  const fresh = world.issue(2);
  await world.deposit(fresh);
  await world.until(() => false, 30 * MINUTE_MS);
  expect(statesOf(world, fresh)).toEqual(['importing', 'importing']);
  await finish(world, world.wallet!.repair());
  expect(await world.until((w) => w.view().owned.coins === 2, 30 * MINUTE_MS)).toBe(true);
  // Now there are coins under which the servers can be asked about the others.
  expect(await world.until(isMoved(3), 3 * HOUR_MS)).toBe(true);
  expectAll(world, 5);
});

const isEchoOrSum = ({ name }: { name: string }) =>
  name === COMMANDS.echo.name || name === COMMANDS.detectSum.name;

test('a relay that denies everything takes no coin away, and asks for no end of requests', async () => {
  const { world, tokens } = await settled(605, 6);
  const before = ALL.map((raida) => world.nodes[raida]!.read(tokens[0]!));
  world.kill();
  world.relay = (_, frame) => unsignedReply(frame, STATUS.keyTokenNotFound);
  await world.start();
  await world.until(() => false, 5 * MINUTE_MS);
  expect(new Set(statesOf(world, tokens))).toEqual(new Set(['limbo']));
  const sent = world.sent.length;
  await world.until(() => false, 6 * HOUR_MS);
  expect(world.sent.length - sent).toBeLessThan(6 * 100);
  expect(world.sent.slice(sent).every(isEchoOrSum)).toBe(true);
  world.relay = null;
  // By itself, or at the next start.
  expect(await world.until((w) => w.view().owned.coins === 6, 62 * MINUTE_MS)).toBe(true);
  expect(ALL.map((raida) => world.nodes[raida]!.read(tokens[0]!))).toEqual(before);
  world.checkAllAfresh();
});

test('a relay that denies a coin, and guesses which question is about it, does not take it away', async () => {
  const { world, tokens } = await settled(613, 5);
  const coin = tokens[2]!;
  world.relay = (sent, frame, serve) => {
    const denied = sent.name === COMMANDS.echo.name && sent.key === tokenKey(coin);
    if (denied) return unsignedReply(frame, STATUS.keyTokenNotFound);
    const reply = serve(frame.slice());
    const passes = sent.name === COMMANDS.detectSum.name && reply?.[2] === STATUS.allPass;
    if (!passes || world.chance.hits(0.5)) return reply;
    // The sum is the last of what is encrypted.
    frame[frame.length - 4]! ^= 1;
    return serve(frame);
  };
  for (let hour = 0; hour < 8; hour++) {
    world.kill();
    await world.start();
    await world.until(() => false, HOUR_MS);
    expect(statesOf(world, [coin])).toEqual(['limbo']);
  }
  world.relay = null;
  expect(await world.until((w) => w.view().spendable.coins === 5, 62 * MINUTE_MS)).toBe(true);
});

test('a relay that spoils sums costs a few requests, and no coin', async () => {
  const { world } = await settled(606, 20);
  world.relay = (sent, frame, serve) => {
    if (sent.name === COMMANDS.detectSum.name) frame[frame.length - 4]! ^= 1;
    return serve(frame);
  };
  world.kill();
  await world.start();
  const sent = world.sent.length;
  await world.until(() => false, 50 * MINUTE_MS);
  expect(world.wallet!.view().spendable.coins).toBe(20);
  expect(world.sent.length - sent).toBeLessThanOrEqual(3 * 21);
});

describe('an audit of 60 coins', () => {
  test('takes one request at each of three servers', async () => {
    const { world } = await settled(607, 60);
    world.kill();
    await world.start();
    const { length } = world.sent;
    await world.until(() => false, 30 * MINUTE_MS);
    const asked = world.sent.slice(length - 1);
    expect(asked.length).toBeLessThanOrEqual(4);
    expect(new Set(asked.map(({ raida }) => raida)).size).toBeLessThanOrEqual(4);
  });

  test('finds the one that is gone', async () => {
    const { world, tokens } = await settled(608, 60);
    world.kill();
    movedAway(world, [tokens[22]!]);
    await world.start();
    expect(await world.until(isMoved(1), 3 * MINUTE_MS)).toBe(true);
    expect(world.wallet!.view().spendable.coins).toBe(59);
  });
});

test('what 13 servers said wrongly is found again by itself, and by a tap at once', async () => {
  for (const taps of [false, true]) {
    const { world, tokens } = await settled(609, 5);
    const coin = tokens[3]!;
    const held = ALL.map((raida) => world.nodes[raida]!.read(coin)!);
    movedAway(world, [coin]);
    world.kill();
    await world.start();
    expect(await world.until(isMoved(1), 3 * MINUTE_MS)).toBe(true);
    ALL.forEach((raida) => world.setSecret(coin, raida, held[raida]!));
    if (taps) await finish(world, world.wallet!.repair());
    const withinMs = taps ? 2 * MINUTE_MS : 62 * MINUTE_MS;
    expect(await world.until((w) => w.view().spendable.coins === 5, withinMs)).toBe(true);
  }
});

test('servers that lost a coin make it one that needs repair, and no more', async () => {
  const { world, tokens } = await settled(610, 4);
  for (const raida of ALL.slice(3, 15)) world.setSecret(tokens[1]!, raida, world.secret());
  // Three of 25 are heard each hour, so that it takes a while until one of the twelve is.
  const fracked = (w: Seen) => w.view().coins.some(({ state }) => state === 'fracked');
  expect(await world.until(fracked, 12 * HOUR_MS)).toBe(true);
  const { spendable, needRepair } = world.wallet!.view();
  expect([spendable.coins, needRepair]).toEqual([4, 1]);
  await finish(world, world.wallet!.repair());
  const whole = (w: Seen) => w.view().coins.every(({ state }) => state === 'owned');
  expect(await world.until(whole, 10 * MINUTE_MS)).toBe(true);
});

test('a kill at any time of a check loses no coin, and the next start goes on', async () => {
  for (let moment = 5; moment < 330; moment += 41) {
    const { world, tokens } = await settled(611, 4);
    world.kill();
    movedAway(world, [tokens[0]!]);
    world.killAtMoment = world.moments + moment;
    await world.start();
    expect(await world.until(isMoved(1), 10 * MINUTE_MS)).toBe(true);
    expectAll(world, 4);
    expect(await world.until((w) => w.view().spendable.coins === 3, MINUTE_MS)).toBe(true);
  }
}, 120_000);

/** There is one network: what one device did to the servers is so for the other. */
function share(from: World, to: World, tokens: readonly Token[]): void {
  for (const token of tokens) {
    for (const raida of ALL) to.setSecret(token, raida, from.nodes[raida]!.read(token)!);
  }
}

test('a backup that is restored on a second device: the first one notices, and gets the coins back', async () => {
  const { world: first, tokens } = await settled(612, 5);
  const { entries } = first.wallet!.backupToSave();
  const second = new World(1612);
  await second.start();
  share(first, second, tokens);
  await finish(second, second.wallet!.restoreBackup(entries));
  expect(await second.until((w) => w.view().owned.coins === 5, 20 * MINUTE_MS)).toBe(true);
  // The first one has two coins of which the second one does not know.
  const own = first.issue(2);
  await first.deposit(own);
  await first.until((w) => w.view().spendable.coins === 7, 20 * MINUTE_MS);
  first.kill();
  for (const token of tokens) {
    first.takeBack(token, []);
    for (const raida of ALL) first.setSecret(token, raida, second.nodes[raida]!.read(token)!);
  }
  await first.start();
  expect(await first.until(isMoved(5), 3 * MINUTE_MS)).toBe(true);
  expect(first.wallet!.view().spendable.coins).toBe(2);
  // Back again, from the second device's backup.
  const back = second.wallet!.backupToSave().entries;
  await finish(first, first.wallet!.restoreBackup(back));
  expect(await first.until((w) => w.view().owned.coins === 7, 20 * MINUTE_MS)).toBe(true);
  second.kill();
  for (const token of tokens) second.takeBack(token, []);
  share(first, second, tokens);
  await second.start();
  const gone = (w: Seen) => w.view().quarantined.coins === 5;
  expect(await second.until(gone, 3 * MINUTE_MS)).toBe(true);
});
