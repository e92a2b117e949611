import {
  COMMANDS,
  QUORUM,
  RAIDA_COUNT,
  STATUS,
  type Token,
  tokenKey,
} from '@raida-wallet/protocol';
import { SETTLE_AFTER_MS } from '@raida-wallet/web/wallet/limits';
import { describe, expect, test } from 'vitest';

import type { HostileRelay } from './faults.ts';
import {
  asPown,
  denying,
  flipPans,
  mixAnIntoPan,
  unsignedReply,
  withStatus,
} from './hostile-relays.ts';
import { World } from './world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const ALL = Array.from({ length: RAIDA_COUNT }, (_, raida) => raida);
const honest: HostileRelay = (_, frame, serve) => serve(frame);

function stateOf(world: World, token: Token): string {
  const coins = world.wallet!.view().coins;
  return coins.find(({ key }) => key === tokenKey(token))?.state ?? 'missing';
}

function marksOf(world: World, token: Token): string {
  return world.wallet!.view().coins.find(({ key }) => key === tokenKey(token))!.marks;
}

async function begin(seed: number, count = 1) {
  const world = new World(seed);
  await world.start();
  return { world, file: world.issue(count) };
}

/** A wallet that has settled coins already: a key of its own, and another to check answers by. */
async function beginWithKey(seed: number) {
  const { world, file } = await begin(seed, 2);
  await world.deposit(file);
  expect(await world.until((w) => w.view().owned.coins === 2, 10 * MINUTE_MS)).toBe(true);
  return world;
}

describe('a relay that changes what it carries', () => {
  test('flips every PAN: 13 RAIDA still hold what the file said, and nothing is called lost', async () => {
    const { world, file } = await begin(101, 3);
    world.relay = (sent, frame, serve) =>
      serve(sent.name === COMMANDS.pown.name ? flipPans(frame) : frame);
    await world.deposit(file);
    await world.until(() => false, 30 * MINUTE_MS);
    world.checkAllAfresh();
    const { owned, settling, quarantined } = world.wallet!.view();
    expect([owned.coins, settling.coins]).toEqual([0, 0]);
    expect(quarantined.coins).toBe(0);
  });

  test('mixes the old AN into every PAN: what that makes is known, and moved on', async () => {
    const world = await beginWithKey(118);
    const [coin] = world.issue(1);
    world.relay = ({ name, raida }, frame, serve) =>
      serve(name === COMMANDS.pown.name ? mixAnIntoPan(frame, coin!.ans[raida]!) : frame);
    await world.deposit([coin!]);
    await world.until(() => false, 10 * MINUTE_MS);
    world.relay = null;
    const whole = () => marksOf(world, coin!) === 'c'.repeat(RAIDA_COUNT);
    expect(await world.until((w) => w.view().owned.coins === 2 && whole(), HOUR_MS)).toBe(true);
  });

  test('keeps every POWN, shows that nothing happened, and lets go of them changed', async () => {
    const { world, file } = await begin(102);
    const kept: (() => void)[] = [];
    const armed = new Set<number>();
    const hidden = new Set<number>();
    world.relay = (sent, frame, serve) => {
      if (hidden.has(sent.raida)) return null;
      if (sent.name !== COMMANDS.pown.name) return serve(frame);
      kept.push(() => serve(flipPans(frame)));
      armed.add(sent.raida);
      return null;
    };
    await world.deposit(file);
    for (let reloads = 0; reloads < 4; reloads++) {
      await world.until(() => false, 2 * MINUTE_MS);
      // The old secrets are proven, so nothing is in doubt: hidden now, others are moved instead.
      for (const raida of armed) hidden.add(raida);
      world.kill();
    }
    expect(kept.length).toBeGreaterThan(0);
    world.relay = null;
    for (const letGo of kept) letGo();
    await world.until(() => false, MINUTE_MS);
    world.checkAllAfresh();
  });

  test('keeps the POWNs and lets go of them unchanged: they lead where they should', async () => {
    const { world, file } = await begin(103, 2);
    const kept: (() => void)[] = [];
    world.relay = (sent, frame, serve) => {
      if (sent.name !== COMMANDS.pown.name) return serve(frame);
      kept.push(() => serve(frame));
      return null;
    };
    await world.deposit(file);
    await world.until(() => false, 10 * MINUTE_MS);
    world.relay = honest;
    for (const letGo of kept) letGo();
    expect(await world.until((w) => w.view().owned.coins === 2, HOUR_MS)).toBe(true);
    for (const token of file) expect(marksOf(world, token)).toBe('c'.repeat(RAIDA_COUNT));
    world.checkAllAfresh();
  });

  test('turns questions about a coin that it made look unknown into POWNs to noise', async () => {
    const world = await beginWithKey(104);
    const [coin] = world.issue(1);
    world.relay = denying(coin!, (sent, frame, serve) => {
      if (sent.name === COMMANDS.echo.name || sent.name === COMMANDS.pown.name) return serve(frame);
      return withStatus(serve(asPown(frame)), STATUS.allFail);
    });
    await world.deposit([coin!]);
    await world.until(() => false, HOUR_MS);
    world.checkAllAfresh();
  });

  test('says no under good signatures: another coin of ours, asked in between, shows that it lies', async () => {
    const world = await beginWithKey(105);
    const [coin] = world.issue(1);
    world.relay = denying(coin!, (sent, frame, serve) => {
      const isQuestion = sent.name.startsWith('detect');
      return isQuestion ? withStatus(serve(frame), STATUS.allFail) : serve(frame);
    });
    await world.deposit([coin!]);
    await world.until(() => false, HOUR_MS);
    expect(world.sent.some(({ name }) => name === COMMANDS.detectSum.name)).toBe(true);
    expect(stateOf(world, coin!)).toBe('unrecognised');
    world.checkAllAfresh();
    world.relay = null;
    expect(await world.until((w) => w.view().owned.coins === 3, HOUR_MS)).toBe(true);
  });
});

describe('a relay that answers by itself', () => {
  test('calls a coin counterfeit without a signature: nobody believes it', async () => {
    const world = await beginWithKey(115);
    const [coin] = world.issue(1);
    world.relay = denying(coin!, (sent, frame, serve) =>
      sent.name === COMMANDS.detectSum.name ? unsignedReply(frame, STATUS.allFail) : serve(frame),
    );
    await world.deposit([coin!]);
    await world.until(() => false, HOUR_MS);
    expect(world.sent.some(({ name }) => name === COMMANDS.detectSum.name)).toBe(true);
    expect(stateOf(world, coin!)).toBe('unrecognised');
    world.relay = null;
    expect(await world.until((w) => w.view().owned.coins === 3, HOUR_MS)).toBe(true);
  });

  test('says that every POWN passed: nothing is believed that nobody signed', async () => {
    const { world, file } = await begin(106, 2);
    world.relay = (sent, frame, serve) =>
      sent.name === COMMANDS.pown.name ? unsignedReply(frame, STATUS.allPass) : serve(frame);
    await world.deposit(file);
    await world.until(() => false, HOUR_MS);
    const { owned, settling, importing } = world.wallet!.view();
    expect([owned.coins, settling.coins, importing.coins]).toEqual([0, 0, 2]);
    for (const token of file) expect(marksOf(world, token)).not.toContain('c');
    world.relay = honest;
    expect(await world.until((w) => w.view().owned.coins === 2, HOUR_MS)).toBe(true);
  });

  test('answers a signed POWN with "all pass" and another command: nothing is believed', async () => {
    const world = await beginWithKey(107);
    const [coin] = world.issue(1);
    world.relay = (sent, frame, serve) => {
      if (sent.name !== COMMANDS.pown.name) return serve(frame);
      // An Echo under the same key is signed just the same.
      const echo = frame.slice();
      echo[4] = COMMANDS.echo.group;
      echo[5] = COMMANDS.echo.code;
      const reply = withStatus(serve(echo), STATUS.allPass);
      if (reply) reply[3] = COMMANDS.pown.group;
      return reply;
    };
    await world.deposit([coin!]);
    await world.until(() => false, HOUR_MS);
    expect(stateOf(world, coin!)).toBe('importing');
    expect(marksOf(world, coin!)).not.toContain('c');
    world.checkAllAfresh();
  });

  test('says yes to every proof without a signature: nothing is moved, nothing is ours', async () => {
    const { world, file } = await begin(116);
    world.relay = (_, frame) => unsignedReply(frame, STATUS.success);
    await world.deposit(file);
    await world.until(() => false, HOUR_MS);
    expect(world.sent.some(({ name }) => name === COMMANDS.pown.name)).toBe(false);
    expect(stateOf(world, file[0]!)).toBe('importing');
    expect(marksOf(world, file[0]!)).toBe('s'.repeat(RAIDA_COUNT));
  });

  test('errors that say nothing of the coin are silence, not a denial', async () => {
    const { world, file } = await begin(117);
    world.relay = (_, frame) => unsignedReply(frame, STATUS.internal);
    await world.deposit(file);
    await world.until(() => false, 10 * MINUTE_MS);
    expect(stateOf(world, file[0]!)).toBe('importing');
    expect(marksOf(world, file[0]!)).toBe('s'.repeat(RAIDA_COUNT));
  });

  test('denies everything: coins are "not recognised", never counterfeit, and come in later', async () => {
    const { world, file } = await begin(108, 2);
    world.relay = (_, frame) => unsignedReply(frame, STATUS.keyTokenNotFound);
    await world.deposit(file);
    await world.until(() => false, HOUR_MS);
    for (const token of file) expect(stateOf(world, token)).toBe('unrecognised');
    world.relay = null;
    expect(await world.until((w) => w.view().owned.coins === 2, HOUR_MS)).toBe(true);
  });

  test('hands out old replies and noise: as good as none', async () => {
    const { world, file } = await begin(109, 1);
    const old: Uint8Array[] = [];
    world.relay = (_, frame, serve) => {
      const reply = serve(frame);
      if (reply) old.push(reply.slice());
      if (world.chance.hits(0.5)) return old[world.chance.below(old.length)] ?? null;
      if (world.chance.hits(0.1)) return world.secret();
      return reply;
    };
    await world.deposit(file);
    await world.until(() => false, 20 * MINUTE_MS);
    world.checkAllAfresh();
    world.relay = null;
    expect(await world.until((w) => w.view().owned.coins === 1, HOUR_MS)).toBe(true);
  });
});

describe('a previous owner with tickets', () => {
  test('takes a coin back before it has settled: it never counts as owned', async () => {
    const { world, file } = await begin(110);
    await world.deposit(file);
    expect(await world.until((w) => w.view().settling.coins === 1, MINUTE_MS)).toBe(true);
    await world.until(() => false, 2 * MINUTE_MS);
    world.takeBack(file[0]!, ALL.slice(0, QUORUM));
    const owned = await world.until((w) => w.view().owned.coins === 1, 12 * HOUR_MS);
    expect(owned).toBe(false);
    expect(stateOf(world, file[0]!)).toBe('limbo');
  });

  test('takes it back before it was moved: set aside, not "importing" for ever', async () => {
    const { world, file } = await begin(111);
    world.relay = (sent, frame, serve) => {
      if (sent.name === COMMANDS.pown.name) world.takeBack(file[0]!, ALL);
      return serve(frame);
    };
    await world.deposit(file);
    await world.until(() => false, 30 * MINUTE_MS);
    expect(stateOf(world, file[0]!)).toBe('limbo');
    expect(world.wallet!.view().quarantined.coins).toBe(1);
  });

  for (const [what, errorMs] of [
    ['an hour ahead', HOUR_MS],
    ['a week ahead', 7 * 24 * HOUR_MS],
  ] as const) {
    test(`the clock jumps ${what}: the tickets are waited for all the same`, async () => {
      const { world, file } = await begin(112);
      await world.deposit(file);
      expect(await world.until((w) => w.view().settling.coins === 1, MINUTE_MS)).toBe(true);
      world.clockErrorMs = errorMs;
      expect(await world.until((w) => w.view().owned.coins === 1, 4 * MINUTE_MS)).toBe(false);
      world.takeBack(file[0]!, ALL.slice(0, QUORUM));
      expect(await world.until((w) => w.view().owned.coins === 1, HOUR_MS)).toBe(false);
    });
  }

  for (const restart of [false, true]) {
    const when = restart ? 'and the tab is opened anew' : 'while the tab is open';
    test(`the clock jumps a week back ${when}: the coin settles in time`, async () => {
      const { world, file } = await begin(113);
      await world.deposit(file);
      expect(await world.until((w) => w.view().settling.coins === 1, MINUTE_MS)).toBe(true);
      world.clockErrorMs = -7 * 24 * HOUR_MS;
      if (restart) world.kill();
      const settled = await world.until(
        (w) => w.view().owned.coins === 1,
        SETTLE_AFTER_MS + 2 * MINUTE_MS,
      );
      expect(settled).toBe(true);
    });
  }
});

describe('RAIDA that forget', () => {
  test('12 rolled back to the old secret before it settles are moved again', async () => {
    const world = await beginWithKey(114);
    const file = world.issue(1);
    await world.deposit(file);
    await world.until((w) => w.view().deposits[0]!.stage === 'settling', MINUTE_MS);
    for (const raida of ALL.slice(0, 12)) {
      world.setSecret(file[0]!, raida, file[0]!.ans[raida]!);
    }
    const whole = () => marksOf(world, file[0]!) === 'c'.repeat(RAIDA_COUNT);
    const done = await world.until((w) => w.view().owned.coins === 2 && whole(), HOUR_MS);
    expect(done, marksOf(world, file[0]!)).toBe(true);
  });
});
