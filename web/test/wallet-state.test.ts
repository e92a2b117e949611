import { describe, expect, it } from 'vitest';
import { RequestError } from '../src/state/requests.ts';
import { Wallet } from '../src/state/wallet.svelte.ts';
import type { OfferView } from '../src/wallet/messages.ts';
import { walletView } from './page-view.ts';
import { StagedWorker } from './staged-worker.ts';

const OFFER: OfferView = { id: 3, files: [], coins: 1, units: 1n, giverCouldRead: false };

function start() {
  const worker = new StagedWorker();
  return { worker, wallet: new Wallet(() => worker) };
}

describe('the page and its worker', () => {
  it('opens the wallet first, and knows nothing before the worker speaks', () => {
    const { worker, wallet } = start();
    expect(worker.posted).toEqual([{ kind: 'open' }]);
    expect(wallet.phase).toBe('opening');
    expect(wallet.view).toBeNull();
    expect(wallet.network).toBeNull();
  });

  it('keeps what the worker said last', () => {
    const { worker, wallet } = start();
    const view = walletView({ needRepair: 2 });
    const network = {
      name: 'Local',
      connection: 'online',
      testCoins: true,
      answering: 25,
    } as const;
    worker.say({ kind: 'wallet', wallet: walletView() });
    worker.say({ kind: 'wallet', wallet: view });
    worker.say({ kind: 'network', network });
    worker.say({ kind: 'lifecycle', phase: 'elsewhere', message: 'Close the other tab.' });
    expect(wallet.view).toBe(view);
    expect(wallet.network).toBe(network);
    expect(wallet.phase).toBe('elsewhere');
    expect(wallet.message).toBe('Close the other tab.');
  });

  it('matches answers by number, in any order', async () => {
    const { worker, wallet } = start();
    const first = wallet.testCoins();
    const second = wallet.testCoins();
    const [one, two] = worker.told('test coins');
    worker.say({ kind: 'inspected', request: two?.request ?? 0, offer: { ...OFFER, id: 22 } });
    worker.say({ kind: 'inspected', request: one?.request ?? 0, offer: { ...OFFER, id: 11 } });
    expect((await first).id).toBe(11);
    expect((await second).id).toBe(22);
  });

  it('does not take an answer of another kind', async () => {
    const { worker, wallet } = start();
    const accepted = wallet.accept(3);
    const request = worker.told('accept')[0]?.request ?? 0;
    worker.say({ kind: 'inspected', request, offer: OFFER });
    worker.say({ kind: 'accepted', request, deposit: 9 });
    expect(await accepted).toBe(9);
  });

  it('hands over the bytes and keeps no copy', () => {
    const { worker, wallet } = start();
    const bytes = new Uint8Array([1, 2, 3]);
    void wallet.inspect([{ name: 'one.bin', bytes }]);
    expect(worker.transferred).toEqual([bytes.buffer]);
  });

  it('turns a refusal into words for the person', async () => {
    const { worker, wallet } = start();
    const offered = wallet.testCoins();
    const request = worker.told('test coins')[0]?.request ?? 0;
    worker.say({ kind: 'failed', request, message: 'Start the network.' });
    await expect(offered).rejects.toThrow(new RequestError('Start the network.'));
  });

  it('answers everything that waits when the worker breaks, and whatever is asked later', async () => {
    const { worker, wallet } = start();
    const offered = wallet.testCoins();
    worker.crash();
    await expect(offered).rejects.toThrow(RequestError);
    expect(wallet.phase).toBe('failed');
    await expect(wallet.accept(1)).rejects.toThrow(/reload/i);
    expect(worker.told('accept')).toEqual([]);
  });
});
