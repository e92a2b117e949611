import { beforeEach, describe, expect, it } from 'vitest';
import { PasskeyError } from '../src/ports/passkey.ts';
import { Opening } from '../src/state/opening.svelte.ts';
import { Wallet } from '../src/state/wallet.svelte.ts';
import { doorTexts } from '../src/texts-door.ts';
import { StagedWorker } from './staged-worker.ts';

const BY_PASSPHRASE = { kind: 'passphrase', passphrase: 'open sesame' } as const;

let worker: StagedWorker;
let opening: Opening;

beforeEach(() => {
  worker = new StagedWorker();
  opening = new Opening(new Wallet(() => worker));
});

describe('the door', () => {
  it('stays busy when it opened, until the page behind it is there', async () => {
    const done = opening.unlock(BY_PASSPHRASE);
    const { request } = worker.told('unlock')[0]!;
    worker.say({ kind: 'opened', request, restore: null });
    expect(await done).toBe(true);
    expect(opening).toMatchObject({ busy: true, error: null });
  });

  it('says why it did not open, and can be tried again', async () => {
    const done = opening.unlock(BY_PASSPHRASE);
    // Impatience changes nothing.
    expect(await opening.unlock(BY_PASSPHRASE)).toBeNull();
    const { request } = worker.told('unlock')[0]!;
    worker.say({ kind: 'failed', request, message: 'Wrong.' });
    expect(await done).toBeNull();
    expect(opening).toMatchObject({ busy: false, error: 'Wrong.' });
    void opening.unlock(BY_PASSPHRASE);
    expect(opening).toMatchObject({ busy: true, error: null });
    expect(worker.told('unlock')).toHaveLength(2);
  });

  it('gives a new wallet with the restore that fills it', async () => {
    const source = { kind: 'words', words: 'abandon', list: null } as const;
    const done = opening.create('three green boats sing', source);
    const { request, restore } = worker.told('create')[0]!;
    expect(restore).toEqual(source);
    worker.say({ kind: 'opened', request, restore: 9 });
    expect(await done).toEqual({ restore: 9 });
  });

  it('tells a passkey that was not used in words, without asking the wallet', async () => {
    const cancelled = () => Promise.reject(new PasskeyError('cancelled'));
    expect(await opening.unlock(cancelled)).toBeNull();
    expect(opening.error).toBe(doorTexts.passkeys.cancelled);
    expect(worker.told('unlock')).toEqual([]);
  });
});
