import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupCoins, notTakenYet, settleTimes, worstMarks } from '../src/state/coins.ts';
import { groupSetAside } from '../src/state/set-aside.ts';
import { judgeHealth } from '../src/state/health.ts';
import type { CoinState } from '../src/wallet/messages.ts';
import { coin, deposit, send, walletView } from './page-view.ts';

const ONE = 100_000_000n;
const STATES: readonly CoinState[] = [
  'importing',
  'settling',
  'owned',
  'fracked',
  'limbo',
  'contested',
  'unrecognised',
  'counterfeit',
  'sent',
];

describe('coins by denomination', () => {
  it('sums exactly, highest denomination first', () => {
    const groups = groupCoins([coin(-8, 1), coin(6, 2), coin(-8, 3), coin(0, 4)]);
    expect(groups.map(({ dn, units, coins }) => [dn, units, coins.length])).toEqual([
      [6, 1_000_000n * ONE, 1],
      [0, ONE, 1],
      [-8, 2n, 2],
    ]);
  });

  it('puts first what needs attention, then goes by number', () => {
    const [group] = groupCoins([
      coin(0, 9),
      coin(0, 2),
      coin(0, 5, 'fracked'),
      coin(0, 1, 'settling'),
    ]);
    expect(group?.coins.map(({ sn }) => sn)).toEqual([5, 1, 2, 9]);
    expect(group).toMatchObject({ needRepair: 1, settling: 1, importing: 0 });
  });

  it('leaves no coin out but what was sent, and shows none twice', () => {
    const anyCoin = fc.record({
      dn: fc.integer({ min: -8, max: 6 }),
      sn: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      state: fc.constantFrom(...STATES),
    });
    fc.assert(
      fc.property(fc.uniqueArray(anyCoin, { selector: ({ dn, sn }) => `${dn}:${sn}` }), (all) => {
        const coins = all.map(({ dn, sn, state }) => coin(dn, sn, state));
        const shown = [...groupCoins(coins), ...groupSetAside(coins)].flatMap((group) =>
          group.coins.map(({ key }) => key),
        );
        const here = coins.filter(({ state }) => state !== 'sent');
        expect(shown.sort()).toEqual(here.map(({ key }) => key).sort());
      }),
    );
  });

  it('does not touch the view that it was given', () => {
    const coins = Object.freeze([coin(0, 2), coin(0, 1), coin(0, 3, 'limbo')]);
    groupCoins(coins);
    groupSetAside(coins);
    expect(coins.map(({ sn }) => sn)).toEqual([2, 1, 3]);
  });
});

describe('the strip of a group', () => {
  it('shows for each server what needs most attention', () => {
    const marks = ['ccccc', 'cumks', 'crmuc'].map((letters, sn) => coin(0, sn, 'owned', letters));
    expect(worstMarks(marks)).toBe('crmks');
  });
});

describe('health', () => {
  const network = { name: '', connection: 'online', testCoins: false, answering: 25 } as const;
  const silent = `${'c'.repeat(20)}sssss`;
  const refused = `${'c'.repeat(20)}sssrr`;

  it('says nothing while nothing is ours, or it is just on its way', () => {
    const none = walletView({ coins: [coin(0, 1, 'importing'), coin(0, 2, 'counterfeit')] });
    expect(judgeHealth(none, network)).toEqual({ kind: 'nothing' });
    const marks = 'c'.repeat(13) + 'm'.repeat(12);
    const moving = walletView({ coins: [coin(0, 1, 'settling', marks)] });
    expect(judgeHealth(moving, network)).toEqual({ kind: 'nothing' });
  });

  it('judges coins that are ours and have not settled yet', () => {
    const marks = 'c'.repeat(13) + 's'.repeat(12);
    const view = walletView({ needRepair: 1, coins: [coin(0, 1, 'settling', marks)] });
    expect(judgeHealth(view, network)).toMatchObject({ kind: 'repair', coins: 1, servers: 12 });
  });

  it('agrees when nothing needs repair, whatever is set aside', () => {
    const view = walletView({ coins: [coin(0, 1), coin(0, 2, 'counterfeit', 'r'.repeat(25))] });
    expect(judgeHealth(view, network)).toEqual({ kind: 'agree', servers: 25 });
  });

  it('blames no server for a coin that too few know, when all others agree', () => {
    const coins = [coin(0, 1), coin(0, 2, 'limbo', 'r'.repeat(13) + 'c'.repeat(12))];
    const view = walletView({ needRepair: 1, coins });
    expect(judgeHealth(view, network)).toEqual({
      kind: 'repair',
      coins: 1,
      cause: 'few',
      servers: 0,
    });
  });

  it('says why coins need repair', () => {
    const view = (marks: string) =>
      walletView({ needRepair: 1, coins: [coin(0, 1), coin(0, 2, 'fracked', marks)] });
    const repair = { kind: 'repair', coins: 1 };
    expect(judgeHealth(view(silent), network)).toEqual({ ...repair, cause: 'silent', servers: 5 });
    expect(judgeHealth(view(refused), network)).toEqual({
      ...repair,
      cause: 'disagree',
      servers: 2,
    });
    expect(judgeHealth(view(refused), { ...network, connection: 'offline' })).toEqual({
      ...repair,
      cause: 'offline',
      servers: 5,
    });
  });
});

describe('settling', () => {
  it('knows the first and the last of several deposits, and forgets finished ones', () => {
    const deposits = [
      deposit({ stage: 'settling', settlesAtMs: 500 }),
      deposit({ stage: 'settling', settlesAtMs: 300 }),
      deposit({ stage: 'done', settlesAtMs: 100 }),
    ];
    expect(settleTimes(walletView({ deposits }))).toEqual({ firstMs: 300, lastMs: 500 });
    expect(settleTimes(walletView())).toBeNull();
  });
});

describe('sent', () => {
  it('counts only what nobody has taken yet', () => {
    const sends = [
      send({ state: 'taken', takenCoins: 3, waiting: { coins: 0, units: 0n } }),
      send({ state: 'handed over', takenCoins: 1, waiting: { coins: 2, units: 65n } }),
      send({ state: 'ready', waiting: { coins: 3, units: 7n } }),
    ];
    const view = walletView({ sent: { coins: 9, units: 100n }, sends });
    expect(notTakenYet(view)).toEqual({ coins: 5, units: 72n });
    expect(notTakenYet(walletView())).toEqual({ coins: 0, units: 0n });
  });
});
