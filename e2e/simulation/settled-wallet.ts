import type { Token } from '@raida-wallet/protocol';
import { expect } from 'vitest';

import { World } from './world.ts';

export const MINUTE_MS = 60_000;

/** Lets time pass until the promise is settled. */
export async function finish<T>(world: World, promise: Promise<T>): Promise<T> {
  let ended = false;
  const end = () => (ended = true);
  promise.then(end, end);
  await world.time.run(() => ended, MINUTE_MS);
  return promise;
}

/** A wallet whose coins have settled. */
export async function settled(
  seed: number,
  count: number,
): Promise<{ readonly world: World; readonly tokens: Token[] }> {
  const world = new World(seed);
  await world.start();
  const tokens = world.issue(count);
  await world.deposit(tokens);
  expect(await world.until((w) => w.view().spendable.coins === count, 15 * MINUTE_MS)).toBe(true);
  return { world, tokens };
}
