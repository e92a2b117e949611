import { beforeEach, describe, expect, it } from 'vitest';
import { MAX_FILE_BYTES, MAX_FILES_AT_ONCE } from '../src/limits.ts';
import { Receiving, type FileLike } from '../src/state/receiving.svelte.ts';
import { Wallet } from '../src/state/wallet.svelte.ts';
import { texts } from '../src/texts.ts';
import type { OfferView } from '../src/wallet/messages.ts';
import { StagedWorker } from './staged-worker.ts';

function file(name: string, size = 3): FileLike {
  return { name, size, arrayBuffer: () => Promise.resolve(new ArrayBuffer(3)) };
}

function offer(id: number): OfferView {
  return { id, files: [], coins: 2, units: 5n, giverCouldRead: false };
}

/** Lets everything that waits for nothing but promises run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

let worker: StagedWorker;
let receiving: Receiving;

beforeEach(() => {
  worker = new StagedWorker();
  const wallet = new Wallet(() => worker);
  worker.say({ kind: 'lifecycle', phase: 'ready', message: null });
  receiving = new Receiving(wallet);
});

async function addAndOffer(id: number, ...files: FileLike[]) {
  const added = receiving.add(files);
  await settle();
  const request = worker.told('inspect').at(-1)?.request ?? 0;
  worker.say({ kind: 'inspected', request, offer: offer(id) });
  await added;
}

describe('receiving', () => {
  it('goes from files to an offer to accepted coins', async () => {
    const added = receiving.add([file('one.bin'), file('two.stack')]);
    expect(receiving.activity).toBe('reading');
    await settle();
    expect(receiving.reading).toBe(2);
    expect(worker.told('inspect')[0]?.files.map(({ name }) => name)).toEqual([
      'one.bin',
      'two.stack',
    ]);
    worker.say({ kind: 'inspected', request: 1, offer: offer(7) });
    await added;
    expect(receiving.offer?.id).toBe(7);
    expect(receiving.activity).toBeNull();

    const accepted = receiving.accept();
    expect(receiving.activity).toBe('accepting');
    worker.say({ kind: 'accepted', request: 2, deposit: 1 });
    await accepted;
    expect(worker.told('accept')).toEqual([{ kind: 'accept', request: 2, offer: 7 }]);
    expect(receiving.offer).toBeNull();
    expect(receiving.activity).toBeNull();
  });

  it('accepts once, however often the button is pressed', async () => {
    await addAndOffer(7, file('one.bin'));
    void receiving.accept();
    void receiving.accept();
    await settle();
    expect(worker.told('accept')).toHaveLength(1);
  });

  it('tells the worker that an offer was refused, and starts afresh', async () => {
    await addAndOffer(7, file('one.bin'));
    receiving.dismiss();
    expect(worker.told('dismiss')).toEqual([{ kind: 'dismiss', offer: 7 }]);
    await addAndOffer(8, file('two.bin'));
    expect(worker.told('inspect').at(-1)?.files).toHaveLength(1);
  });

  it('looks at added files together with those before', async () => {
    await addAndOffer(7, file('one.bin'));
    await addAndOffer(8, file('two.bin'));
    expect(
      worker
        .told('inspect')
        .at(-1)
        ?.files.map(({ name }) => name),
    ).toEqual(['one.bin', 'two.bin']);
    expect(receiving.offer?.id).toBe(8);
    expect(worker.told('dismiss')).toEqual([{ kind: 'dismiss', offer: 7 }]);
  });

  it('dismisses what an overtaken attempt still finds', async () => {
    const first = receiving.add([file('one.bin')]);
    await settle();
    const second = receiving.add([file('two.bin')]);
    await settle();
    const [older, newer] = worker.told('inspect');
    worker.say({ kind: 'inspected', request: newer?.request ?? 0, offer: offer(2) });
    worker.say({ kind: 'inspected', request: older?.request ?? 0, offer: offer(1) });
    await Promise.all([first, second]);
    expect(receiving.offer?.id).toBe(2);
    expect(worker.told('dismiss')).toEqual([{ kind: 'dismiss', offer: 1 }]);
  });

  it('lists a file that cannot be read beside the good ones', async () => {
    const broken = { ...file('folder'), arrayBuffer: () => Promise.reject(new Error('no')) };
    await addAndOffer(7, file('one.bin'), broken, file('film.mkv', MAX_FILE_BYTES + 1));
    expect(worker.told('inspect')[0]?.files).toHaveLength(1);
    expect(receiving.offer?.coins).toBe(2);
    expect(receiving.offer?.files.map(({ name, problem }) => [name, problem])).toEqual([
      ['folder', texts.receive.unreadable],
      ['film.mkv', texts.receive.tooLarge],
    ]);
  });

  it('refuses more files than it can show, and reads none of them', async () => {
    await receiving.add(Array.from({ length: MAX_FILES_AT_ONCE + 1 }, () => file('one.bin')));
    expect(receiving.error).toBe(texts.receive.tooMany(String(MAX_FILES_AT_ONCE)));
    expect(worker.told('inspect')).toEqual([]);
  });

  it('keeps the offer when storing it fails, so that it can be tried again', async () => {
    await addAndOffer(7, file('one.bin'));
    const accepted = receiving.accept();
    const request = worker.told('accept')[0]?.request ?? 0;
    worker.say({ kind: 'failed', request, message: 'The device is full. Make room.' });
    await accepted;
    expect(receiving.error).toBe('The device is full. Make room.');
    expect(receiving.offer?.id).toBe(7);
    expect(receiving.activity).toBeNull();
  });

  it('offers test coins like a file', async () => {
    const fetched = receiving.fetchTestCoins();
    expect(receiving.activity).toBe('fetching');
    worker.say({ kind: 'inspected', request: 1, offer: offer(4) });
    await fetched;
    expect(receiving.offer?.id).toBe(4);
  });

  it('takes nothing while another tab has the wallet', async () => {
    worker.say({ kind: 'lifecycle', phase: 'elsewhere', message: null });
    await receiving.add([file('one.bin')]);
    expect(worker.told('inspect')).toEqual([]);
    expect(receiving.activity).toBeNull();
  });
});
