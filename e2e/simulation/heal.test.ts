import {
  QUORUM,
  RAIDA_COUNT,
  REQUEST_HEADER_BYTES,
  STATUS,
  TERMINATOR_BYTES,
  TICKET_LIFETIME_MS,
  type Token,
  tokenKey,
  writeUint16,
} from '@raida-wallet/protocol';
import { expect, test } from 'vitest';

import { type HostileRelay, NO_FAULTS } from './faults.ts';
import { asPown, flipPans, unsignedReply } from './hostile-relays.ts';
import { MINUTE_MS, settled } from './settled-wallet.ts';
import { World } from './world.ts';

const LOST = [2, 9, 17];

/** Three settled coins, the first of which three RAIDA have lost. */
async function fractured(seed: number): Promise<{ world: World; token: Token }> {
  const { world, tokens } = await settled(seed, 3);
  for (const raida of LOST) world.setSecret(tokens[0]!, raida, world.secret());
  world.sent.length = 0;
  return { world, token: tokens[0]! };
}

async function repair(world: World, forMs = 20 * MINUTE_MS): Promise<void> {
  // Of a wallet that is killed in the middle the promise never settles.
  let begun = false;
  void world.wallet!.repair().then(() => (begun = true));
  await world.time.run(() => begun, MINUTE_MS);
  await world.until((w) => w.view().repair.running === null, forMs);
}

function heldAt(world: World, token: Token): number {
  return world.nodes.filter((_, raida) => world.holdsKnownSecret(token, raida)).length;
}

const sentBy = (world: World, name: string) => world.sent.filter((one) => one.name === name);

test('every other claim of the tickets that are shown is burnt, encrypted, before a Fix leaves', async () => {
  const { world, token } = await fractured(21);
  await repair(world);
  expect(heldAt(world, token)).toBe(RAIDA_COUNT);
  const fixes = sentBy(world, 'fix');
  expect(fixes.map(({ raida }) => raida).sort((a, b) => a - b)).toEqual(LOST);
  expect(new Set(fixes.map(({ pg }) => pg)).size).toBe(LOST.length);
  const firstFix = world.sent.indexOf(fixes[0]!);
  const shown = fixes[0]!.tickets;
  expect(shown.length).toBeGreaterThanOrEqual(QUORUM);
  for (const ticket of shown) {
    const burns = world.sent
      .slice(0, firstFix)
      .filter((one) => one.claimant !== null && one.tickets.includes(ticket));
    const issuer = burns[0]!.raida;
    const others = Array.from({ length: RAIDA_COUNT }, (_, raida) => raida).filter(
      (raida) => raida !== issuer && !LOST.includes(raida),
    );
    expect(burns.map(({ claimant }) => claimant!).sort((a, b) => a - b)).toEqual(others);
    expect(burns.every(({ encrypted }) => encrypted)).toBe(true);
  }
  // An encrypted Version would uncover a part of the key token where counters restart.
  expect(sentBy(world, 'version')).toHaveLength(0);
  expect(world.sent.every(({ encrypted }) => encrypted)).toBe(true);
});

test('where Get Ticket By Sum is not known, Get Ticket is asked', async () => {
  const { world, token } = await fractured(22);
  // A sum of one would be its AN, so there have to be two.
  for (const raida of LOST) world.setSecret(world.imported[1]!, raida, world.secret());
  world.relay = ({ name, raida }, frame, serve) =>
    name === 'get ticket by sum' && raida % 2 === 0
      ? unsignedReply(frame, STATUS.badCommand)
      : serve(frame);
  await repair(world);
  expect(heldAt(world, token)).toBe(RAIDA_COUNT);
  const asked = sentBy(world, 'get ticket').map(({ raida }) => raida);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.every((raida) => raida % 2 === 0)).toBe(true);
});

/** Seals never arrive, but are answered as if: by what can be had without knowing a secret. */
const asEcho: HostileRelay = ({ name }, frame, serve) => {
  if (name !== 'validate ticket') return serve(frame);
  const bodyBytes = 16 + TERMINATOR_BYTES;
  const echo = frame.slice(0, REQUEST_HEADER_BYTES + bodyBytes);
  echo.set([0, 0], 4);
  writeUint16(echo, 22, bodyBytes);
  echo.set([0x3e, 0x3e], echo.length - TERMINATOR_BYTES);
  const reply = serve(echo);
  reply?.set([2], 3);
  return reply;
};

test.each([
  ['dropped', ({ name }, frame, serve) => (name === 'validate ticket' ? null : serve(frame))],
  ['answered with a signed 250 of an Echo', asEcho],
])('no Fix leaves while the claims are %s', async (_, relay) => {
  const { world, token } = await fractured(23);
  world.relay = relay;
  await repair(world, 30 * MINUTE_MS);
  expect(sentBy(world, 'fix')).toHaveLength(0);
  expect(heldAt(world, token)).toBe(RAIDA_COUNT - LOST.length);
  world.relay = null;
  await repair(world);
  expect(heldAt(world, token)).toBe(RAIDA_COUNT);
});

test('what failed is tried again with new tickets and the same PG', async () => {
  const { world, token } = await fractured(24);
  let held = 0;
  // The first Fixes arrive when their tickets have run out.
  world.relay = ({ name }, frame, serve) => {
    if (name !== 'fix' || held >= LOST.length) return serve(frame);
    held++;
    world.time.at(world.time.now() + TICKET_LIFETIME_MS, () => serve(frame));
    return null;
  };
  await repair(world);
  expect(heldAt(world, token)).toBe(RAIDA_COUNT);
  for (const raida of LOST) {
    const [first, second] = sentBy(world, 'fix').filter((one) => one.raida === raida);
    expect(second!.pg).toBe(first!.pg);
    expect(second!.tickets.filter((ticket) => first!.tickets.includes(ticket))).toEqual([]);
  }
});

test('a RAIDA that hangs does not hold the rest up, and is repaired when it is back', async () => {
  const { world, token } = await fractured(25);
  world.relay = ({ name, raida }, frame, serve) =>
    name === 'fix' && raida === LOST[0] ? null : serve(frame);
  const startMs = world.time.now();
  let begun = false;
  void world.wallet!.repair().then(() => (begun = true));
  await world.time.run(() => begun, MINUTE_MS);
  const rest = () => heldAt(world, token) === RAIDA_COUNT - 1;
  expect(await world.until(rest, MINUTE_MS)).toBe(true);
  expect(world.time.now() - startMs).toBeLessThan(30_000);
  world.relay = null;
  expect(await world.until(() => heldAt(world, token) === RAIDA_COUNT, 10 * MINUTE_MS)).toBe(true);
});

test('a RAIDA that does not answer is named, and nothing is said of the coin there', async () => {
  const { world, token } = await fractured(28);
  world.silent.add(LOST[0]!);
  await repair(world);
  expect(heldAt(world, token)).toBe(RAIDA_COUNT - 1);
  const { last } = world.wallet!.view().repair;
  expect(last!.left.blocked).toEqual([{ why: 'servers silent', coins: 3, servers: 1 }]);
});

test('where no other coin of ours is known, nothing is sent in the clear, and the plan says so', async () => {
  const world = new World(26);
  await world.start();
  const [token] = world.issue(1);
  await world.deposit([token!]);
  await world.until((w) => w.view().spendable.coins === 1, 15 * MINUTE_MS);
  world.setSecret(token!, 4, world.secret());
  await repair(world);
  const { last } = world.wallet!.view().repair;
  expect(last!.left.blocked).toEqual([{ why: 'no key', coins: 1, servers: RAIDA_COUNT - 1 }]);
  expect(world.sent.every(({ encrypted }) => encrypted)).toBe(true);
});

test('killed at any await, commit or send of a repair: the next start finishes it', async () => {
  let moment = 0;
  for (; ; moment += 5) {
    const { world, token } = await fractured(27);
    world.killAtMoment = world.moments + moment;
    const { kills } = world;
    await repair(world);
    // The first ask is lost with a kill before it was stored; a person asks again.
    if (heldAt(world, token) < RAIDA_COUNT) await repair(world);
    expect(heldAt(world, token)).toBe(RAIDA_COUNT);
    world.checkAllAfresh();
    if (world.kills === kills) break;
  }
  expect(moment).toBeGreaterThan(100);
}, 600_000);

test('a coin of which a relay has spoilt 12 RAIDA on its way to us gets through all the same', async () => {
  const { world } = await fractured(29);
  const [coin] = world.issue(1);
  world.relay = ({ name }, frame, serve) => serve(name === 'pown' ? flipPans(frame) : frame);
  await world.deposit([coin!]);
  expect(await world.until(() => heldAt(world, coin!) < RAIDA_COUNT, MINUTE_MS)).toBe(true);
  await world.until(() => false, 10 * MINUTE_MS);
  world.relay = null;
  const ours = await world.until((w) => w.view().owned.coins === 4, 30 * MINUTE_MS);
  expect(ours).toBe(true);
  await repair(world);
  expect(heldAt(world, coin!)).toBe(RAIDA_COUNT);
});

test('a coin that only 13 know is made whole before it is moved: a relay that spoils a POWN cannot brick it', async () => {
  const { world } = await fractured(30);
  const [coin] = world.issue(
    1,
    Array.from({ length: 12 }, (_, i) => 2 * i),
  );
  world.relay = ({ name }, frame, serve) => serve(name === 'pown' ? flipPans(frame) : frame);
  await world.deposit([coin!]);
  const healed = () => world.sent.some(({ name }) => name === 'fix');
  expect(await world.until(healed, 5 * MINUTE_MS)).toBe(true);
  expect(world.sent.filter(({ name }) => name === 'pown')).toEqual([]);
  await world.until(() => false, 10 * MINUTE_MS);
  world.checkAllAfresh();
  world.relay = null;
  expect(await world.until((w) => w.view().owned.coins === 4, 30 * MINUTE_MS)).toBe(true);
});

test.each([1, 2])(
  'a relay makes POWNs of every request for a ticket of %i: no secret that counts is in them',
  async (count) => {
    const { world, token } = await fractured(32);
    for (const other of world.imported.slice(1, count)) {
      for (const raida of LOST) world.setSecret(other, raida, world.secret());
    }
    let bySum = true;
    world.relay = ({ name }, frame, serve) => {
      if (name === 'get ticket by sum' && bySum) return serve(asPown(frame));
      if (name === 'get ticket by sum') return unsignedReply(frame, STATUS.badCommand);
      return serve(name === 'get ticket' ? asPown(frame) : frame);
    };
    await repair(world);
    bySum = false;
    await repair(world);
    expect(sentBy(world, 'get ticket').length).toBeGreaterThan(QUORUM);
    expect(heldAt(world, token)).toBe(RAIDA_COUNT - LOST.length);
    world.checkAllAfresh();
    world.relay = null;
    await repair(world);
    expect(heldAt(world, token)).toBe(RAIDA_COUNT);
  },
);

test('a coin that a relay has spoilt, with no other coin to key a Fix, says what is missing', async () => {
  const world = new World(33);
  await world.start();
  const [coin] = world.issue(1);
  world.relay = ({ name }, frame, serve) => serve(name === 'pown' ? flipPans(frame) : frame);
  await world.deposit([coin!]);
  const blocked = () => world.wallet!.view().repair.plan.blocked;
  expect(await world.until(() => blocked().length > 0, 10 * MINUTE_MS)).toBe(true);
  expect(blocked()).toEqual([{ why: 'no key', coins: 1, servers: QUORUM }]);
  world.relay = null;
  await world.deposit(world.issue(1));
  expect(await world.until((w) => w.view().owned.coins === 2, 60 * MINUTE_MS)).toBe(true);
});

test('with a tenth of all datagrams lost, one round of tickets is enough', async () => {
  const { world, token } = await fractured(34);
  world.faults = { ...NO_FAULTS, lossRate: 0.1 };
  await repair(world);
  expect(heldAt(world, token)).toBe(RAIDA_COUNT);
  expect(sentBy(world, 'fix').length).toBeLessThanOrEqual(2 * LOST.length);
});

const powns = (world: World, { sn }: Token) =>
  world.sent.filter(({ name, tokens }) => name === 'pown' && tokens.some((one) => one.sn === sn));

for (const [name, denying, away] of [
  ['no Fix is let through', [13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24], []],
  ['one denies it and 11 are away', [13], [14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]],
] as const) {
  test(`a coin that only 13 know is moved all the same when it cannot be healed: ${name}`, async () => {
    const { world } = await fractured(33);
    world.relay = (sent, frame, serve) => (sent.name === 'fix' ? null : serve(frame));
    const [coin] = world.issue(1, denying);
    for (const raida of away) world.down.add(raida);
    await world.deposit([coin!]);
    await world.until((w) => w.view().owned.coins === 4, 180 * MINUTE_MS);
    expect(powns(world, coin!)).toHaveLength(13);
    expect(world.wallet!.view().owned.coins).toBe(4);
  });
}

test('a Fix that got lost at a RAIDA which knows the coin after all does not keep it from being sent', async () => {
  const { world, tokens } = await settled(34, 4);
  const coin = tokens[1]!;
  let fixed = false;
  world.relay = (sent, frame, serve) => {
    if (fixed || sent.raida !== 7) return serve(frame);
    fixed = sent.name === 'fix';
    const denied = sent.name === 'echo' && sent.key === tokenKey(coin);
    if (fixed) return null;
    return denied ? unsignedReply(frame, STATUS.keyTokenNotFound) : serve(frame);
  };
  await repair(world, 30 * MINUTE_MS);
  expect(fixed).toBe(true);
  expect(await world.until((w) => w.view().spendable.coins === 4, 60 * MINUTE_MS)).toBe(true);
});

test('a repair that is asked for while a deposit proves its last cells asks all the same', async () => {
  const world = new World(35);
  await world.start();
  world.down.add(24);
  const tokens = world.issue(3);
  await world.deposit(tokens);
  expect(await world.until((w) => w.view().owned.coins === 3, 15 * MINUTE_MS)).toBe(true);
  world.setSecret(tokens[0]!, 3, world.secret());
  world.down.delete(24);
  world.wallet!.retryNow();
  for (const name of ['pown', 'echo']) {
    const sent = world.sent.length;
    const asked = () => world.sent.slice(sent).some((one) => one.name === name && one.raida === 24);
    await world.time.run(asked, 10 * MINUTE_MS);
  }
  await repair(world);
  expect(heldAt(world, tokens[0]!)).toBe(RAIDA_COUNT);
});
