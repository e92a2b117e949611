import { DEFAULT_COIN_ID, RAIDA_COUNT, type Token, toHex } from '@raida-wallet/protocol';
import { decodeEntry } from '@raida-wallet/web/wallet/journal';
import { floorsUnknown } from '@raida-wallet/web/wallet/restore';
import { expect, test } from 'vitest';

import { finish, MINUTE_MS, settled } from './settled-wallet.ts';
import { World } from './world.ts';

/**
 * Two copies of one wallet that went their own ways after some commit. A world of the same number does
 * the same to the same coins, so that two of them are two copies, until one is told to do something else.
 */

const ALL = Array.from({ length: RAIDA_COUNT }, (_, raida) => raida);

const unitsOf = ({ dn }: { dn: number }) => 10n ** BigInt(dn + 8);
const leastOf = (tokens: readonly Token[]) => [...tokens].sort((a, b) => a.dn - b.dn)[0]!;

interface Copies {
  readonly ahead: World;
  readonly behind: World;
  readonly tokens: readonly Token[];
}

async function twoCopies(seed: number, count: number): Promise<Copies> {
  const { world: ahead, tokens } = await settled(seed, count);
  const { world: behind } = await settled(seed, count);
  expect(heldBy(ahead, tokens)).toEqual(heldBy(behind, tokens));
  return { ahead, behind, tokens };
}

function heldBy(world: World, tokens: readonly Token[]): string[] {
  return tokens.flatMap((token) => ALL.map((raida) => toHex(world.nodes[raida]!.read(token)!)));
}

/** There is one network: from now on it is as the copy that is ahead has left it. */
function share({ ahead, behind, tokens }: Copies): void {
  for (const token of tokens) {
    for (const raida of ALL) behind.setSecret(token, raida, ahead.nodes[raida]!.read(token)!);
  }
}

async function merge({ ahead, behind }: Copies): Promise<unknown> {
  const { entries } = ahead.wallet!.backupToSave();
  return finish(behind, behind.wallet!.restoreBackup(entries)).catch((error: unknown) => error);
}

function floorsOf(world: World) {
  for (const bytes of world.wallet!.backupToSave().entries) {
    const entry = decodeEntry(bytes);
    if (entry.kind === 'seed') return entry.floors!;
  }
  throw new Error('no seed');
}

test('coins that the other copy has moved since come in, with secrets that neither has used', async () => {
  const copies = await twoCopies(401, 4);
  const { ahead, behind, tokens } = copies;
  const coin = leastOf(tokens);
  const send = await finish(ahead, ahead.wallet!.send(unitsOf(coin), '', DEFAULT_COIN_ID));
  await finish(ahead, ahead.wallet!.handOver(send));
  await finish(ahead, ahead.wallet!.takeBack(send));
  await ahead.until((w) => w.view().owned.coins === 4, 20 * MINUTE_MS);
  share(copies);
  const before = new Set(heldBy(behind, [coin]));
  expect(behind.isStored(behind.nodes[0]!.read(coin)!)).toBe(false);
  expect(await merge(copies)).toBeTypeOf('number');
  expect(await behind.until((w) => w.view().settling.coins === 1, 5 * MINUTE_MS)).toBe(true);
  expect(await behind.until((w) => w.view().owned.coins === 4, 20 * MINUTE_MS)).toBe(true);
  const after = heldBy(behind, [coin]);
  expect(after.filter((secret) => before.has(secret))).toEqual([]);
  for (const raida of ALL) {
    expect(ahead.isStored(behind.nodes[raida]!.read(coin)!)).toBe(false);
  }
  // What the other copy did not touch is as it was.
  const others = tokens.filter((token) => token !== coin);
  expect(heldBy(behind, others)).toEqual(heldBy(ahead, others));
});

test('what the other copy has repaired is known here', async () => {
  const copies = await twoCopies(402, 3);
  const { ahead, behind, tokens } = copies;
  for (const raida of [1, 5, 9]) ahead.setSecret(tokens[0]!, raida, ahead.secret());
  await finish(ahead, ahead.wallet!.repair());
  await ahead.until((w) => w.view().repair.last !== null, 10 * MINUTE_MS);
  share(copies);
  expect(behind.holdsKnownSecret(tokens[0]!, 5)).toBe(false);
  expect(await merge(copies)).toBeTypeOf('number');
  expect(behind.holdsKnownSecret(tokens[0]!, 5)).toBe(true);
  const whole = (w: { view(): { coins: readonly { state: string }[] } }) =>
    w.view().coins.every(({ state }) => state === 'owned');
  expect(await behind.until((w) => whole(w) && w.view().settling.coins === 0, 20 * MINUTE_MS)).toBe(
    true,
  );
});

test('what the other copy has handed over cannot be spent here, and can be taken back', async () => {
  const copies = await twoCopies(403, 4);
  const { ahead, behind, tokens } = copies;
  const coin = leastOf(tokens);
  const send = await finish(ahead, ahead.wallet!.send(unitsOf(coin), 'rent', DEFAULT_COIN_ID));
  const file = await finish(ahead, ahead.wallet!.handOver(send));
  share(copies);
  await merge(copies);
  const { sent, spendable, sends } = behind.wallet!.view();
  expect([sent.coins, spendable.coins, sends[0]!.state]).toEqual([1, 3, 'handed over']);
  const again = await finish(behind, behind.wallet!.handOver(sends[0]!.id));
  expect(again).toEqual(file);
  await finish(behind, behind.wallet!.takeBack(sends[0]!.id));
  expect(await behind.until((w) => w.view().owned.coins === 4, 20 * MINUTE_MS)).toBe(true);
  // Once more: it knows that file already.
  expect(await merge(copies)).toBeInstanceOf(Error);
  expect(behind.wallet!.view().owned.coins).toBe(4);
});

test('what the other copy has moved and then handed over is left to whom it was given', async () => {
  const copies = await twoCopies(404, 4);
  const { ahead, behind, tokens } = copies;
  const coin = leastOf(tokens);
  const { wallet } = ahead;
  const first = await finish(ahead, wallet!.send(unitsOf(coin), '', DEFAULT_COIN_ID));
  await finish(ahead, wallet!.takeBack(first));
  await ahead.until((w) => w.view().spendable.coins === 4, 20 * MINUTE_MS);
  const second = await finish(ahead, wallet!.send(unitsOf(coin), '', DEFAULT_COIN_ID));
  await finish(ahead, wallet!.handOver(second));
  share(copies);
  const held = heldBy(behind, [coin]);
  await merge(copies);
  await behind.until(() => false, 20 * MINUTE_MS);
  expect(heldBy(behind, [coin])).toEqual(held);
});

test('a copy that knows nothing new raises the counters, and changes nothing else', async () => {
  const copies = await twoCopies(405, 2);
  const { behind } = copies;
  const before = floorsOf(behind);
  const held = heldBy(behind, copies.tokens);
  expect(String(await merge(copies))).toContain('in this wallet already');
  expect(floorsOf(behind).pan).toBeGreaterThanOrEqual(before.pan + 1_000);
  expect(floorsOf(behind).fix).toBeGreaterThanOrEqual(before.fix + 1_000);
  expect(behind.failure).toBe(null);
  await behind.until(() => false, 20 * MINUTE_MS);
  expect(behind.wallet!.view().spendable.coins).toBe(2);
  expect(heldBy(behind, copies.tokens)).toEqual(held);
});

test('what is just being moved here learns what the other copy knows', async () => {
  const copies = await twoCopies(406, 3);
  const { ahead, behind, tokens } = copies;
  const coin = leastOf(tokens);
  // Both give it away and take it back; then the counters are not the same any more.
  for (const world of [ahead, behind]) {
    const send = await finish(world, world.wallet!.send(unitsOf(coin), '', DEFAULT_COIN_ID));
    await finish(world, world.wallet!.handOver(send));
    if (world === ahead) await merge({ ahead: behind, behind: ahead, tokens });
    const taking = world.wallet!.takeBack(world.wallet!.view().sends[0]!.id);
    await finish(world, taking);
    if (world === ahead) await world.until((w) => w.view().owned.coins === 3, 20 * MINUTE_MS);
  }
  share(copies);
  await merge(copies);
  expect(behind.isStored(ahead.nodes[0]!.read(coin)!)).toBe(true);
  expect(await behind.until((w) => w.view().owned.coins === 3, 60 * MINUTE_MS)).toBe(true);
});

test('words without a list go on beyond every counter of the wallet that they come from', async () => {
  const { world, tokens } = await settled(407, 2);
  const seed = world.wallet!.seed();
  const device = new World(1407);
  await device.start({ seed, floors: floorsUnknown(0) });
  const later = floorsUnknown(0xff_ffff);
  expect(floorsOf(device)).toEqual(floorsUnknown(0));
  expect([floorsUnknown(0).pan > 0x3fff_ffff, later.pan < 0x8000_0000]).toEqual([true, true]);
  // The same coins come to the second device: its secrets are others.
  for (const token of tokens) {
    token.ans.forEach((an, raida) => device.setSecret(token, raida, an));
  }
  await device.deposit(tokens);
  expect(await device.until((w) => w.view().owned.coins === 2, 20 * MINUTE_MS)).toBe(true);
  const known = new Set(heldBy(world, tokens));
  expect(heldBy(device, tokens).filter((secret) => known.has(secret))).toEqual([]);
  // Its own list and its backup are still good for another device.
  const { list } = device.wallet!.listToSave();
  const third = new World(2407);
  await third.start({ seed, floors: later });
  for (const token of tokens) {
    for (const raida of ALL) third.setSecret(token, raida, device.nodes[raida]!.read(token)!);
  }
  await finish(third, third.wallet!.restore(seed, list));
  expect(await third.until((w) => w.view().owned.coins === 2, 20 * MINUTE_MS)).toBe(true);
});
