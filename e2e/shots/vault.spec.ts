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
import { NOTHING_FOUND, SECTIONS, openSafety } from './vault-steps.ts';

/** The way into the wallet, with a worker that the test speaks for. */

test('a new wallet: two fields and one tap', async ({ staged, page }) => {
  await staged.emit(network(), lifecycle('new'));
  const passphrase = page.getByLabel('Passphrase', { exact: true });
  const repeated = page.getByLabel('Repeat passphrase');
  const create = page.getByRole('button', { name: 'Create wallet' });
  await passphrase.fill('short');
  await create.click();
  await expect(page.getByText('Choose at least 8 characters.')).toBeVisible();
  await expect(passphrase).toBeFocused();
  await passphrase.fill('three green boats sing');
  await expect(page.getByText('Strong.')).toBeVisible();
  await repeated.fill('three green boats');
  await create.click();
  await expect(page.getByText('This is not the same as above.')).toBeVisible();
  await expect(repeated).toBeFocused();
  expect(await staged.countPosted('create')).toBe(0);
  await repeated.fill('three green boats sing');
  await create.click();
  const { request, passphrase: chosen, restore } = await staged.posted('create');
  expect({ chosen, restore }).toEqual({ chosen: 'three green boats sing', restore: null });
  await expect(page.getByRole('button', { name: 'Creating your wallet' })).toBeDisabled();
  await staged.emit(lifecycle('ready'), wallet([]), { kind: 'opened', request, restore: null });
  await expect(page.getByRole('heading', { name: 'Receive coins' })).toBeVisible();
  await expect(page.locator('input[type=password]')).toHaveCount(0);
});

test('unlocking: a wrong passphrase is told, and what was typed stays', async ({
  staged,
  page,
}) => {
  await staged.emit(network(), lifecycle('locked'));
  const passphrase = page.getByLabel('Passphrase', { exact: true });
  await expect(passphrase).toBeFocused();
  await page.keyboard.type('open sesame');
  await page.keyboard.press('Enter');
  const first = await staged.posted('unlock');
  expect(first.key).toEqual({ kind: 'passphrase', passphrase: 'open sesame' });
  const message = 'This passphrase does not open the wallet.';
  await staged.emit({ kind: 'failed', request: first.request, message });
  await expect(page.getByText(message)).toBeVisible();
  await expect(passphrase).toBeFocused();
  await expect(passphrase).toHaveValue('open sesame');
  await expect(passphrase).toHaveAttribute('aria-invalid', 'true');
  await expect(passphrase).toHaveAccessibleDescription(message);
  await page.keyboard.type(' please');
  await expect(page.getByText(message)).toBeHidden();
  await page.keyboard.press('Enter');
  await expect.poll(() => staged.countPosted('unlock')).toBe(2);
  const { request } = await staged.posted('unlock');
  await staged.emit(lifecycle('ready'), wallet(coins(3, 0)), {
    kind: 'opened',
    request,
    restore: null,
  });
  await expect(page.getByTestId('balance')).toHaveText('3');
});

test('locking takes the coins away at once, and what is typed outlives the worker', async ({
  staged,
  page,
}) => {
  await staged.emit(network(), wallet(coins(3, 0)), lifecycle('ready'));
  await expect(page.getByTestId('balance')).toHaveText('3');
  await staged.emit(lifecycle('locking'));
  await expect(page.getByText('Locks when what is under way is finished.')).toBeVisible();
  await expect(page.getByTestId('balance')).toHaveCount(0);
  const passphrase = page.getByLabel('Passphrase', { exact: true });
  await passphrase.fill('half of it');
  await staged.emit({ kind: 'let go' }, lifecycle('opening'), lifecycle('locked'));
  await expect(passphrase).toHaveValue('half of it');
  await expect(page.getByText('Locks when what is under way is finished.')).toBeHidden();
});

test('another tab: use it here', async ({ staged, page }) => {
  await staged.emit(network(), lifecycle('elsewhere'));
  await expect(page.getByRole('heading', { name: 'open in another tab' })).toBeVisible();
  await staged.emit(wallet(coins(2, 0)));
  await expect(page.getByTestId('balance')).toHaveText('2');
  await page.getByRole('button', { name: 'Use it here' }).click();
  const sheet = page.getByRole('dialog', { name: 'Use it here' });
  const passphrase = sheet.getByLabel('Passphrase', { exact: true });
  await expect(passphrase).toBeFocused();
  await passphrase.fill('open sesame');
  // The other tab goes on meanwhile.
  await staged.emit(wallet(coins(4, 0)));
  await expect(passphrase).toHaveValue('open sesame');
  await sheet.getByRole('button', { name: 'Unlock' }).click();
  const { request } = await staged.posted('unlock');
  await staged.emit({ kind: 'opened', request, restore: null }, lifecycle('ready'));
  await expect(sheet).toBeHidden();
  await expect(page.getByRole('button', { name: 'Use it here' })).toHaveCount(0);
  await expect(page.getByTestId('balance')).toHaveText('4');
});

test('paused: coins are shown, nothing can be started, and it is tried again', async ({
  staged,
  page,
}) => {
  await staged.emit(network(), wallet(coins(2, 0)), lifecycle('ready'));
  await staged.emit(lifecycle('paused', 'This device has no room left.'));
  await expect(page.getByText('This device has no room left.')).toBeVisible();
  await expect(page.getByTestId('balance')).toHaveText('2');
  await expect(page.getByRole('button', { name: 'Send coins' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Try again' }).click();
  expect(await staged.countPosted('retry now')).toBe(1);
});

test('a newer version has the wallet', async ({ staged, page }) => {
  await staged.emit(lifecycle('outdated'));
  await expect(page.getByRole('alert')).toContainText('A newer version');
  await expect(page.getByRole('button', { name: 'Reload' })).toBeVisible();
});

test('restoring into a new wallet: words and list, what is wrong, and what was found', async ({
  staged,
  page,
}) => {
  await staged.emit(network(), lifecycle('new'));
  await page.getByRole('button', { name: 'I have a wallet already' }).click();
  await expect(page.getByRole('heading', { name: 'Restore your wallet' })).toBeFocused();
  const words = page.getByLabel('Your 24 words');
  const submit = page.getByRole('button', { name: 'Restore wallet' });
  await words.fill(WORDS.slice(1).join(' '));
  await submit.click();
  await expect(page.getByText('These are 23 words. There have to be 24.')).toBeVisible();
  await expect(words).toBeFocused();
  await words.fill(WORDS.map((word, index) => `${index + 1}. ${word}`).join('\n'));
  await page.getByLabel('Your list of coins').fill(` ${LIST}\n`);
  await submit.click();
  await expect(page.getByLabel('New passphrase', { exact: true })).toBeFocused();
  await page.getByLabel('New passphrase', { exact: true }).fill('three green boats sing');
  await page.getByLabel('Repeat new passphrase').fill('three green boats sing');
  await staged.expectSound();
  await submit.click();
  const { request, passphrase, restore } = await staged.posted('create');
  expect(passphrase).toBe('three green boats sing');
  expect(restore).toEqual({ kind: 'words', words: WORDS.join(' '), list: LIST });
  const looking = deposit('checking', { id: 9, names: [], report: NOTHING_FOUND });
  await staged.emit(
    lifecycle('ready'),
    vault({ wordsWritten: true }),
    walletWith([], { deposits: [looking] }),
    { kind: 'opened', request, restore: 9 },
  );
  const report = page.getByTestId('restore-report');
  await expect(report).toContainText('Looking for your coins on the servers');
  await expect(page.getByTestId('offer-words')).toHaveCount(0);
  const done = deposit('done', {
    id: 9,
    names: [],
    report: {
      found: { coins: 11, units: 1_100_000_000n },
      missing: ['1:10204771'],
      waiting: { coins: 0, units: 0n },
    },
  });
  await staged.emit(walletWith(coins(11, 0), { deposits: [done] }));
  await expect(report).toHaveAttribute('data-complete', 'true');
  await expect(report).toContainText('11 coins found, worth 11');
  await expect(report).toContainText('10 No. 10204771');
  await report.getByRole('button', { name: 'OK' }).click();
  await expect(report).toHaveCount(0);
});

test('restoring from a backup: one passphrase, unless another one is wanted', async ({
  staged,
  page,
}) => {
  await staged.emit(network(), lifecycle('new'));
  await page.getByRole('button', { name: 'I have a wallet already' }).click();
  await page.getByText('Backup file', { exact: true }).click();
  const submit = page.getByRole('button', { name: 'Restore wallet' });
  await submit.click();
  await expect(page.getByText('Choose your backup file first.')).toBeVisible();
  await page.getByLabel('Choose backup file').setInputFiles({
    name: 'mine.age',
    mimeType: '',
    buffer: Buffer.from('age'),
  });
  await expect(page.getByText('Chosen: mine.age')).toBeVisible();
  await page.getByLabel('Passphrase of the backup').fill('three green boats sing');
  await submit.click();
  const first = await staged.posted('create');
  expect(first.passphrase).toBe('three green boats sing');
  const message = 'This passphrase does not open the backup.';
  await staged.emit({ kind: 'failed', request: first.request, message });
  await expect(page.getByText(message)).toBeVisible();
  await page.getByLabel('Use this passphrase for the wallet here, too').uncheck();
  await page.getByLabel('New passphrase', { exact: true }).fill('another one that is long');
  await page.getByLabel('Repeat new passphrase').fill('another one that is long');
  await submit.click();
  await expect.poll(() => staged.countPosted('create')).toBe(2);
  const second = await staged.posted('create');
  expect(second.passphrase).toBe('another one that is long');
  expect(second.restore).toMatchObject({ kind: 'backup', passphrase: 'three green boats sing' });
  await staged.expectSound();
});

test('a passkey is added, opens the wallet, and is removed', async ({ staged, page }) => {
  const client = await page.context().newCDPSession(page);
  await client.send('WebAuthn.enable');
  await client.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await staged.emit(network(), vault(), wallet(coins(3, 0)), lifecycle('ready'));
  const sheet = await openSafety(page, 'Lock');
  await sheet.getByText('Add a passkey').first().click();
  await sheet.getByLabel('Passphrase', { exact: true }).fill('three green boats sing');
  await sheet.getByRole('button', { name: 'Add a passkey' }).click();
  // Before the authenticator is asked: what it makes stays with it.
  const check = await staged.posted('check passphrase');
  expect(await staged.countPosted('add passkey')).toBe(0);
  await staged.emit({ kind: 'done', request: check.request });
  const add = await staged.posted('add passkey');
  const bytes = (given: unknown) => Object.values(given as Record<string, number>);
  expect(add.passphrase).toBe('three green boats sing');
  expect(bytes(add.prf)).toHaveLength(32);
  const passkey = {
    credentialId: new Uint8Array(bytes(add.passkey.credentialId)),
    salt: new Uint8Array(bytes(add.passkey.salt)),
    addedAtMs: NOW.getTime(),
  };
  await staged.emit({ kind: 'done', request: add.request }, vault({ passkeys: [passkey] }));
  await expect(sheet.getByText('Added. It opens the wallet from now on.')).toBeVisible();
  await expect(sheet.getByTestId('passkey')).toHaveCount(1);
  await sheet.getByRole('button', { name: 'Remove the passkey' }).click();
  const remove = await staged.posted('remove passkey');
  expect(bytes(remove.credentialId)).toEqual([...passkey.credentialId]);
  await page.keyboard.press('Escape');

  await staged.emit(lifecycle('locked', null, [passkey]));
  await page.getByRole('button', { name: 'Unlock with a passkey' }).click();
  const { key } = await staged.posted('unlock');
  if (key.kind !== 'passkey') throw new Error('not by passkey');
  expect(bytes(key.credentialId)).toEqual([...passkey.credentialId]);
  expect(bytes(key.prf)).toEqual(bytes(add.prf));
});

test('a passkey that nobody touches is no dead end', async ({ staged, page }) => {
  await page.evaluate(() => {
    const refuse = () => Promise.reject(new DOMException('', 'NotAllowedError'));
    Object.defineProperty(navigator.credentials, 'get', { value: refuse });
  });
  const passkey = { credentialId: new Uint8Array([1]), salt: new Uint8Array(32), addedAtMs: 0 };
  await staged.emit(network(), lifecycle('locked', null, [passkey]));
  await page.getByRole('button', { name: 'Unlock with a passkey' }).click();
  await expect(page.getByText('The passkey was not used.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Unlock', exact: true })).toBeEnabled();
});

test('every target of the vault is as large as a thumb', async ({ staged, page }) => {
  const passkey = { credentialId: new Uint8Array([1]), salt: new Uint8Array(32), addedAtMs: 0 };
  await staged.emit(network(), lifecycle('new'));
  await expect(page.getByRole('button', { name: 'Create wallet' })).toBeVisible();
  expect(await staged.tooSmall()).toEqual([]);
  await page.getByRole('button', { name: 'I have a wallet already' }).click();
  await expect(page.getByRole('button', { name: 'Restore wallet' })).toBeVisible();
  expect(await staged.tooSmall()).toEqual([]);
  await staged.emit(lifecycle('locked', null, [passkey]));
  await expect(page.getByRole('button', { name: 'Unlock with a passkey' })).toBeVisible();
  expect(await staged.tooSmall()).toEqual([]);
  await staged.emit(vault({ passkeys: [passkey] }), wallet(coins(3, 0)), lifecycle('ready'));
  for (const section of SECTIONS) {
    await openSafety(page, section);
    expect(await staged.tooSmall(), section).toEqual([]);
    await staged.expectSound();
    await page.keyboard.press('Escape');
  }
});
