import { DEFAULT_COIN_ID, encodeCoinFile, RAIDA_COUNT } from '@raida-wallet/protocol';
import { RequestRefused } from '@raida-wallet/web/wallet/refusal';
import { inspectFiles } from '@raida-wallet/web/wallet/offer';
import { expect, test } from 'vitest';

import { finish, MINUTE_MS, settled } from './settled-wallet.ts';
import { World } from './world.ts';

/** A wallet that is locked: what it still does, what it refuses, and what the next start makes of it. */

const LOCKED = /locked meanwhile/;

async function started(seed: number): Promise<World> {
  const world = new World(seed);
  await world.start();
  return world;
}

/** What the page is told of the deposit, once it is in this stage. */
async function until(world: World, stage: string): Promise<void> {
  expect(await world.until((w) => w.view().deposits[0]?.stage === stage, 20 * MINUTE_MS)).toBe(
    true,
  );
}

test.each(['checking', 'moving', 'settling'])(
  'closed while a deposit is %s: nothing more is sent, and the next start finishes',
  async (stage) => {
    const world = await started(501);
    const tokens = world.issue(3);
    await world.deposit(tokens);
    await until(world, stage);
    const wallet = world.wallet!;
    await finish(world, wallet.close());
    const { length } = world.sent;
    await world.until(() => false, 20 * MINUTE_MS);
    expect(world.sent.length).toBe(length);
    world.kill();
    expect(await world.until((w) => w.view().owned.coins === 3, 20 * MINUTE_MS)).toBe(true);
    world.checkAllAfresh();
  },
);

test('what is being stored when it is closed is stored, and what waits is refused', async () => {
  const { world, tokens } = await settled(502, 2);
  const wallet = world.wallet!;
  const orders = [wallet.wordsWritten(), wallet.repair()] as const;
  await new Promise((resolve) => setImmediate(resolve));
  const outcomes = Promise.allSettled([...orders, wallet.close()] as const);
  const [words, repair, closing] = await finish(world, outcomes);
  // Two orders came at once: the first of them was on its way into the store.
  expect([words.status, repair.status, closing.status]).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
  expect(repair).toMatchObject({ reason: { message: expect.stringMatching(LOCKED) as string } });
  world.kill();
  await world.start();
  expect(world.wallet!.vaultFacts().wordsWritten).toBe(true);
  expect(tokens).toHaveLength(world.wallet!.view().coins.length);
});

test('a closed wallet refuses everything, in words, and can be closed again', async () => {
  const { world } = await settled(503, 2);
  const wallet = world.wallet!;
  const bytes = encodeCoinFile(world.issue(1), { coinId: DEFAULT_COIN_ID });
  const files = [{ name: 'coins.bin', bytes }];
  const offer = wallet.inspect(inspectFiles, files, DEFAULT_COIN_ID);
  const send = await finish(world, wallet.send(wallet.planSend(1n).spendable, '', DEFAULT_COIN_ID));
  await finish(world, wallet.handOver(send));
  const { entries, saved } = wallet.backupToSave();
  const { list, saved: listSaved } = wallet.listToSave();
  await finish(world, wallet.close());
  await finish(world, wallet.close());
  const seed = new Uint8Array(32);
  const refused: readonly (() => unknown)[] = [
    () => wallet.accept(offer.id),
    () => wallet.repair(),
    () => wallet.send(1n, '', DEFAULT_COIN_ID),
    () => wallet.handOver(send),
    () => wallet.takeBack(send),
    () => wallet.wordsWritten(),
    () => saved(seed),
    () => listSaved(),
    () => wallet.restore(seed, list),
    () => wallet.restoreBackup(entries),
    () => wallet.inspect(inspectFiles, files, DEFAULT_COIN_ID),
    () => wallet.planSend(1n),
    () => wallet.seed(),
    () => wallet.listToSave(),
    () => wallet.backupToSave(),
  ];
  for (const ask of refused) {
    const outcome = Promise.resolve().then(ask);
    await expect(finish(world, outcome)).rejects.toThrow(LOCKED);
    await expect(outcome).rejects.toBeInstanceOf(RequestRefused);
  }
  wallet.retryNow();
  expect(wallet.busy()).toBe(false);
  expect(world.failure).toBe(null);
});

test('a wallet that is not connected plans, sends and restores; what it began starts with the connection', async () => {
  const { world } = await settled(504, 3);
  const { entries } = world.wallet!.backupToSave();
  const device = new World(504);
  await device.start(undefined, false);
  for (const token of world.imported) {
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      device.setSecret(token, raida, world.nodes[raida]!.read(token)!);
    }
  }
  await finish(device, device.wallet!.restoreBackup(entries));
  await device.until(() => false, MINUTE_MS);
  expect([device.sent.length, device.wallet!.view().importing.coins]).toEqual([0, 3]);
  expect([device.wallet!.planSend(1n).spendable, device.wallet!.busy()]).toEqual([0n, false]);
  device.connect();
  expect(await device.until((w) => w.view().owned.coins === 3, 20 * MINUTE_MS)).toBe(true);
  // The coins that are there now are sent without a connection.
  device.kill();
  await device.start(undefined, false);
  const { spendable } = device.wallet!.planSend(1n);
  await finish(device, device.wallet!.send(spendable, '', DEFAULT_COIN_ID));
  expect(device.wallet!.view().sent.coins).toBe(3);
});

/** Of the time that passes until it holds: how much the wallet called itself busy. */
async function busyFor(world: World, done: () => boolean, mostMs: number): Promise<number> {
  let busyMs = 0;
  const endMs = world.time.now() + mostMs;
  while (!done() && world.time.now() < endMs) {
    if (world.wallet?.busy()) busyMs += 100;
    await world.until(() => false, 100);
  }
  return busyMs;
}

test('a lock waits for coins that move, not for those that settle', async () => {
  const world = await started(505);
  await world.deposit(world.issue(3));
  expect(world.wallet!.busy()).toBe(true);
  const settling = () => world.wallet!.view().deposits[0]?.stage === 'settling';
  let always = true;
  while (!settling()) {
    always &&= world.wallet!.busy();
    await world.until(() => false, 10);
  }
  expect(always).toBe(true);
  await world.until(() => false, 1_000);
  expect(await busyFor(world, () => false, 5 * MINUTE_MS)).toBeLessThan(2_000);
});

test.each([12, 25])('a lock does not wait for %i servers that are silent', async (silent) => {
  const world = await started(506);
  const tokens = world.issue(2);
  await world.deposit(tokens);
  for (let raida = 0; raida < silent; raida++) world.silent.add(raida);
  await world.until(() => false, 2 * MINUTE_MS);
  expect(await busyFor(world, () => false, 4 * MINUTE_MS)).toBeLessThan(4_000);
});

test('a lock waits for a repair, and for the second word of 13 servers', async () => {
  const { world, tokens } = await settled(507, 3);
  for (const raida of [2, 3]) world.setSecret(tokens[0]!, raida, world.secret());
  await finish(world, world.wallet!.repair());
  const repaired = () => world.wallet!.view().repair.last !== null;
  while (!repaired()) {
    expect(world.wallet!.busy()).toBe(true);
    await world.until(() => false, 50);
  }
  expect(world.wallet!.busy()).toBe(false);
  const [gone] = world.issue(1);
  for (let raida = 0; raida < RAIDA_COUNT; raida++) world.setSecret(gone!, raida, world.secret());
  await world.deposit([gone!]);
  const judged = () => world.wallet!.view().coins.some(({ state }) => state === 'counterfeit');
  while (!judged()) {
    expect(world.wallet!.busy()).toBe(true);
    await world.until(() => false, 500);
  }
  expect(world.wallet!.busy()).toBe(false);
});

test('a send that is watched does not keep the wallet from being locked', async () => {
  const { world } = await settled(508, 2);
  const { wallet } = world;
  const send = await finish(
    world,
    wallet!.send(wallet!.planSend(1n).spendable, '', DEFAULT_COIN_ID),
  );
  await finish(world, wallet!.handOver(send));
  await world.until(() => false, 5_000);
  expect(await busyFor(world, () => false, 5 * MINUTE_MS)).toBe(0);
});
