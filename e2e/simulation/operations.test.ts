import { DEFAULT_COIN_ID, RAIDA_COUNT, readCoinFile, type Token } from '@raida-wallet/protocol';
import { expect, test } from 'vitest';

import { finish, MINUTE_MS, settled } from './settled-wallet.ts';
import type { World } from './world.ts';

function fracture(world: World, token: Token, raidas: readonly number[]): void {
  for (const raida of raidas) world.setSecret(token, raida, world.secret());
}

function wholeAt(world: World, token: Token): number {
  return world.nodes.filter((_, raida) => world.holdsKnownSecret(token, raida)).length;
}

test.each([1, 5, 12])('a coin that %i RAIDA have lost is whole after a repair', async (lost) => {
  const { world, tokens } = await settled(100 + lost, 3);
  fracture(
    world,
    tokens[1]!,
    Array.from({ length: lost }, (_, i) => (i * 2) % RAIDA_COUNT),
  );
  expect(await finish(world, world.wallet!.repair())).toBe(3);
  const whole = await world.until((w) => {
    const { coins, repair } = w.view();
    return repair.running === null && coins.every(({ state }) => state === 'owned');
  }, 10 * MINUTE_MS);
  expect(world.wallet!.view().repair).toMatchObject({ last: { repaired: 1 } });
  expect(whole).toBe(true);
  for (const token of tokens) expect(wholeAt(world, token)).toBe(RAIDA_COUNT);
  world.checkAllAfresh();
});

test('a coin that 13 RAIDA have lost cannot be repaired, and the plan says why', async () => {
  const { world, tokens } = await settled(7, 3);
  world.takeBack(
    tokens[0]!,
    Array.from({ length: 13 }, (_, raida) => raida),
  );
  await finish(world, world.wallet!.repair());
  await world.until((w) => w.view().repair.running === null, 10 * MINUTE_MS);
  const { repair, owned } = world.wallet!.view();
  expect(owned.coins).toBe(2);
  expect(repair.last!.left.blocked).toEqual([{ why: 'too few servers', coins: 1, servers: 12 }]);
});

test('what was sent is gone when the other side has taken it, and not spendable before', async () => {
  const { world } = await settled(9, 4);
  const { wallet } = world;
  const { spendable } = wallet!.view();
  const plan = wallet!.planSend(spendable.units);
  expect(plan.exact).toBe(true);
  const smallest = wallet!.view().coins.at(-1)!;
  const units = 10n ** BigInt(smallest.dn + 8);
  const send = await finish(world, wallet!.send(units, 'for you', DEFAULT_COIN_ID));
  expect(wallet!.view().sent).toEqual({ coins: 1, units });
  const { bytes, name } = await finish(world, wallet!.handOver(send));
  expect(name).toContain('for you');
  const [coin] = readCoinFile(bytes, { coinId: DEFAULT_COIN_ID }).tokens;
  coin!.ans.forEach((an, raida) => expect(world.nodes[raida]!.read(coin!)).toEqual(an));
  world.takeBack(
    { ...coin!, ans: [...coin!.ans] },
    Array.from({ length: RAIDA_COUNT }, (_, raida) => raida),
  );
  const taken = (w: { view(): { sends: readonly { state: string }[] } }) =>
    w.view().sends[0]!.state === 'taken';
  expect(await world.until(taken, 20 * MINUTE_MS)).toBe(true);
  // What 13 servers said may have been a relay's word, so it can be tried; it brings nothing back.
  await finish(world, wallet!.takeBack(send));
  await world.until(() => false, 20 * MINUTE_MS);
  expect(wallet!.view().sends[0]!.state).not.toBe('taken back');
  expect(wallet!.view().owned.coins).toBe(3);
});

test('a send is taken back, also when the other side has taken half of it', async () => {
  const { world, tokens } = await settled(11, 3);
  const { wallet } = world;
  const smallest = wallet!.view().coins.at(-1)!;
  const send = await finish(
    world,
    wallet!.send(10n ** BigInt(smallest.dn + 8), '', DEFAULT_COIN_ID),
  );
  await finish(world, wallet!.handOver(send));
  const coin = tokens.find(({ sn }) => sn === smallest.sn)!;
  for (let raida = 0; raida < 10; raida++) world.setSecret(coin, raida, world.secret());
  await finish(world, wallet!.takeBack(send));
  const back = await world.until((w) => w.view().sends[0]!.state === 'taken back', MINUTE_MS);
  expect(back).toBe(true);
  expect(await world.until((w) => w.view().owned.coins === 3, 20 * MINUTE_MS)).toBe(true);
  await finish(world, wallet!.repair());
  const whole = (w: { view(): { coins: readonly { state: string }[] } }) =>
    w.view().coins.every(({ state }) => state === 'owned');
  expect(await world.until(whole, 20 * MINUTE_MS)).toBe(true);
  for (const token of tokens) expect(wholeAt(world, token)).toBe(RAIDA_COUNT);
});
