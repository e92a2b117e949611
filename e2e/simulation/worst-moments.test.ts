import {
  COMMANDS,
  DEFAULT_COIN_ID,
  encodeCoinFile,
  RAIDA_COUNT,
  readCoinFile,
  type Token,
  toHex,
  tokenKey,
} from '@raida-wallet/protocol';
import { expect, test } from 'vitest';

import { decodeEntry } from '@raida-wallet/web/wallet/journal';
import { inspectFiles } from '@raida-wallet/web/wallet/offer';
import { flipPans, unsignedReply } from './hostile-relays.ts';
import { finish, MINUTE_MS, settled } from './settled-wallet.ts';
import { World } from './world.ts';

const ALL = Array.from({ length: RAIDA_COUNT }, (_, raida) => raida);

const unitsOf = ({ dn }: { dn: number }) => 10n ** BigInt(dn + 8);

/** The other side moves a coin to secrets of its own, and gives it on as a file. */
function takenBySomebody(world: World, token: Token): Token {
  const ans = ALL.map(() => world.secret());
  ans.forEach((an, raida) => world.setSecret(token, raida, an));
  return { dn: token.dn, sn: token.sn, ans };
}

async function sendOne(world: World, token: Token): Promise<{ send: number; file: Token }> {
  const wallet = world.wallet!;
  const send = await finish(world, wallet.send(unitsOf(token), '', DEFAULT_COIN_ID));
  const { bytes } = await finish(world, wallet.handOver(send));
  const [file] = readCoinFile(bytes, { coinId: DEFAULT_COIN_ID }).tokens;
  expect(file!.sn).toBe(token.sn);
  return { send, file: file as Token };
}

test('the only coin is sent, taken, and comes back: it is received', async () => {
  const { world, tokens } = await settled(301, 1);
  const [coin] = tokens;
  await sendOne(world, coin!);
  const back = takenBySomebody(world, coin!);
  await world.until(() => false, 20 * MINUTE_MS);
  await world.deposit([back]);
  expect(await world.until((w) => w.view().owned.coins === 1, 20 * MINUTE_MS)).toBe(true);
});

test('a coin that goes and comes back 12 times is still received', async () => {
  const { world, tokens } = await settled(302, 4);
  const coin = [...tokens].sort((a, b) => a.dn - b.dn)[0]!;
  for (let turn = 0; turn < 12; turn++) {
    await sendOne(world, coin);
    const back = takenBySomebody(world, coin);
    const taken = await world.until((w) => w.view().sends[0]!.state === 'taken', 20 * MINUTE_MS);
    expect([turn, taken]).toEqual([turn, true]);
    await world.until(() => false, MINUTE_MS);
    const outcome = await world.deposit([back]).catch(String);
    expect([turn, outcome]).toEqual([turn, undefined]);
    const here = await world.until((w) => w.view().spendable.coins === 4, 20 * MINUTE_MS);
    expect([turn, here]).toEqual([turn, true]);
  }
}, 120_000);

test('a coin that was given away and comes back after a restore gets secrets never used', async () => {
  const seed = 303;
  const { world, tokens } = await settled(seed, 4);
  const [coin, ...others] = [...tokens].sort((a, b) => a.dn - b.dn);
  const { file: sent } = await sendOne(world, coin!);
  takenBySomebody(world, coin!);
  await world.until((w) => w.view().sends[0]!.state === 'taken', 20 * MINUTE_MS);
  const list = world.wallet!.listToSave().list;
  const seedBytes = seedOf(world);

  // Another device: the same number gives the same 24 words.
  const device = new World(seed);
  await device.start();
  expect(seedOf(device)).toEqual(seedBytes);
  for (const other of others) {
    ALL.forEach((raida) => device.setSecret(other, raida, world.nodes[raida]!.read(other)!));
  }
  await finish(device, device.wallet!.restore(seedBytes, list));
  expect(await device.until((w) => w.view().owned.coins === 3, 20 * MINUTE_MS)).toBe(true);
  const back = takenBySomebody(device, coin!);
  await device.deposit([back]);
  expect(await device.until((w) => w.view().owned.coins === 4, 20 * MINUTE_MS)).toBe(true);
  const known = ALL.filter(
    (raida) => toHex(device.nodes[raida]!.read(coin!)!) === toHex(sent.ans[raida]!),
  );
  expect(known).toEqual([]);
});

/** Somebody's file of the same coin, with secrets that no server holds. */
function noiseFile(world: World, { dn, sn }: Token): Uint8Array {
  const ans = ALL.map(() => world.secret());
  return encodeCoinFile([{ dn, sn, ans }], { coinId: DEFAULT_COIN_ID });
}

function offerFile(world: World, bytes: Uint8Array) {
  return world.wallet!.inspect(inspectFiles, [{ name: 'old.bin', bytes }], DEFAULT_COIN_ID);
}

test('a file that only names a coin which was handed over takes nothing back', async () => {
  const { world, tokens } = await settled(315, 4);
  const coin = [...tokens].sort((a, b) => a.dn - b.dn)[0]!;
  const { file } = await sendOne(world, coin);
  await world.until(() => false, 5 * MINUTE_MS);
  const offer = offerFile(world, noiseFile(world, coin));
  expect([offer.coins, offer.files[0]!.remarks]).toEqual([
    0,
    [
      '1 coin left out: in a file that you sent, and not taken yet as far as is known. ' +
        'The servers are asked now. Open the file again in a moment, or take yours back.',
    ],
  ]);
  await world.until(() => false, 20 * MINUTE_MS);
  const held = ALL.filter(
    (raida) => toHex(world.nodes[raida]!.read(coin)!) === toHex(file.ans[raida]!),
  );
  expect(held).toHaveLength(RAIDA_COUNT);
  expect(world.wallet!.view().sends[0]!.state).toBe('handed over');
});

test('a file of noise for a coin that is gone is called what it is, and nothing is asked without an end', async () => {
  const { world, tokens } = await settled(316, 4);
  const coin = [...tokens].sort((a, b) => a.dn - b.dn)[0]!;
  await sendOne(world, coin);
  takenBySomebody(world, coin);
  await world.until((w) => w.view().sends[0]!.state === 'taken', 20 * MINUTE_MS);
  const offer = offerFile(world, noiseFile(world, coin));
  await finish(world, world.wallet!.accept(offer.id));
  const counterfeit = () => world.wallet!.view().coins.some(({ state }) => state === 'counterfeit');
  expect(await world.until(counterfeit, 20 * MINUTE_MS)).toBe(true);
  await world.until(() => false, 20 * MINUTE_MS);
  const sent = world.sent.length;
  await world.until(() => false, 60 * MINUTE_MS);
  // An audit of the three coins that are here, at three servers, once an hour.
  expect(world.sent.length - sent).toBeLessThanOrEqual(9);
  expect(world.wallet!.view().sends[0]!.state).toBe('taken');
});

test('a restore ends with a report: what was found, and what no server holds any more', async () => {
  const seed = 304;
  const { world, tokens } = await settled(seed, 4);
  const list = world.wallet!.listToSave().list;
  const words = seedOf(world);
  const [gone, ...others] = tokens;

  const device = new World(seed);
  await device.start();
  for (const token of others) {
    ALL.forEach((raida) => device.setSecret(token, raida, world.nodes[raida]!.read(token)!));
  }
  for (const raida of ALL) device.setSecret(gone!, raida, device.secret());
  const reportNow = () => device.wallet!.view().deposits.at(0)?.report;
  await finish(device, device.wallet!.restore(words, list));
  expect(reportNow()?.waiting.coins).toBe(4);
  expect(await device.until((w) => w.view().owned.coins === 3, 20 * MINUTE_MS)).toBe(true);
  const { found, missing, waiting } = reportNow()!;
  expect([found.coins, missing, waiting.coins]).toEqual([3, [tokenKey(gone!)], 0]);
});

function seedOf(world: World): Uint8Array {
  for (const bytes of world.wallet!.backupToSave().entries) {
    const entry = decodeEntry(bytes);
    if (entry.kind === 'seed') return entry.seed;
  }
  throw new Error('no seed');
}

const isPown = ({ name }: { name: string }) => name === COMMANDS.pown.name;

test('12 RAIDA that a relay made hold noise are healed once the relay is honest', async () => {
  const { world } = await settled(306, 2);
  const [coin] = world.issue(1);
  world.relay = (sent, frame, serve) => serve(isPown(sent) ? flipPans(frame) : frame);
  await world.deposit([coin!]);
  await world.until(() => false, 10 * MINUTE_MS);
  world.relay = null;
  expect(await world.until((w) => w.view().owned.coins === 3, 180 * MINUTE_MS)).toBe(true);
});

test('a RAIDA that alternates between two secrets of a file is not asked without a pause', async () => {
  const { world } = await settled(308, 2);
  const [coin] = world.issue(1);
  const pans = ALL.map(() => world.secret());
  let turns = 0;
  world.relay = (sent, frame, serve) => {
    if (!isPown(sent) || sent.raida !== 7) return serve(frame);
    turns++;
    world.setSecret(coin!, 7, (turns % 2 ? pans : coin!.ans)[7]!);
    return unsignedReply(frame, 242);
  };
  await depositWithPans(world, coin!, pans);
  await world.until((w) => w.view().owned.coins === 3, 20 * MINUTE_MS);
  turns = 0;
  await world.until(() => false, 30 * MINUTE_MS);
  expect(turns).toBeLessThan(120);
}, 60_000);

async function depositWithPans(world: World, token: Token, pans: Uint8Array[]): Promise<void> {
  const wallet = world.wallet!;
  const bytes = encodeCoinFile([token], { coinId: DEFAULT_COIN_ID, pans: [pans] });
  const offer = wallet.inspect(inspectFiles, [{ name: 'coins.bin', bytes }], DEFAULT_COIN_ID);
  await finish(world, wallet.accept(offer.id));
}

/** What 13 RAIDA hold is gone for a while, as when they are set back and put right again. */
function forget(world: World, token: Token): () => void {
  const raidas = ALL.slice(0, 14);
  const held = raidas.map((raida) => world.nodes[raida]!.read(token)!);
  world.takeBack(token, raidas);
  return () => raidas.forEach((raida, i) => world.setSecret(token, raida, held[i]!));
}

test('a send that 13 RAIDA denied for an hour can still be taken back', async () => {
  const { world, tokens } = await settled(309, 4);
  const coin = [...tokens].sort((a, b) => a.dn - b.dn)[0]!;
  const { send } = await sendOne(world, coin);
  const remember = forget(world, coin);
  await world.until((w) => w.view().sends[0]!.state === 'taken', 60 * MINUTE_MS);
  remember();
  world.kill();
  await world.start();
  await finish(world, world.wallet!.takeBack(send));
  expect(await world.until((w) => w.view().owned.coins === 4, 60 * MINUTE_MS)).toBe(true);
});

test('what 13 RAIDA denied while it was taken back comes in when they know it again', async () => {
  const { world, tokens } = await settled(310, 4);
  const coin = [...tokens].sort((a, b) => a.dn - b.dn)[0]!;
  const { send } = await sendOne(world, coin);
  const remember = forget(world, coin);
  await finish(world, world.wallet!.takeBack(send));
  await world.until(() => false, 60 * MINUTE_MS);
  remember();
  world.kill();
  await world.start();
  await finish(world, world.wallet!.repair());
  expect(await world.until((w) => w.view().owned.coins === 4, 60 * MINUTE_MS)).toBe(true);
});

test('a coin in a send that was never handed over is in the backup', async () => {
  const { world, tokens } = await settled(311, 4);
  const coin = [...tokens].sort((a, b) => a.dn - b.dn)[0]!;
  await finish(world, world.wallet!.send(unitsOf(coin), '', DEFAULT_COIN_ID));
  const backup = world.wallet!.backupToSave().entries;
  const device = new World(1311);
  await device.start();
  for (const token of tokens) {
    ALL.forEach((raida) => device.setSecret(token, raida, world.nodes[raida]!.read(token)!));
  }
  await finish(device, device.wallet!.restoreBackup(backup));
  const all = await device.until((w) => w.view().owned.coins === 4, 20 * MINUTE_MS);
  const { owned, sends } = device.wallet!.view();
  expect([all || sends.length === 1, owned.coins + sends.length]).toEqual([true, 4]);
});

test('what is being taken back is in the list that is kept beside the words', async () => {
  const { world, tokens } = await settled(312, 4);
  const coin = [...tokens].sort((a, b) => a.dn - b.dn)[0]!;
  const { send } = await sendOne(world, coin);
  for (const raida of ALL) world.down.add(raida);
  await finish(world, world.wallet!.takeBack(send));
  await world.until(() => false, MINUTE_MS);
  const { tokens: listed } = world.wallet!.listToSave().list;
  expect(listed.map(({ sn }) => sn)).toContain(coin.sn);
});

test('a backup that is damaged is refused, and the wallet goes on', async () => {
  const { world } = await settled(313, 2);
  const backup = world.wallet!.backupToSave().entries;
  const largest = backup.reduce(
    (most, { length }, i) => (length > backup[most]!.length ? i : most),
    0,
  );
  backup[largest] = backup[largest]!.slice(0, 40);
  const refused = finish(world, world.wallet!.restoreBackup(backup));
  await expect(refused).rejects.toThrow('damaged');
  expect(world.failure).toBe(null);
  expect(await finish(world, world.wallet!.repair())).toBe(2);
});

test('two devices that are restored one after the other from one list share no secret', async () => {
  const seed = 314;
  const { world, tokens } = await settled(seed, 4);
  const coin = [...tokens].sort((a, b) => a.dn - b.dn)[0]!;
  const list = world.wallet!.listToSave().list;
  const words = seedOf(world);
  const restored = async (draws: number): Promise<string[]> => {
    const device = new World(seed);
    await device.start();
    // The same words, but not the same chance.
    for (let draw = 0; draw < draws; draw++) device.chance.next();
    for (const token of tokens) {
      ALL.forEach((raida) => device.setSecret(token, raida, world.nodes[raida]!.read(token)!));
    }
    await finish(device, device.wallet!.restore(words, list));
    expect(await device.until((w) => w.view().owned.coins === 4, 20 * MINUTE_MS)).toBe(true);
    return ALL.map((raida) => toHex(device.nodes[raida]!.read(coin)!));
  };
  const first = new Set(await restored(1));
  const again = (await restored(2)).filter((secret) => first.has(secret));
  expect(again).toEqual([]);
});

test('one of two coins is sent and taken: the send says so', async () => {
  const { world, tokens } = await settled(315, 2);
  const coin = [...tokens].sort((a, b) => a.dn - b.dn)[0]!;
  await sendOne(world, coin);
  takenBySomebody(world, coin);
  expect(await world.until((w) => w.view().sends[0]!.state === 'taken', 60 * MINUTE_MS)).toBe(true);
});

test('a coin that came back is not waited for as if the other side still had to take it', async () => {
  const { world, tokens } = await settled(316, 4);
  const coin = [...tokens].sort((a, b) => a.dn - b.dn)[0]!;
  await sendOne(world, coin);
  // The watch asks every few minutes; somebody who opens the file makes it ask at once.
  await world.until(() => false, 60 * MINUTE_MS);
  const back = takenBySomebody(world, coin);
  await expect(world.deposit([back])).rejects.toThrow('nothing to accept');
  await world.until(() => false, 5_000);
  await world.deposit([back]);
  expect(await world.until((w) => w.view().owned.coins === 4, 60 * MINUTE_MS)).toBe(true);
  await world.until(() => false, 20 * MINUTE_MS);
  expect(['taken', 'taken back']).toContain(world.wallet!.view().sends[0]!.state);
});

test('Repair, tapped while a start heals what was left in limbo', async () => {
  const { world } = await settled(317, 4);
  const [coin] = world.issue(1);
  const isTicket = ({ name }: { name: string }) => name.startsWith('get ticket');
  world.relay = (sent, frame, serve) =>
    isTicket(sent) ? null : serve(isPown(sent) ? flipPans(frame) : frame);
  await world.deposit([coin!]);
  await world.until(() => false, 5 * MINUTE_MS);
  const others = ALL.slice(12);
  const held = others.map((raida) => world.nodes[raida]!.read(coin!)!);
  world.takeBack(coin!, others);
  const stateOf = (w: { view(): { coins: readonly { sn: number; state: string }[] } }) =>
    w.view().coins.find(({ sn }) => sn === coin!.sn)!.state;
  expect(await world.until((w) => stateOf(w) === 'contested', 60 * MINUTE_MS)).toBe(true);
  await world.until(() => false, MINUTE_MS);
  others.forEach((raida, i) => world.setSecret(coin!, raida, held[i]!));
  world.kill();
  let taps = 0;
  world.relay = (sent, frame, serve) => {
    if (isTicket(sent) && taps++ === 0) void world.wallet!.repair();
    return serve(frame);
  };
  await world.start();
  expect(await world.until((w) => w.view().owned.coins === 5, 60 * MINUTE_MS)).toBe(true);
  expect(taps).toBeGreaterThan(0);
});

test('a file is not handed over when its taking back came first', async () => {
  const { world, tokens } = await settled(322, 4);
  const coin = [...tokens].sort((a, b) => a.dn - b.dn)[0]!;
  const wallet = world.wallet!;
  const send = await finish(world, wallet.send(unitsOf(coin), '', DEFAULT_COIN_ID));
  const outcomes = Promise.allSettled([wallet.takeBack(send), wallet.handOver(send)]);
  const [back, out] = await finish(world, outcomes);
  expect([back.status, out.status]).toEqual(['fulfilled', 'rejected']);
});
