import { beforeEach, describe, expect, it } from 'vitest';
import { describeSend, isFinished, type Outlet, Sends } from '../src/state/sends.svelte.ts';
import { type HandedFile, Wallet } from '../src/state/wallet.svelte.ts';
import { sendingTexts } from '../src/texts-sending.ts';
import type { SendState } from '../src/wallet/messages.ts';
import { send } from './page-view.ts';
import { StagedWorker } from './staged-worker.ts';

const FILE: HandedFile = { name: "12 CloudCoin #3 'lunch'.bin", bytes: new Uint8Array([1, 2]) };

let worker: StagedWorker;
let saved: HandedFile[];
let shared: HandedFile[];
let shareEnds: Awaited<ReturnType<Outlet['share']>>;
let sends: Sends;

beforeEach(() => {
  worker = new StagedWorker();
  saved = [];
  shared = [];
  shareEnds = 'shared';
  sends = new Sends(new Wallet(() => worker), {
    canShare: true,
    save: (file) => void saved.push(file),
    share: (file) => {
      shared.push(file);
      return Promise.resolve(shareEnds);
    },
  });
});

function handOver(): void {
  const { request } = worker.told('hand over').at(-1)!;
  worker.say({ kind: 'handed over', request, ...FILE });
}

describe('the file of a send', () => {
  it('leaves only after the wallet has noted that it does', async () => {
    const done = sends.save(4);
    expect(worker.told('hand over')).toMatchObject([{ send: 4 }]);
    expect(sends.busy).toEqual({ send: 4, activity: 'saving' });
    expect(saved).toEqual([]);
    handOver();
    await done;
    expect(saved).toEqual([FILE]);
    expect(sends.busy).toBeNull();
    expect(sends.note).toEqual({ send: 4, text: sendingTexts.saved, isError: false });
  });

  it('does not leave when the wallet refuses', async () => {
    const done = sends.save(4);
    const { request } = worker.told('hand over')[0]!;
    worker.say({ kind: 'failed', request, message: 'It was taken back.' });
    await done;
    expect(saved).toEqual([]);
    expect(sends.note).toEqual({ send: 4, text: 'It was taken back.', isError: true });
  });

  it('is shared, or saved where it cannot be, and nothing happens when sharing is cancelled', async () => {
    for (const end of ['shared', 'cancelled', 'refused'] as const) {
      shareEnds = end;
      const done = sends.share(4);
      handOver();
      await done;
      expect(sends.note?.text ?? null).toBe(end === 'refused' ? sendingTexts.shareRefused : null);
    }
    expect(shared).toEqual([FILE, FILE, FILE]);
    expect(saved).toEqual([FILE]);
  });

  it('is asked for once at a time', () => {
    void sends.save(4);
    void sends.save(4);
    void sends.share(5);
    expect(worker.told('hand over')).toHaveLength(1);
  });
});

describe('taking back', () => {
  it('happens only to the send that was confirmed', async () => {
    await sends.takeBack();
    expect(worker.told('take back')).toEqual([]);
    sends.confirming = 4;
    const done = sends.takeBack();
    const told = worker.told('take back');
    expect(told).toMatchObject([{ send: 4 }]);
    expect(sends.confirming).toBe(4);
    worker.say({ kind: 'taking back', request: told[0]!.request });
    await done;
    expect(sends.confirming).toBeNull();
    expect(sends.note).toBeNull();
  });

  it('says why it was refused', async () => {
    sends.confirming = 4;
    const done = sends.takeBack();
    const { request } = worker.told('take back')[0]!;
    worker.say({ kind: 'failed', request, message: 'The other side has them.' });
    await done;
    expect(sends.note).toEqual({ send: 4, text: 'The other side has them.', isError: true });
  });
});

describe('a send in words', () => {
  const words = (state: SendState, takenCoins = 0) => describeSend(send({ state, takenCoins }));

  it('can be handed over and taken back until something has come of it', () => {
    const states: SendState[] = ['ready', 'handed over', 'taking back', 'taken', 'taken back'];
    expect(states.map((state) => words(state).open)).toEqual([true, true, false, false, false]);
    expect(states.map((state) => isFinished(send({ state })))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  it('tells how much the other side has taken', () => {
    expect(words('handed over').detail).toMatch(/^Not taken yet/);
    expect(words('handed over', 1).detail).toBe('1 of 3 coins taken so far.');
    expect(words('taken back', 1).detail).toBe(
      '2 of 3 coins came back. 1 was taken by the other side.',
    );
    expect(words('taken back').detail).toBeNull();
    expect(words('taken', 3).detail).toBeNull();
  });
});
