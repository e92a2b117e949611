import type { DepositView, PasskeyView } from '@raida-wallet/web/wallet/messages';
import { NOW, type StagedPage } from './page.ts';
import {
  LIST,
  WORDS,
  coins,
  deposit,
  lifecycle,
  network,
  purse,
  vault,
  wallet,
  walletWith,
} from './recordings.ts';
import { playScenes } from './scenes.ts';
import { makeWallet, openSafety } from './vault-steps.ts';

/** The door to the wallet, and how it is kept safe. */

const ready = lifecycle('ready');
const PASSPHRASE = 'three green boats sing';
const PASSKEY: PasskeyView = {
  credentialId: new Uint8Array([1]),
  salt: new Uint8Array(32),
  addedAtMs: Date.UTC(2026, 1, 20, 9, 30),
};
const BACKUP = { madeAtMs: Date.UTC(2026, 1, 26, 18, 5), verifiedAtMs: null };
const VERIFIED = { ...BACKUP, verifiedAtMs: Date.UTC(2026, 1, 26, 18, 6) };
/** As long as 60 coins make it. */
const LONG_LIST = `${LIST}+${Array.from({ length: 60 }, (_, at) => 10_204_771 + at * 7_919).join('.')}`;

const unlocked = [network(), vault({ newerCoins: 12 }), wallet(purse()), ready];

async function failUnlock(staged: StagedPage) {
  await staged.page.getByLabel('Passphrase', { exact: true }).fill('open sesame');
  await staged.page.getByRole('button', { name: 'Unlock', exact: true }).click();
  const { request } = await staged.posted('unlock');
  const message = 'This passphrase does not open the wallet. Try again.';
  await staged.emit({ kind: 'failed', request, message });
}

async function showWords(staged: StagedPage) {
  const sheet = await openSafety(staged.page, '24 words');
  await sheet.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await sheet.getByRole('button', { name: 'Show 24 words' }).click();
  const { request } = await staged.posted('show words');
  await staged.emit({ kind: 'words', request, words: WORDS });
  return sheet;
}

async function makeBackup(staged: StagedPage) {
  const sheet = await openSafety(staged.page, 'Backup file');
  await sheet.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await sheet.getByRole('button', { name: 'Make a backup file' }).click();
  const { request } = await staged.posted('make backup');
  const name = 'raida-wallet-2026-03-01.age';
  await staged.emit(
    { kind: 'backup made', request, name, bytes: new Uint8Array(1) },
    vault({ backup: { madeAtMs: NOW.getTime(), verifiedAtMs: null } }),
  );
  return sheet;
}

async function listCoins(staged: StagedPage, text: string) {
  const sheet = await openSafety(staged.page, 'List of coins');
  await sheet.getByRole('button', { name: 'Show the list' }).click();
  const { request } = await staged.posted('list coins');
  await staged.emit({ kind: 'coins listed', request, text, coins: 60 });
}

async function restoreFrom(staged: StagedPage, report: DepositView['report'], all = purse()) {
  const { page } = staged;
  await page.getByRole('button', { name: 'I have a wallet already' }).click();
  await page.getByLabel('Your 24 words').fill(WORDS.join(' '));
  await page.getByLabel('New passphrase', { exact: true }).fill(PASSPHRASE);
  await page.getByLabel('Repeat new passphrase').fill(PASSPHRASE);
  await page.getByRole('button', { name: 'Restore wallet' }).click();
  const { request } = await staged.posted('create');
  const deposits = [deposit('checking', { id: 9, names: [], report })];
  await staged.emit(ready, vault({ wordsWritten: true }), walletWith(all, { deposits }), {
    kind: 'opened',
    request,
    restore: 9,
  });
}

playScenes({
  'door-new': { says: [network(), lifecycle('new')], sees: 'Create your wallet' },
  'door-new-typed': {
    says: [network(), lifecycle('new')],
    acts: async ({ page }) => {
      await page.getByLabel('Passphrase', { exact: true }).fill('three green boats');
      await page.getByLabel('Repeat passphrase').fill('three green');
      await page.getByRole('button', { name: 'Show what is typed' }).click();
      await page.getByRole('button', { name: 'Create wallet' }).click();
    },
    sees: 'This is not the same as above.',
  },
  'door-unprotected': { says: [network(), lifecycle('unprotected')], sees: 'Encrypt my coins' },
  'door-restore-words': {
    says: [network(), lifecycle('new')],
    acts: async ({ page }) => {
      await page.getByRole('button', { name: 'I have a wallet already' }).click();
      await page.getByLabel('Your 24 words').fill(WORDS.slice(0, 9).join(' '));
    },
    sees: '9 of 24 words',
    whole: true,
  },
  'door-restore-backup': {
    says: [network(), lifecycle('new')],
    acts: async ({ page }) => {
      await page.getByRole('button', { name: 'I have a wallet already' }).click();
      await page.getByText('Backup file', { exact: true }).click();
      await page.getByLabel('Choose backup file').setInputFiles({
        name: 'raida-wallet-2026-03-01.age',
        mimeType: '',
        buffer: Buffer.from('age'),
      });
    },
    sees: 'Chosen: raida-wallet-2026-03-01.age',
    whole: true,
  },
  'door-locked': { says: [network(), lifecycle('locked')], sees: 'Unlock your wallet' },
  'door-locked-passkey': {
    says: [network(), lifecycle('locked', null, [PASSKEY])],
    sees: 'Unlock with a passkey',
  },
  'door-wrong': {
    says: [network(), lifecycle('locked', null, [PASSKEY])],
    acts: failUnlock,
    sees: 'This passphrase does not open the wallet.',
  },
  'door-locking': {
    says: [network(), lifecycle('locking')],
    sees: 'Locks when what is under way is finished.',
  },
  'door-elsewhere-take-over': {
    says: [network(), wallet(purse()), lifecycle('elsewhere', null, [PASSKEY])],
    acts: async ({ page }) => page.getByRole('button', { name: 'Use it here' }).click(),
    sees: 'Go on there, or use it here',
  },
  'door-paused': {
    says: [
      network(),
      wallet(purse()),
      lifecycle(
        'paused',
        'This device has no room left, so nothing more can be stored. Make room: delete what you do not need.',
      ),
    ],
    sees: 'This device has no room left',
  },
  'door-paused-without-coins': {
    says: [network(), lifecycle('paused', 'This browser’s storage does not answer.')],
    sees: 'The wallet has paused',
  },
  'door-outdated': { says: [network(), lifecycle('outdated')], sees: 'A newer version' },
  'safety-offer-words': { says: [], acts: makeWallet, sees: 'Write down 24 words' },
  'safety-home': { says: unlocked, sees: '24 words not written down' },
  'safety-home-newer': {
    says: [
      network(),
      vault({ wordsWritten: true, backup: VERIFIED, newerCoins: 3 }),
      wallet(purse()),
      ready,
    ],
    sees: '3 coins newer',
  },
  'safety-home-good': {
    says: [network(), vault({ wordsWritten: true, backup: VERIFIED }), wallet(purse()), ready],
    sees: 'Everything is backed up',
  },
  'safety-recovered': {
    says: [network(), vault({ recovered: 2 }), wallet(purse()), ready],
    sees: '2 records had been lost',
  },
  'safety-menu': {
    says: unlocked,
    acts: async ({ page }) => page.getByRole('button', { name: /^Safety/ }).click(),
    sees: 'This browser',
  },
  'safety-menu-good': {
    says: [network(), vault({ wordsWritten: true, backup: VERIFIED }), wallet(purse()), ready],
    acts: async ({ page }) => page.getByRole('button', { name: /^Safety/ }).click(),
    sees: 'This browser',
  },
  'safety-words-ask': {
    says: unlocked,
    acts: ({ page }) => openSafety(page, '24 words'),
    sees: 'Whoever has these words',
  },
  'safety-words': {
    says: unlocked,
    acts: showWords,
    sees: 'I have written them down',
  },
  'safety-words-check': {
    says: unlocked,
    acts: async (staged) => {
      await staged.page.evaluate(() => {
        let next = 3;
        crypto.getRandomValues = <Filled extends ArrayBufferView | null>(array: Filled): Filled => {
          if (array instanceof Uint32Array) array[0] = next += 5;
          return array;
        };
      });
      const sheet = await showWords(staged);
      await sheet.getByRole('button', { name: 'I have written them down' }).click();
      await sheet.getByLabel('Word 9').fill(WORDS[8] ?? '');
      await sheet.getByRole('button', { name: 'Check' }).click();
    },
    sees: 'Word 14 is another one.',
  },
  'safety-list': {
    says: unlocked,
    acts: ({ page }) => openSafety(page, 'List of coins'),
    sees: 'Show the list',
  },
  'safety-list-shown': {
    says: unlocked,
    acts: (staged) => listCoins(staged, LONG_LIST),
    sees: '60 coins, as of now',
  },
  'safety-backup-none': {
    says: unlocked,
    acts: ({ page }) => openSafety(page, 'Backup file'),
    sees: 'There is no backup yet.',
  },
  'safety-backup-made': {
    says: unlocked,
    acts: makeBackup,
    sees: 'Now test it',
  },
  'safety-backup-verified': {
    says: unlocked,
    acts: async (staged) => {
      const sheet = await makeBackup(staged);
      await sheet.getByLabel('Test it now').setInputFiles({
        name: 'raida-wallet-2026-03-01.age',
        mimeType: '',
        buffer: Buffer.from('age'),
      });
      const { request } = await staged.posted('test backup');
      const madeAtMs = NOW.getTime();
      const backup = { madeAtMs, coins: 300, units: 493_668_000_012n, newest: true };
      await staged.emit(
        { kind: 'backup read', request, backup },
        vault({ backup: { madeAtMs, verifiedAtMs: madeAtMs } }),
      );
    },
    sees: 'Verified: this file holds 300 coins',
  },
  'safety-restore': {
    says: unlocked,
    acts: ({ page }) => openSafety(page, 'Restore'),
    sees: 'Your 24 words',
  },
  'safety-restoring': {
    says: [network(), lifecycle('new')],
    acts: (staged) =>
      restoreFrom(staged, {
        found: { coins: 12, units: 1_200_000_000n },
        missing: [],
        waiting: { coins: 28, units: 2_800_000_000n },
      }),
    sees: '12 coins found',
  },
  'safety-restored': {
    says: [network(), lifecycle('new')],
    acts: (staged) =>
      restoreFrom(staged, {
        found: { coins: 38, units: 3_800_000_000n },
        missing: ['1:10204771', '-2:10212690'],
        waiting: { coins: 0, units: 0n },
      }),
    sees: '2 coins could not be found',
  },
  'safety-lock': {
    says: [network(), vault({ passkeys: [PASSKEY] }), wallet(purse()), ready],
    acts: ({ page }) => openSafety(page, 'Lock'),
    sees: 'Lock now',
  },
  'safety-lock-change': {
    says: unlocked,
    acts: async ({ page }) => {
      const sheet = await openSafety(page, 'Lock');
      await sheet.getByText('Change passphrase').click();
      await sheet.getByRole('button', { name: 'Change passphrase' }).scrollIntoViewIfNeeded();
    },
    sees: 'Passphrase until now',
  },
  'safety-storage': {
    says: [network(), vault({ secondCopy: 'failed' }), wallet(coins(3, 1)), ready],
    acts: ({ page }) => openSafety(page, 'This browser'),
    sees: 'The second copy',
  },
});
