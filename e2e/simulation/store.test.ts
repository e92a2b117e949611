import { DEFAULT_COIN_ID, encodeCoinFile, type Token, tokenKey } from '@raida-wallet/protocol';
import { inspectFiles } from '@raida-wallet/web/wallet/offer';
import { StoreError } from '@raida-wallet/web/wallet/ports';
import { describe, expect, test } from 'vitest';

import { Chance } from './virtual-time.ts';
import { World } from './world.ts';

const MINUTE_MS = 60_000;

function offer(world: World, tokens: readonly Token[]): number {
  const bytes = encodeCoinFile(tokens, { coinId: DEFAULT_COIN_ID });
  const files = [{ name: 'coins.bin', bytes }];
  return world.wallet!.inspect(inspectFiles, files, DEFAULT_COIN_ID).id;
}

/** What became of promises that only go on while the world runs. */
async function outcomesOf(world: World, promises: readonly Promise<unknown>[]) {
  let outcomes: PromiseSettledResult<unknown>[] | null = null;
  void Promise.allSettled(promises).then((all) => (outcomes = all));
  await world.time.run(() => outcomes !== null, MINUTE_MS);
  return outcomes!;
}

async function opened(seed: number): Promise<World> {
  const world = new World(seed);
  await world.start();
  return world;
}

describe('offers that are accepted at once', () => {
  test('become deposits of their own, and both are finished after a restart', async () => {
    const world = await opened(201);
    const offers = [offer(world, world.issue(2)), offer(world, world.issue(3))];
    const outcomes = await outcomesOf(
      world,
      offers.map((id) => world.wallet!.accept(id)),
    );
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'fulfilled', value: 2 },
    ]);
    world.kill();
    expect(await world.until((w) => w.view().owned.coins === 5, 20 * MINUTE_MS)).toBe(true);
    expect(world.wallet!.view().deposits.map(({ coins }) => coins)).toEqual([3, 2]);
  });

  test('with a coin in common: one of them comes in, the other is refused whole', async () => {
    const world = await opened(202);
    const [common, other] = world.issue(2);
    const offers = [offer(world, [common!]), offer(world, [common!, other!])];
    const [first, second] = await outcomesOf(
      world,
      offers.map((id) => world.wallet!.accept(id)),
    );
    expect(first!.status).toBe('fulfilled');
    expect(String((second as PromiseRejectedResult).reason)).toContain('came in meanwhile');
    expect(await world.until((w) => w.view().owned.coins === 1, 20 * MINUTE_MS)).toBe(true);
    expect(world.wallet!.view().coins).toHaveLength(1);
  });

  test('the same file twice, while no server answers: once', async () => {
    const world = await opened(203);
    for (let raida = 0; raida < 25; raida++) world.down.add(raida);
    const tokens = world.issue(1);
    const offers = [offer(world, tokens), offer(world, tokens)];
    await outcomesOf(world, [world.wallet!.accept(offers[0]!)]);
    await world.until((w) => w.view().deposits[0]!.stage === 'waiting', MINUTE_MS);
    const [again] = await outcomesOf(world, [world.wallet!.accept(offers[1]!)]);
    expect(again!.status).toBe('rejected');
  });

  test('the same coin with other secrets first: what comes later is kept besides, and wins', async () => {
    const world = await opened(204);
    const [real] = world.issue(1);
    const wrong = { ...real!, ans: real!.ans.map(() => world.secret()) };
    await world.deposit([wrong]);
    const state = () =>
      world.wallet!.view().coins.find(({ key }) => key === tokenKey(real!))!.state;
    await world.until(() => state() === 'unrecognised', MINUTE_MS);
    await world.until((w) => w.view().deposits[0]!.stage === 'waiting', MINUTE_MS);
    await world.deposit([real!]);
    expect(await world.until((w) => w.view().owned.coins === 1, 20 * MINUTE_MS)).toBe(true);
    expect(world.wallet!.view().coins).toHaveLength(1);
  });

  test('deposits side by side, with kills: every coin comes in', async () => {
    for (let seed = 210; seed < 222; seed++) {
      const chance = new Chance(seed);
      const world = await opened(seed);
      let coins = 0;
      while (coins < 6) {
        if (!world.wallet) await world.start();
        const count = 1 + chance.below(3);
        await world.deposit(world.issue(count));
        coins = world.imported.length;
        world.killAtMoment = world.moments + 1 + chance.below(400);
        await world.until(() => false, chance.below(20_000));
      }
      world.killAtMoment = Infinity;
      const done = await world.until((w) => w.view().owned.coins === coins, 30 * MINUTE_MS);
      expect(done, `seed ${seed}`).toBe(true);
      world.checkAllAfresh();
    }
  });
});

describe('a store that fails', () => {
  test('at any write: nothing is sent any more, and the next start finishes', async () => {
    for (let failing = 0; failing < 9; failing++) {
      const world = await opened(230);
      await world.deposit(world.issue(2));
      let writes = 0;
      world.appendFails = () => writes++ === failing;
      await expect(world.until((w) => w.view().owned.coins === 2, 20 * MINUTE_MS)).rejects.toThrow(
        StoreError,
      );
      const sent = world.sent.length;
      world.failure = null;
      await world.until(() => false, 20 * MINUTE_MS);
      expect(world.sent.length, `write ${failing}`).toBe(sent);
      expect(writes).toBe(failing + 1);
      world.kill();
      expect(await world.until((w) => w.view().owned.coins === 2, 20 * MINUTE_MS)).toBe(true);
      world.checkAllAfresh();
    }
  });

  test('in the middle of a round: what is not sent yet stays where it is', async () => {
    const world = await opened(232);
    await world.deposit(world.issue(80));
    const another = offer(world, world.issue(1));
    const before = world.sent.length;
    await world.until(() => world.sent.length > before + 25, MINUTE_MS);
    world.appendFails = () => true;
    await outcomesOf(world, [world.wallet!.accept(another)]);
    const sent = world.sent.length;
    expect(sent).toBeLessThan(80 * 25);
    world.failure = null;
    await world.until(() => false, MINUTE_MS);
    expect(world.sent.length).toBe(sent);
  });

  test('while coins are accepted: they are not, and what is under way stops as well', async () => {
    const world = await opened(231);
    await world.deposit(world.issue(1));
    expect(await world.until((w) => w.view().settling.coins === 1, MINUTE_MS)).toBe(true);
    world.appendFails = () => true;
    const accepting = world.wallet!.accept(offer(world, world.issue(1)));
    const [outcome] = await outcomesOf(world, [accepting]);
    expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(StoreError);
    expect(world.failure).toBeInstanceOf(StoreError);
    world.failure = null;
    const [later] = await outcomesOf(world, [world.wallet!.accept(offer(world, world.issue(1)))]);
    expect(String((later as PromiseRejectedResult).reason)).toContain('Reload the page');
    world.appendFails = () => false;
    world.kill();
    expect(await world.until((w) => w.view().owned.coins === 1, 20 * MINUTE_MS)).toBe(true);
    expect(world.wallet!.view().coins).toHaveLength(1);
  });
});
