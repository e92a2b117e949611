import { expect, test } from './page.ts';
import { coins, lifecycle, network, wallet } from './recordings.ts';

/** The way into the wallet, and how it is kept safe, with a worker that the test speaks for. */

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
