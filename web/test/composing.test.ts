import { beforeEach, describe, expect, it } from 'vitest';
import { Composing } from '../src/state/composing.svelte.ts';
import { Wallet } from '../src/state/wallet.svelte.ts';
import type { SendPlan } from '../src/wallet/messages.ts';
import { sendPlan } from './page-view.ts';
import { StagedWorker } from './staged-worker.ts';

const ONE = 100_000_000n;

/** Lets everything that waits for nothing but promises run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

let worker: StagedWorker;
let composing: Composing;

beforeEach(() => {
  worker = new StagedWorker();
  composing = new Composing(new Wallet(() => worker));
  composing.open();
});

const asked = () => worker.told('plan send').map(({ units }) => units);

async function answerPlan(changes: Partial<SendPlan> = {}): Promise<void> {
  const { request, units } = worker.told('plan send').at(-1)!;
  worker.say({ kind: 'send planned', request, plan: sendPlan({ units, ...changes }) });
  await settle();
}

describe('composing a send', () => {
  it('asks which coins make up the amount while it is typed', async () => {
    composing.type('12');
    expect(asked()).toEqual([12n * ONE]);
    expect(composing.plan).toBeNull();
    await answerPlan();
    expect(composing.plan).toMatchObject({ units: 12n * ONE, exact: true });
  });

  it('asks one question at a time, and then only the newest', async () => {
    composing.type('1');
    composing.type('12');
    composing.type('123');
    expect(asked()).toEqual([ONE]);
    await answerPlan();
    expect(composing.plan).toBeNull();
    expect(asked()).toEqual([ONE, 123n * ONE]);
    await answerPlan();
    expect(composing.plan?.units).toBe(123n * ONE);
    expect(asked()).toHaveLength(2);
  });

  it('asks nothing of what is no amount', async () => {
    for (const text of ['', '0', 'abc', '1,250', '0.000000001']) composing.type(text);
    await settle();
    expect(asked()).toEqual([]);
  });

  it('takes the nearest amount instead, without a second meaning', async () => {
    composing.type('0.3');
    await answerPlan({ exact: false, denominations: [], below: 1n, above: 1_250n * ONE });
    composing.choose(composing.plan?.above ?? 0n);
    expect(composing.text).toBe('1250');
    expect(asked().at(-1)).toBe(1_250n * ONE);
  });

  it('plans again when the coins have changed', async () => {
    composing.type('12');
    await answerPlan();
    composing.coinsChanged();
    expect(composing.plan).toBeNull();
    await answerPlan({ exact: false });
    expect(composing.plan?.exact).toBe(false);
    expect(asked()).toEqual([12n * ONE, 12n * ONE]);
  });

  it('creates the file of an exact amount, once', async () => {
    composing.type('12');
    await answerPlan();
    composing.memo = ' lunch ';
    void composing.create();
    void composing.create();
    expect(composing.stage).toBe('creating');
    composing.close();
    expect(composing.stage).toBe('creating');
    const told = worker.told('send');
    expect(told).toMatchObject([{ units: 12n * ONE, memo: 'lunch' }]);
    worker.say({ kind: 'sent', request: told[0]!.request, send: 4 });
    await settle();
    expect(composing).toMatchObject({ stage: 'created', created: 4 });
  });

  it('does not create what is not exact, or not known to be', async () => {
    composing.type('12');
    await composing.create();
    await answerPlan({ exact: false });
    await composing.create();
    expect(worker.told('send')).toEqual([]);
    expect(composing.stage).toBe('composing');
  });

  it('says what went wrong, keeps what was typed, and plans again', async () => {
    composing.type('12');
    await answerPlan();
    const created = composing.create();
    const { request } = worker.told('send')[0]!;
    worker.say({ kind: 'failed', request, message: 'These coins are being moved.' });
    await created;
    expect(composing).toMatchObject({
      stage: 'composing',
      text: '12',
      error: 'These coins are being moved.',
    });
    expect(asked()).toHaveLength(2);
    composing.type('11');
    expect(composing.error).toBeNull();
  });

  it('starts afresh the next time', async () => {
    composing.type('12');
    await answerPlan();
    composing.close();
    composing.open();
    expect(composing).toMatchObject({ text: '', memo: '', plan: null, created: null, error: null });
  });
});
