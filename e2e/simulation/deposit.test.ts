import { QUORUM, RAIDA_COUNT, type Token, tokenKey } from '@raida-wallet/protocol';
import { SETTLE_AFTER_MS } from '@raida-wallet/web/wallet/limits';
import { inspectFiles } from '@raida-wallet/web/wallet/offer';
import type { WalletView } from '@raida-wallet/web/wallet/view-types';
import { describe, expect, test } from 'vitest';

import { type Faults, NO_FAULTS } from './faults.ts';
import { Chance } from './virtual-time.ts';
import { World } from './world.ts';

const MINUTE_MS = 60_000;
const ALL = Array.from({ length: RAIDA_COUNT }, (_, raida) => raida);

function stateOf(view: WalletView, token: Token): string {
  return view.coins.find(({ key }) => key === tokenKey(token))?.state ?? 'missing';
}

async function depositing(seed: number, tokens: (world: World) => Token[]) {
  const world = new World(seed);
  await world.start();
  const file = tokens(world);
  await world.deposit(file);
  return { world, file };
}

function confirmed(world: World, token: Token): string {
  return world.wallet!.view().coins.find(({ key }) => key === tokenKey(token))!.marks;
}

describe('a deposit on a good network', () => {
  test('makes coins ours on all 25, and settles after the tickets have run out', async () => {
    const { world, file } = await depositing(1, (w) => w.issue(12));
    const moved = await world.until((w) => w.view().settling.coins === 12, MINUTE_MS);
    expect(moved).toBe(true);
    expect(await world.until((w) => w.view().owned.coins === 12, SETTLE_AFTER_MS - MINUTE_MS)).toBe(
      false,
    );
    expect(await world.until((w) => w.view().owned.coins === 12, 2 * MINUTE_MS)).toBe(true);
    for (const token of file) {
      expect(stateOf(world.wallet!.view(), token)).toBe('owned');
      expect(confirmed(world, token)).toBe('c'.repeat(RAIDA_COUNT));
      for (const raida of ALL) {
        const held = world.nodes[raida]!.read(token)!;
        expect(held).not.toEqual(token.ans[raida]);
        expect(world.isStored(held)).toBe(true);
      }
    }
    expect(world.wallet!.view().deposits[0]!.stage).toBe('done');
    world.checkAllAfresh();
  });

  test('moves 9, then 8, then 8, each proven before the next', async () => {
    const { world } = await depositing(2, (w) => w.issue(1));
    await world.until((w) => w.view().settling.coins === 1, MINUTE_MS);
    await world.until((w) => w.view().deposits[0]!.stage === 'settling', MINUTE_MS);
    const batches: number[] = [];
    let before = '';
    for (const { name } of world.sent) {
      if (name === 'pown') {
        if (before === 'pown') batches[batches.length - 1]!++;
        else batches.push(1);
      }
      before = name;
    }
    expect(batches).toEqual([9, 8, 8]);
  });

  test('36 coins go in one datagram to each RAIDA, 37 by TCP', async () => {
    for (const [count, tcp] of [
      [36, false],
      [37, true],
    ] as const) {
      const { world } = await depositing(count, (w) => w.issue(count));
      await world.until((w) => w.view().settling.coins === count, MINUTE_MS);
      await world.until((w) => w.view().deposits[0]!.stage === 'settling', MINUTE_MS);
      const powns = world.sent.filter(({ name }) => name === 'pown');
      expect(powns).toHaveLength(RAIDA_COUNT);
      expect(powns.every((pown) => pown.tcp === tcp && pown.tokens.length === count)).toBe(true);
    }
  });

  test('the first is keyed by the coin itself, later ones by a settled coin of ours', async () => {
    const { world, file } = await depositing(3, (w) => w.issue(2));
    expect(world.wallet!.inspect(inspectFiles, [], 6).giverCouldRead).toBe(true);
    await world.until((w) => w.view().owned.coins === 2, 10 * MINUTE_MS);
    const own = file.map(tokenKey);
    const first = world.sent.filter(({ name }) => name === 'pown');
    expect(first.every(({ key }) => own.includes(key))).toBe(true);
    world.sent.length = 0;
    const later = world.issue(3);
    await world.deposit(later);
    await world.until((w) => w.view().settling.coins === 3, MINUTE_MS);
    const powns = world.sent.filter(({ name }) => name === 'pown');
    expect(powns.length).toBeGreaterThan(0);
    const cheapest = [...file].sort((a, b) => a.dn - b.dn)[0]!;
    expect(new Set(powns.map(({ key }) => key))).toEqual(new Set([tokenKey(cheapest)]));
    expect(world.wallet!.view().deposits[0]!.giverCouldRead).toBe(false);
  });
});

describe('RAIDA that are missing', () => {
  test('12 down: ours all the same, in need of repair, and whole when they return', async () => {
    const { world, file } = await depositing(4, (w) => {
      for (let raida = 13; raida < 25; raida++) w.down.add(raida);
      return w.issue(3);
    });
    expect(await world.until((w) => w.view().settling.coins === 3, 2 * MINUTE_MS)).toBe(true);
    expect(await world.until((w) => w.view().needRepair === 3, MINUTE_MS)).toBe(true);
    expect(confirmed(world, file[0]!)).toBe('c'.repeat(13) + 's'.repeat(12));
    world.down.clear();
    const whole = await world.until(
      (w) => w.view().coins.every(({ marks }) => marks === 'c'.repeat(RAIDA_COUNT)),
      5 * MINUTE_MS,
    );
    expect(whole).toBe(true);
    expect(world.wallet!.view().needRepair).toBe(0);
  });

  test('12 that hear but never answer cost one short wait, not the deposit', async () => {
    const { world } = await depositing(5, (w) => {
      for (let raida = 0; raida < 12; raida++) w.silent.add(raida);
      return w.issue(1);
    });
    expect(await world.until((w) => w.view().settling.coins === 1, MINUTE_MS)).toBe(true);
  });

  test('13 down: nothing is moved or called anything, and it finishes when they return', async () => {
    const { world, file } = await depositing(6, (w) => {
      for (let raida = 0; raida < 13; raida++) w.down.add(raida);
      return w.issue(2);
    });
    expect(await world.until((w) => w.view().settling.coins > 0, 30 * MINUTE_MS)).toBe(false);
    const view = world.wallet!.view();
    expect(file.map((token) => stateOf(view, token))).toEqual(['importing', 'importing']);
    expect(view.deposits[0]).toMatchObject({ stage: 'waiting', answeringServers: 12 });
    expect(world.sent.some(({ name }) => name === 'pown')).toBe(false);
    world.down.clear();
    expect(await world.until((w) => w.view().settling.coins === 2, 2 * MINUTE_MS)).toBe(true);
  });

  test('13 that go down in the middle: the rest waits, and goes on where it was', async () => {
    const { world } = await depositing(7, (w) => w.issue(2));
    await world.until(() => world.sent.some(({ name }) => name === 'pown'), MINUTE_MS);
    for (let raida = 5; raida < 18; raida++) world.down.add(raida);
    expect(await world.until((w) => w.view().owned.coins > 0, 20 * MINUTE_MS)).toBe(false);
    world.down.clear();
    expect(await world.until((w) => w.view().owned.coins === 2, 10 * MINUTE_MS)).toBe(true);
  });
});

describe('coins that are not what they seem', () => {
  test('a counterfeit among good ones is told apart, by two verdicts under a key of ours', async () => {
    const { world, file } = await depositing(8, (w) => [
      ...w.issue(2),
      { ...w.issue(1)[0]!, ans: ALL.map(() => w.secret()) },
    ]);
    expect(await world.until((w) => w.view().settling.coins === 2, MINUTE_MS)).toBe(true);
    expect(await world.until((w) => stateOf(w.view(), file[2]!) === 'counterfeit', MINUTE_MS)).toBe(
      true,
    );
    const detects = world.sent.filter(({ name }) => name === 'detect sum');
    expect(detects.length).toBeGreaterThanOrEqual(2 * QUORUM);
    expect(detects.every(({ key }) => key !== tokenKey(file[2]!))).toBe(true);
    expect(await world.until((w) => w.view().owned.coins === 2, 10 * MINUTE_MS)).toBe(true);
    expect(world.wallet!.view().deposits[0]!.stage).toBe('done');
    world.kill();
    await world.until((w) => stateOf(w.view(), file[2]!) === 'counterfeit', MINUTE_MS);
  });

  test('counterfeits alone are only "not recognised": there is no key of ours to ask under', async () => {
    const { world, file } = await depositing(9, (w) => [
      { ...w.issue(1)[0]!, ans: ALL.map(() => w.secret()) },
    ]);
    await world.until((w) => stateOf(w.view(), file[0]!) === 'unrecognised', MINUTE_MS);
    expect(
      await world.until((w) => stateOf(w.view(), file[0]!) === 'counterfeit', 30 * MINUTE_MS),
    ).toBe(false);
    expect(stateOf(world.wallet!.view(), file[0]!)).toBe('unrecognised');
  });

  test('fracked at 12: moved one at a time where it is known, and kept as needing repair', async () => {
    const { world, file } = await depositing(10, (w) => w.issue(1, ALL.slice(0, 12)));
    expect(await world.until((w) => w.view().owned.coins === 1, 20 * MINUTE_MS)).toBe(true);
    expect(stateOf(world.wallet!.view(), file[0]!)).toBe('fracked');
    expect(confirmed(world, file[0]!)).toBe('r'.repeat(12) + 'c'.repeat(13));
    expect(await world.until((w) => w.view().needRepair === 1, MINUTE_MS)).toBe(true);
  });

  test('fracked at 13: not enough vouch for it, so nothing is moved', async () => {
    const { world, file } = await depositing(11, (w) => w.issue(1, ALL.slice(0, 13)));
    await world.until((w) => stateOf(w.view(), file[0]!) === 'unrecognised', MINUTE_MS);
    expect(
      await world.until(() => world.sent.some(({ name }) => name === 'pown'), 10 * MINUTE_MS),
    ).toBe(false);
  });

  test('the same file again adds nothing', async () => {
    const { world, file } = await depositing(12, (w) => w.issue(3));
    await world.until((w) => w.view().settling.coins === 3, MINUTE_MS);
    await expect(world.deposit(file)).rejects.toThrow('nothing to accept');
  });
});

/** Up to 40 kills, wherever they fall; then the faults end and everything must come out right. */
async function stormy(seed: number): Promise<void> {
  const chance = new Chance(seed * 2_654_435_761);
  const world = new World(seed);
  const faults: Faults = {
    lossRate: chance.next() * 0.6,
    duplicateRate: chance.next() * 0.2,
    latencyMs: 1 + chance.below(400),
    slowRate: chance.next() * 0.3,
    slowFactor: 20,
  };
  for (let i = chance.below(14); i > 1; i--) world.down.add(chance.below(RAIDA_COUNT));
  const fracked = ALL.filter(() => chance.hits(0.08)).slice(0, 12 - world.down.size);
  await world.start();
  const file = world.issue(1 + chance.below(4), chance.hits(0.3) ? fracked : []);
  await world.deposit(file);
  expect(world.imported).toHaveLength(file.length);
  world.faults = faults;
  for (let kills = chance.below(41); kills > 0; kills--) {
    world.killAtMoment = world.moments + 1 + chance.below(300);
    await world.until(() => false, chance.below(3 * MINUTE_MS));
    if (chance.hits(0.1)) world.down.clear();
  }
  world.killAtMoment = Infinity;
  world.faults = NO_FAULTS;
  world.down.clear();
  const settled = await world.until((w) => w.view().owned.coins === file.length, 90 * MINUTE_MS);
  const states = world.wallet!.view().coins.map(({ state, marks }) => `${state} ${marks}`);
  expect(settled, `seed ${seed}: ${states.join(', ')}`).toBe(true);
  world.checkAllAfresh();
}

describe('a bad network, RAIDA that come and go, and a wallet that is killed', () => {
  const SEEDS = Number(process.env['SEEDS'] ?? 60);
  const FROM = Number(process.env['FROM'] ?? 1);
  const PER_TEST = 20;
  for (let first = FROM; first < FROM + SEEDS; first += PER_TEST) {
    const last = Math.min(first + PER_TEST, FROM + SEEDS) - 1;
    test(`seeds ${first} to ${last} lose no coin`, { timeout: 120_000 }, async () => {
      for (let seed = first; seed <= last; seed++) await stormy(seed);
    });
  }
});

describe('a kill at every single moment of a deposit', () => {
  test('await, commit or send: the next start finishes it', { timeout: 120_000 }, async () => {
    const calm = await depositing(20, (w) => w.issue(1));
    await calm.world.until((w) => w.view().deposits[0]!.stage === 'settling', MINUTE_MS);
    const moments = calm.world.moments;
    expect(moments).toBeGreaterThan(100);
    for (let moment = 0; moment < moments; moment++) {
      const world = new World(20);
      world.killAtMoment = moment;
      await world.start();
      const file = world.issue(1);
      while (world.imported.length === 0) {
        if (!world.wallet) await world.start();
        await world.deposit(file);
      }
      const settled = await world.until(
        (w) => world.kills === 1 && w.view().deposits[0]?.stage === 'settling',
        5 * MINUTE_MS,
      );
      expect(settled, `killed at moment ${moment} of ${moments}`).toBe(true);
      world.checkAllAfresh();
    }
  });
});
