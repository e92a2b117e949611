import { describe, expect, it } from 'vitest';
import {
  announceRunning,
  canRepair,
  describeCause,
  describePlan,
  describeProgress,
  describeResult,
  describeRunning,
  listStages,
} from '../src/state/repairs.ts';
import { Repairing } from '../src/state/repairing.svelte.ts';
import { explainTooFew } from '../src/state/set-aside.ts';
import { Wallet } from '../src/state/wallet.svelte.ts';
import type { RepairObstacle, RepairPlan, RepairStage } from '../src/wallet/messages.ts';
import { coin, NOTHING_TO_REPAIR } from './page-view.ts';
import { StagedWorker } from './staged-worker.ts';

function blocked(why: RepairObstacle, coins = 1, servers = 12): RepairPlan {
  return { ...NOTHING_TO_REPAIR, blocked: [{ why, coins, servers }] };
}

describe('a plan of repair in words', () => {
  it('says what can be repaired', () => {
    const { can, cannot } = describePlan({ repairable: 2, cells: 9, blocked: [] });
    expect(can).toBe('2 coins can be repaired: 9 confirmations are missing.');
    expect(cannot).toEqual([]);
    expect(describePlan({ repairable: 1, cells: 1, blocked: [] }).can).toBe(
      '1 coin can be repaired: 1 confirmation is missing.',
    );
  });

  it('says why 12 servers are too few', () => {
    expect(describePlan(blocked('too few servers')).cannot).toEqual([
      '1 coin cannot be repaired. Only 12 servers still know this coin. 13 are needed.',
    ]);
    expect(describePlan(blocked('too few servers', 3, 5)).cannot).toEqual([
      '3 coins cannot be repaired. ' +
        'Only 5 servers still know the best known of them. 13 are needed for each.',
    ]);
  });

  it('has words for every obstacle, and frightens nobody', () => {
    const all: RepairObstacle[] = ['servers silent', 'settling', 'not carried out', 'no key'];
    for (const why of all) {
      for (const coins of [1, 2]) {
        const [words = ''] = describePlan(blocked(why, coins, 3)).cannot;
        expect(words).toContain(coins === 1 ? '1 coin ' : '2 coins ');
        expect(words).not.toMatch(/lost|pown|fracked|\bAN\b/i);
      }
    }
  });

  it('offers a repair unless all that needs it is settling', () => {
    expect(canRepair(NOTHING_TO_REPAIR)).toBe(true);
    expect(canRepair(blocked('settling'))).toBe(false);
    expect(canRepair(blocked('servers silent'))).toBe(true);
    expect(canRepair({ ...blocked('settling'), repairable: 1 })).toBe(true);
  });

  it('tells of silent servers once', () => {
    const health = { kind: 'repair', coins: 1, cause: 'silent', servers: 5 } as const;
    expect(describeCause(health, NOTHING_TO_REPAIR)).toMatch(/^5 servers could not be reached/);
    expect(describeCause(health, blocked('servers silent'))).toBeNull();
    expect(describeCause({ ...health, cause: 'disagree' }, NOTHING_TO_REPAIR)).toMatch(
      /^5 servers do not recognise it/,
    );
    expect(describeCause({ ...health, cause: 'offline' }, blocked('servers silent'))).toMatch(
      /when the connection is back/,
    );
  });
});

describe('a repair under way', () => {
  const running = { stage: 'fixing', coins: 3, done: 2, total: 9 } as const;
  const places = (stage: RepairStage) => listStages(stage).map(({ place }) => place);

  it('shows all stages and how far it is', () => {
    expect(places('checking')).toEqual(['now', 'ahead', 'ahead', 'ahead', 'ahead']);
    expect(places('sealing')).toEqual(['done', 'done', 'now', 'ahead', 'ahead']);
    expect(places('proving')).toEqual(['done', 'done', 'done', 'done', 'now']);
  });

  it('says what it does, and speaks of repair only when there is something to repair', () => {
    expect(describeRunning(running)).toBe('Repairing 3 coins');
    expect(describeRunning({ ...running, total: 0 })).toBe('Checking 3 coins');
    expect(describeProgress(running)).toBe('2 of 9 put right');
    expect(announceRunning(running)).toBe('Repairing 3 coins: The other servers take it over');
    expect(announceRunning({ ...running, stage: 'waiting' })).toMatch(/^Waiting for servers/);
  });
});

describe('the end of a repair', () => {
  it('says what came of it, and why something is left', () => {
    expect(describeResult({ repaired: 2, left: NOTHING_TO_REPAIR })).toEqual({
      head: '2 coins repaired',
      left: [],
      whole: true,
    });
    expect(describeResult({ repaired: 0, left: NOTHING_TO_REPAIR }).head).toBe(
      'All servers agree. Nothing needed repair.',
    );
    const partly = describeResult({ repaired: 1, left: blocked('too few servers') });
    expect(partly.head).toBe('1 coin repaired');
    expect(partly.left.join(' ')).toContain('Only 12 servers still know this coin.');
    expect(partly.whole).toBe(false);
    const none = describeResult({ repaired: 0, left: { repairable: 1, cells: 3, blocked: [] } });
    expect(none).toEqual({
      head: 'Nothing could be repaired now',
      left: ['1 coin still needs repair. Try again.'],
      whole: false,
    });
  });
});

describe('the tap on Repair', () => {
  const start = () => {
    const worker = new StagedWorker();
    return { worker, repairing: new Repairing(new Wallet(() => worker)) };
  };

  it('asks once, and puts the last result away', async () => {
    const { worker, repairing } = start();
    repairing.read = true;
    const started = repairing.start();
    void repairing.start();
    expect(repairing).toMatchObject({ starting: true, read: false });
    const told = worker.told('repair');
    expect(told).toHaveLength(1);
    worker.say({ kind: 'repairing', request: told[0]!.request, coins: 3 });
    await started;
    expect(repairing).toMatchObject({ starting: false, error: null });
  });

  it('says why it could not begin, until the next tap', async () => {
    const { worker, repairing } = start();
    const started = repairing.start();
    worker.say({ kind: 'failed', request: worker.told('repair')[0]!.request, message: 'Not now.' });
    await started;
    expect(repairing).toMatchObject({ starting: false, error: 'Not now.' });
    void repairing.start();
    expect(repairing.error).toBeNull();
  });
});

describe('coins that are set aside', () => {
  const marks = (known: number, denied: number) =>
    'k'.repeat(known) + 'r'.repeat(denied) + 's'.repeat(25 - known - denied);

  it('says that 12 servers are too few, when the other 13 have said no', () => {
    expect(explainTooFew([coin(0, 1, 'unrecognised', marks(12, 13))])).toBe(
      'Only 12 servers still know this coin. 13 are needed.',
    );
    expect(explainTooFew([coin(0, 1, 'unrecognised', marks(1, 24))])).toMatch(
      /^Only 1 server still knows this coin/,
    );
  });

  it('claims nothing while servers that have not answered could make it 13', () => {
    expect(explainTooFew([coin(0, 1, 'limbo', marks(12, 12))])).toBeNull();
    expect(explainTooFew([coin(0, 1, 'limbo', marks(0, 0))])).toBeNull();
    const mixed = [coin(0, 1, 'limbo', marks(12, 13)), coin(0, 2, 'limbo', marks(12, 12))];
    expect(explainTooFew(mixed)).toBeNull();
  });

  it('speaks of several coins by the best known one, and of none that nobody knows', () => {
    const few = [
      coin(0, 1, 'unrecognised', marks(3, 22)),
      coin(0, 2, 'unrecognised', marks(9, 16)),
    ];
    expect(explainTooFew(few)).toMatch(/^Only 9 servers still know the best known of them/);
    expect(explainTooFew([coin(0, 1, 'unrecognised', marks(0, 25))])).toBeNull();
  });
});
