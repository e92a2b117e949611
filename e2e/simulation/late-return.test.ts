import { RAIDA_COUNT } from '@raida-wallet/protocol';
import { expect, test } from 'vitest';

import { World } from './world.ts';

const MINUTE_MS = 60_000;

test('servers that return after the coins have settled are moved too, though no coin of ours is known there', async () => {
  const world = new World(31);
  await world.start();
  for (let raida = 13; raida < RAIDA_COUNT; raida++) world.down.add(raida);
  await world.deposit(world.issue(2));
  expect(await world.until((w) => w.view().owned.coins === 2, 15 * MINUTE_MS)).toBe(true);
  expect(await world.until((w) => w.view().needRepair === 2, MINUTE_MS)).toBe(true);
  world.down.clear();
  const whole = await world.until(
    (w) => w.view().coins.every(({ state }) => state === 'owned') && w.view().needRepair === 0,
    20 * MINUTE_MS,
  );
  expect(whole).toBe(true);
  world.checkAllAfresh();
});
