import { readFile } from 'node:fs/promises';
import { NOW, expect, test } from './page.ts';
import {
  LIST,
  WORDS,
  coins,
  deposit,
  lifecycle,
  network,
  vault,
  wallet,
  walletWith,
} from './recordings.ts';
import { NOTHING_FOUND, makeWallet, openSafety } from './vault-steps.ts';

/** How an open wallet is kept safe, with a worker that the test speaks for. */

test('a wallet is made: the 24 words are offered, and later is fine', async ({ staged, page }) => {
  await makeWallet(staged);
  const offer = page.getByTestId('offer-words');
  await expect(offer.getByRole('heading', { name: 'Write down 24 words' })).toBeVisible();
  await offer.getByRole('button', { name: 'Later' }).click();
  await expect(offer).toHaveCount(0);
  const safety = page.getByRole('button', { name: 'Safety: 24 words not written down' });
  await expect(safety).toBeVisible();
  // Later means later: neither news nor the lock bring it back.
  await staged.emit(vault({ newerCoins: 3 }));
  await expect(page.getByTestId('safety')).toHaveAttribute('data-newer', '3');
  await expect(offer).toHaveCount(0);
});

test('24 words: shown for the passphrase, checked, and gone', async ({ staged, page }) => {
  await makeWallet(staged);
  await page.getByRole('button', { name: 'Write down 24 words' }).click();
  const sheet = page.getByTestId('safety-sheet');
  await expect(sheet.getByRole('heading', { name: '24 words' })).toBeFocused();
  await sheet.getByLabel('Passphrase', { exact: true }).fill('three green boats sing');
  await sheet.getByRole('button', { name: 'Show 24 words' }).click();
  const asked = await staged.posted('show words');
  expect(asked.passphrase).toBe('three green boats sing');
  await staged.emit({ kind: 'words', request: asked.request, words: WORDS });
  await expect(sheet.getByTestId('words').getByRole('listitem')).toHaveText(
    WORDS.map((word, index) => `${index + 1} ${word}`),
  );
  await staged.expectSound();
  await sheet.getByRole('button', { name: 'I have written them down' }).click();
  await expect(sheet.getByTestId('words')).toHaveCount(0);
  const fields = sheet.getByRole('textbox');
  await expect(fields).toHaveCount(3);
  const wanted: string[] = [];
  for (const label of await sheet.locator('label').allTextContents()) {
    wanted.push(WORDS[Number(label.trim().replace('Word ', '')) - 1] ?? '');
  }
  await fields.nth(0).fill(` ${wanted[0]?.toUpperCase()} `);
  await fields.nth(1).fill('zebra');
  await fields.nth(2).fill(wanted[2] ?? '');
  await sheet.getByRole('button', { name: 'Check' }).click();
  await expect(fields.nth(1)).toBeFocused();
  await expect(fields.nth(1)).toHaveAttribute('aria-invalid', 'true');
  expect(await staged.countPosted('words written')).toBe(0);
  await fields.nth(1).fill(wanted[1] ?? '');
  await sheet.getByRole('button', { name: 'Check' }).click();
  const { request } = await staged.posted('words written');
  await staged.emit({ kind: 'done', request }, vault({ wordsWritten: true }));
  await expect(sheet.getByRole('heading', { name: 'Your words are written down' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('offer-words')).toHaveCount(0);
  await expect(page.getByTestId('safety')).toHaveAttribute('data-good', 'true');
});

test('24 words are gone when the page cannot be seen, and when the sheet closes', async ({
  staged,
  page,
}) => {
  await staged.emit(network(), vault(), wallet(coins(1, 0)), lifecycle('ready'));
  const sheet = await openSafety(page, '24 words');
  const show = async (times: number) => {
    await sheet.getByLabel('Passphrase', { exact: true }).fill('three green boats sing');
    await sheet.getByRole('button', { name: 'Show 24 words' }).click();
    await expect.poll(() => staged.countPosted('show words')).toBe(times);
    const { request } = await staged.posted('show words');
    await staged.emit({ kind: 'words', request, words: WORDS });
    await expect(sheet.getByTestId('words')).toBeVisible();
  };
  await show(1);
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await expect(sheet.getByTestId('words')).toHaveCount(0);
  expect((await staged.posted('visible')).visible).toBe(false);
  await expect(sheet.getByLabel('Passphrase', { exact: true })).toHaveValue('');
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await show(2);
  await page.keyboard.press('Escape');
  await expect(sheet).toBeHidden();
  expect(await page.locator('body').textContent()).not.toContain(WORDS[0]);
  await openSafety(page, '24 words');
  await expect(sheet.getByTestId('words')).toHaveCount(0);
});

test('a wrong passphrase is told beside its field, in every form that asks for one', async ({
  staged,
  page,
}) => {
  await staged.emit(network(), vault(), wallet(coins(1, 0)), lifecycle('ready'));
  const message = 'This passphrase does not open the wallet.';
  for (const [section, button, kind] of [
    ['24 words', 'Show 24 words', 'show words'],
    ['Backup file', 'Make a backup file', 'make backup'],
  ] as const) {
    const sheet = await openSafety(page, section);
    const field = sheet.getByLabel('Passphrase', { exact: true });
    await sheet.getByRole('button', { name: button }).click();
    await expect(field).toBeFocused();
    await expect(field).toHaveAccessibleDescription('Type the passphrase.');
    await field.fill('open sesame');
    await field.press('Enter');
    const { request } = await staged.posted(kind);
    await staged.emit({ kind: 'failed', request, message });
    await expect(field).toHaveAccessibleDescription(message);
    await expect(field).toBeFocused();
    await expect(field).toHaveValue('open sesame');
    await page.keyboard.press('Escape');
  }
});

test('the list of coins: as a code that can be read, as text, and as a file', async ({
  staged,
  page,
}) => {
  await staged.emit(network(), vault(), wallet(coins(3, 0)), lifecycle('ready'));
  const sheet = await openSafety(page, 'List of coins');
  await sheet.getByRole('button', { name: 'Show the list' }).click();
  const { request } = await staged.posted('list coins');
  await staged.emit({ kind: 'coins listed', request, text: LIST, coins: 3 });
  await expect(sheet.getByRole('img', { name: 'QR code of the list of coins' })).toBeVisible();
  await expect(sheet.getByLabel('The list as text')).toHaveValue(LIST);
  // To look at it is not to keep it.
  expect(await staged.countPosted('list saved')).toBe(0);
  const download = page.waitForEvent('download');
  await sheet.getByRole('button', { name: 'Save as file' }).click();
  await staged.emit({ kind: 'done', request: (await staged.posted('list saved')).request });
  const file = await download;
  expect(file.suggestedFilename()).toBe('raida-list-of-coins-2026-03-01.txt');
  expect(await readFile(await file.path(), 'utf8')).toBe(LIST);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await sheet.getByRole('button', { name: 'Copy' }).click();
  await expect(sheet.getByText('Copied.')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(LIST);
  await staged.expectSound();

  // What the code says is what a restore reads from a picture of it.
  const picture = await sheet.getByTestId('list-code').screenshot();
  await page.keyboard.press('Escape');
  await openSafety(page, 'Restore');
  await sheet.getByLabel('Choose file or picture').setInputFiles({
    name: 'photo.png',
    mimeType: 'image/png',
    buffer: picture,
  });
  await expect(sheet.getByLabel('Your list of coins')).toHaveValue(LIST);
});

test('a list that fits into no code is still text and file', async ({ staged, page }) => {
  await staged.emit(network(), vault(), wallet(coins(3, 0)), lifecycle('ready'));
  const sheet = await openSafety(page, 'List of coins');
  await sheet.getByRole('button', { name: 'Show the list' }).click();
  const { request } = await staged.posted('list coins');
  await staged.emit({ kind: 'coins listed', request, text: 'A'.repeat(2521), coins: 900 });
  await expect(sheet.getByText('do not fit into one QR code')).toBeVisible();
  await expect(sheet.getByRole('img')).toHaveCount(0);
  await staged.expectSound();
});

test('a backup is made, saved, and verified only by reading it back', async ({ staged, page }) => {
  const all = wallet(coins(12, 0));
  await staged.emit(network(), vault({ newerCoins: 12 }), all, lifecycle('ready'));
  await expect(page.getByTestId('safety')).toContainText('12 coins in no backup');
  const sheet = await openSafety(page, 'Backup file');
  const state = sheet.getByTestId('backup-state');
  await expect(state).toContainText('There is no backup yet.');
  await sheet.getByLabel('Passphrase', { exact: true }).fill('three green boats sing');
  const download = page.waitForEvent('download');
  await sheet.getByRole('button', { name: 'Make a backup file' }).click();
  const make = await staged.posted('make backup');
  expect(make.passphrase).toBe('three green boats sing');
  const name = 'raida-wallet-2026-03-01.age';
  const bytes = new Uint8Array([97, 103, 101]);
  const madeAtMs = NOW.getTime();
  await staged.emit(
    { kind: 'backup made', request: make.request, name, bytes },
    vault({ backup: { madeAtMs, verifiedAtMs: null } }),
  );
  expect((await download).suggestedFilename()).toBe(name);
  await expect(state).toContainText('Not tested yet');

  const file = { name, mimeType: '', buffer: Buffer.from(bytes) };
  await sheet.getByLabel('Test it now').setInputFiles(file);
  const test = await staged.posted('test backup');
  expect(test.passphrase).toBe('three green boats sing');
  const backup = { madeAtMs, coins: 12, units: 1_200_000_000n, newest: true };
  await staged.emit(
    { kind: 'backup read', request: test.request, backup },
    vault({ backup: { madeAtMs, verifiedAtMs: madeAtMs } }),
  );
  await expect(sheet.getByTestId('backup-reading')).toHaveText(
    'Verified: this file holds 12 coins, worth 12.',
  );
  await expect(state).toContainText('Verified: it was read back.');
  await staged.expectSound();

  // An older one is no proof of the newest.
  await sheet.getByLabel('Test a backup file').setInputFiles(file);
  await expect.poll(() => staged.countPosted('test backup')).toBe(2);
  const older = await staged.posted('test backup');
  await staged.emit({
    kind: 'backup read',
    request: older.request,
    backup: { ...backup, madeAtMs: madeAtMs - 3 * 86_400_000, newest: false },
  });
  await expect(sheet.getByTestId('backup-reading')).toContainText(
    'not your newest: it is 3 days old',
  );
});

test('restoring into the open wallet, from a backup', async ({ staged, page }) => {
  await staged.emit(network(), vault(), wallet(coins(3, 0)), lifecycle('ready'));
  const sheet = await openSafety(page, 'Restore');
  await sheet.getByText('Backup file', { exact: true }).click();
  await sheet.getByLabel('Choose backup file').setInputFiles({
    name: 'mine.age',
    mimeType: '',
    buffer: Buffer.from('age'),
  });
  await sheet.getByLabel('Passphrase of the backup').fill('three green boats sing');
  // Views come all the time.
  await staged.emit(wallet(coins(4, 0)), vault({ newerCoins: 1 }));
  await expect(sheet.getByLabel('Passphrase of the backup')).toHaveValue('three green boats sing');
  await sheet.getByRole('button', { name: 'Restore', exact: true }).click();
  const { request, source } = await staged.posted('restore');
  expect(source).toMatchObject({ kind: 'backup', passphrase: 'three green boats sing' });
  const running = deposit('checking', {
    id: 9,
    report: { ...NOTHING_FOUND, found: { coins: 1, units: 100_000_000n } },
  });
  await staged.emit(
    { kind: 'restoring', request, restore: 9 },
    walletWith(coins(4, 0), { deposits: [running] }),
  );
  await expect(sheet.getByTestId('restore-report')).toContainText('1 coin found, worth 1');
  await expect(sheet.getByTestId('restore-report')).toContainText('2 coins are on the way');
  await staged.expectSound();
});

test('the lock: by itself, now, and under another passphrase', async ({ staged, page }) => {
  await staged.emit(network(), vault(), wallet(coins(3, 0)), lifecycle('ready'));
  const sheet = await openSafety(page, 'Lock');
  await expect(sheet.getByLabel('Lock by itself')).toHaveValue('5');
  await sheet.getByLabel('Lock by itself').selectOption('After 60 minutes');
  const after = await staged.posted('lock after');
  expect(after.minutes).toBe(60);
  await staged.emit({ kind: 'done', request: after.request }, vault({ lockAfterMinutes: 60 }));
  await expect(sheet.getByLabel('Lock by itself')).toHaveValue('60');

  await sheet.getByText('Change passphrase').first().click();
  await sheet.getByLabel('Passphrase until now').fill('three green boats sing');
  await sheet.getByLabel('New passphrase', { exact: true }).fill('four red kites sleep');
  await sheet.getByLabel('Repeat new passphrase').fill('four red kites sleep');
  await sheet.getByRole('button', { name: 'Change passphrase' }).click();
  const change = await staged.posted('change passphrase');
  expect(change).toMatchObject({ old: 'three green boats sing', new: 'four red kites sleep' });
  await staged.emit({ kind: 'done', request: change.request });
  await expect(sheet.getByText('Changed.')).toBeVisible();
  await expect(sheet.locator('input[type=password]')).toHaveCount(0);
  await staged.expectSound();

  await sheet.getByRole('button', { name: 'Lock now' }).click();
  expect(await staged.countPosted('lock')).toBe(1);
  await staged.emit(lifecycle('locking'));
  await expect(sheet).toBeHidden();
  await expect(page.getByLabel('Passphrase', { exact: true })).toBeFocused();
});

test('touches are told now and then, and whether the page can be seen', async ({
  staged,
  page,
}) => {
  await staged.emit(network(), vault(), wallet(coins(3, 0)), lifecycle('ready'));
  await expect(page.getByTestId('safety')).toBeVisible();
  for (let times = 0; times < 5; times++) await page.keyboard.press('Shift');
  expect(await staged.countPosted('active')).toBe(1);
});

test('the first deposit asks the browser to keep the coins, and its answer is shown', async ({
  staged,
  page,
}) => {
  await page.evaluate(() => {
    Object.assign(window, { asked: 0 });
    const persist = () => {
      (window as unknown as { asked: number }).asked++;
      return Promise.resolve(false);
    };
    Object.defineProperty(navigator.storage, 'persist', { value: persist });
  });
  const asked = () => page.evaluate(() => (window as unknown as { asked: number }).asked);
  await staged.emit(network(), vault(), wallet([]), lifecycle('ready'));
  await expect(page.getByTestId('safety')).toBeVisible();
  expect(await asked()).toBe(0);
  await staged.emit(wallet(coins(3, 0, 'importing'), deposit('checking')));
  await expect.poll(asked).toBe(1);
  const sheet = await openSafety(page, 'This browser');
  await expect(sheet.getByText('has not promised to keep your coins')).toBeVisible();
  await sheet.getByRole('button', { name: 'Ask the browser' }).click();
  await expect.poll(asked).toBe(2);
});

test('what the second copy brought back is said once', async ({ staged, page }) => {
  await staged.emit(network(), vault({ recovered: 2 }), wallet(coins(3, 0)), lifecycle('ready'));
  const notice = page.getByText('2 records had been lost');
  await expect(notice).toBeVisible();
  await page.getByRole('button', { name: 'OK' }).click();
  await expect(notice).toHaveCount(0);
  await staged.emit(vault({ recovered: 2, newerCoins: 1 }));
  await expect(notice).toHaveCount(0);
});
