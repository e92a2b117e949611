import type { Locator, Page } from '@playwright/test';
import { expect, test } from './page.ts';
import { OFFER, coins, deposit, lifecycle, network, wallet } from './recordings.ts';

/** How the page behaves, with a worker that the test speaks for. */

const ready = lifecycle('ready');

/** On the way there may be one stop: browsers let the keyboard into a list that has to be scrolled. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await page.keyboard.press('Tab');
  const list = page.getByRole('list', { name: 'Files' });
  await expect(list.or(target).and(page.locator(':focus'))).toBeVisible();
  if (await list.and(page.locator(':focus')).count()) await page.keyboard.press('Tab');
  await expect(target).toBeFocused();
}

test('files are chosen, shown and accepted', async ({ staged, page }) => {
  await staged.emit(network(), wallet([]), ready);
  await staged.choose('one.bin', 'two.stack');
  const inspect = await staged.posted('inspect');
  expect(inspect.files.map(({ name }) => name)).toEqual(['one.bin', 'two.stack']);
  await staged.emit({ kind: 'inspected', request: inspect.request, offer: OFFER });

  const sheet = page.getByRole('dialog', { name: 'Receive these coins?' });
  await expect(sheet).toBeVisible();
  await expect(sheet.getByTestId('offered-file')).toHaveCount(OFFER.files.length);
  await expect(sheet.getByText('2 files will be left out')).toBeVisible();
  await sheet.getByRole('button', { name: 'Accept 13 coins' }).click();
  const accept = await staged.posted('accept');
  expect(accept.offer).toBe(OFFER.id);
  await expect(sheet.getByRole('button', { name: 'Storing' })).toBeDisabled();
  await staged.emit({ kind: 'accepted', request: accept.request, deposit: 1 });
  await expect(sheet).toBeHidden();
});

test('the keyboard alone chooses, refuses and accepts', async ({ staged, page }) => {
  await staged.emit(network(), wallet([]), ready);
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Choose coin files')).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const first = await staged.posted('test coins');
  await staged.emit({ kind: 'inspected', request: first.request, offer: OFFER });
  await expect(page.getByRole('heading', { name: 'Receive these coins?' })).toBeFocused();
  await page.keyboard.press('Escape');
  expect((await staged.posted('dismiss')).offer).toBe(OFFER.id);
  await expect(page.getByRole('dialog')).toBeHidden();

  await page.getByRole('button', { name: 'Get test coins' }).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => staged.countPosted('test coins')).toBe(2);
  const second = await staged.posted('test coins');
  await staged.emit({ kind: 'inspected', request: second.request, offer: OFFER });
  await expect(page.getByRole('heading', { name: 'Receive these coins?' })).toBeFocused();
  await tabTo(page, page.getByRole('button', { name: 'Accept 13 coins' }));
  await page.keyboard.press('Enter');
  expect((await staged.posted('accept')).offer).toBe(OFFER.id);
});

test('the whole page takes dropped files', async ({ staged, page }) => {
  await staged.emit(network(), wallet([]), ready);
  const dataTransfer = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['x'], 'dropped.bin'));
    return transfer;
  });
  await page.dispatchEvent('header', 'dragenter', { dataTransfer });
  await expect(page.getByTestId('drop-veil')).toBeVisible();
  await page.dispatchEvent('header', 'dragleave', { dataTransfer });
  await expect(page.getByTestId('drop-veil')).toBeHidden();
  await page.dispatchEvent('header', 'dragenter', { dataTransfer });
  await page.dispatchEvent('header', 'drop', { dataTransfer });
  expect((await staged.posted('inspect')).files.map(({ name }) => name)).toEqual(['dropped.bin']);
  await expect(page.getByTestId('drop-veil')).toBeHidden();
});

test('waiting can be cut short', async ({ staged, page }) => {
  const waiting = deposit('waiting', { answeringServers: 12 });
  await staged.emit(network(), wallet(coins(3, 0, 'importing'), waiting), ready);
  await expect(page.getByTestId('deposit')).toHaveAttribute('data-stage', 'waiting');
  await page.getByRole('button', { name: 'Try now' }).click();
  expect(await staged.countPosted('retry now')).toBe(1);
});

test('a countdown goes on without news from the worker', async ({ staged, page }) => {
  const settlesAtMs = await page.evaluate(() => Date.now() + 60_000);
  const settling = deposit('settling', { settlesAtMs, confirmedServers: 25, claimed: 3 });
  await staged.emit(network(), wallet(coins(3, 0, 'settling'), settling), ready);
  await expect(page.getByTestId('deposit')).toContainText('settles in 60 s');
  await page.clock.setFixedTime(new Date(settlesAtMs - 15_000));
  await expect(page.getByTestId('deposit')).toContainText('settles in 15 s');
});

test('10,000 coins: few rows exist, and the last one is reached', async ({ staged, page }) => {
  const many = wallet([...coins(9_000, 0), ...coins(1_000, -1)]);
  await staged.emit(network(), many, ready);
  await expect(page.getByTestId('balance')).toHaveText('9,100');
  await expect(page.getByTestId('coin')).toHaveCount(0);
  await page.getByRole('button', { name: '9,000 coins' }).click();
  const rows = page.getByTestId('coin');
  await expect(rows.first()).toBeVisible();
  expect(await rows.count()).toBeLessThan(200);

  // The list is as long as all of its rows from the start.
  const list = page.getByRole('list', { name: '9,000 coins' });
  const height = () => list.evaluate((element) => element.getBoundingClientRect().height);
  const before = await height();
  await list.evaluate((element) => element.scrollIntoView({ block: 'end' }));
  const last = page.locator('[aria-posinset="9000"]');
  await expect(last).toBeVisible();
  await expect(last).toHaveAttribute('aria-setsize', '9000');
  expect(await height()).toBe(before);
  expect(await rows.count()).toBeLessThan(200);
});

test('another tab: coins are shown, nothing can be changed', async ({ staged, page }) => {
  await staged.emit(network(), wallet(coins(2, 0)), lifecycle('elsewhere', 'Close the other tab.'));
  await expect(page.getByTestId('balance')).toHaveText('2');
  await expect(page.getByRole('heading', { name: 'Receive coins' })).toHaveCount(0);
});

test('hostile names are text', async ({ staged, page }) => {
  const name = '<img src=x onerror=alert(1)>.bin';
  await staged.emit(network({ name: '<b>net</b>' }), wallet([]), ready);
  await staged.choose('a.bin');
  const { request } = await staged.posted('inspect');
  const files = OFFER.files.slice(0, 1).map((file) => ({ ...file, name, remarks: ['<i>x</i>'] }));
  await staged.emit({ kind: 'inspected', request, offer: { ...OFFER, files } });
  await expect(page.getByText(name)).toBeVisible();
  await expect(page.locator('img')).toHaveCount(0);
  await expect(page.getByText('<i>x</i>')).toBeVisible();
});
