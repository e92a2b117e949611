import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './page.ts';
import {
  OFFER,
  PLAN,
  coins,
  deposit,
  lifecycle,
  network,
  purse,
  repairView,
  send,
  sendPlan,
  wallet,
  walletWith,
} from './recordings.ts';

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

test('repair: the plan beforehand, one tap, its stages, the result, which is put away', async ({
  staged,
  page,
}) => {
  const ill = coins(3, 2, 'fracked', 'c'.repeat(20) + 'r'.repeat(5));
  await staged.emit(network(), walletWith(ill, { repair: repairView({ plan: PLAN }) }), ready);
  const health = page.getByTestId('health');
  await expect(health).toContainText('2 coins can be repaired: 12 confirmations are missing.');
  await expect(health).toContainText('Only 12 servers still know this coin. 13 are needed.');
  await page.getByRole('button', { name: 'Repair', exact: true }).click();
  const { request } = await staged.posted('repair');
  await expect(page.getByRole('button', { name: 'Repair', exact: true })).toBeDisabled();
  await staged.emit({ kind: 'repairing', request, coins: 3 });

  const running = { stage: 'tickets', coins: 3, done: 0, total: 12 } as const;
  await staged.emit(walletWith(ill, { repair: repairView({ running }) }));
  const step = health.locator('[aria-current=step]');
  await expect(page.getByTestId('repair-running')).toBeFocused();
  await expect(step).toHaveText('Servers vouch for your coins');
  await expect(page.getByRole('button', { name: 'Repair', exact: true })).toHaveCount(0);
  const later = { ...running, stage: 'proving', done: 9 } as const;
  await staged.emit(walletWith(ill, { repair: repairView({ running: later }) }));
  await expect(step).toHaveText('Checking the result');
  await expect(health.getByRole('progressbar')).toHaveAccessibleName('9 of 12 put right');
  await expect(health.getByRole('status')).toContainText('Checking the result');

  const last = { repaired: 2, left: { ...PLAN, repairable: 0, cells: 0 } };
  await staged.emit(walletWith(ill, { repair: repairView({ last }) }));
  await expect(page.getByTestId('repair-result')).toContainText('2 coins repaired');
  await expect(page.getByTestId('repair-result')).toContainText('Only 12 servers');
  await expect(page.getByTestId('repair-result')).toBeFocused();
  await page.getByRole('button', { name: 'OK' }).click();
  await expect(page.getByTestId('repair-result')).toHaveCount(0);
  // The next view of the same state does not bring it back.
  await staged.emit(walletWith(ill, { repair: repairView({ last }) }));
  await expect(health).toContainText('3 coins need repair');
  await expect(page.getByTestId('repair-result')).toHaveCount(0);
});

test('health: the keyboard opens it, checks all coins and leaves', async ({ staged, page }) => {
  await staged.emit(network(), wallet(coins(3, 0)), ready);
  const details = page.getByRole('button', { name: 'Details' });
  await details.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Health', level: 2 }).last()).toBeFocused();
  const sheet = page.getByTestId('health-sheet');
  await expect(sheet.getByText('What the 25 shapes mean')).toBeVisible();
  await expect(sheet.getByText('AN', { exact: false }).last()).toBeHidden();
  await sheet.getByRole('button', { name: 'Check all coins' }).press('Enter');
  const { request } = await staged.posted('repair');
  await staged.emit({ kind: 'repairing', request, coins: 3 });
  const left = { repairable: 0, cells: 0, blocked: [] };
  await staged.emit(
    walletWith(coins(3, 0), { repair: repairView({ last: { repaired: 0, left } }) }),
  );
  await expect(sheet).toContainText('All servers agree. Nothing needed repair.');
  await page.keyboard.press('Escape');
  await expect(sheet).toBeHidden();
  await expect(details).toBeFocused();
});

test('another tab may look at the health, and change nothing', async ({ staged, page }) => {
  const view = walletWith(coins(3, 2, 'fracked', 'c'.repeat(20) + 'r'.repeat(5)), {
    repair: repairView({ plan: PLAN }),
    sends: [send()],
  });
  await staged.emit(network(), view, lifecycle('elsewhere', 'Close the other tab.'));
  await page.getByRole('button', { name: 'Details' }).click();
  await expect(page.getByTestId('health-sheet')).toBeVisible();
  await expect(page.getByTestId('send')).toBeVisible();
  for (const name of ['Repair', 'Check all coins', 'Send coins', 'Take back', /^Get the file/]) {
    await expect(page.getByRole('button', { name, exact: true })).toHaveCount(0);
  }
});

test('send: the keyboard alone, from the amount to the file', async ({ staged, page }) => {
  await staged.emit(network(), wallet(purse()), ready);
  await page.getByRole('button', { name: 'Send coins' }).focus();
  await page.keyboard.press('Enter');
  const amount = page.getByLabel('Amount');
  await expect(amount).toBeFocused();
  await page.keyboard.type('12.5');
  const create = page.getByRole('button', { name: /^Create file/ });
  await expect(create).toBeDisabled();
  // It is asked while somebody types; only what is there at the end counts.
  const first = await staged.posted('plan send');
  await staged.emit({
    kind: 'send planned',
    request: first.request,
    plan: sendPlan({ units: first.units }),
  });
  const last = await staged.posted('plan send');
  expect(last.units).toBe(1_250_000_000n);
  await staged.emit({ kind: 'send planned', request: last.request, plan: sendPlan() });
  await expect(page.getByTestId('send-sheet')).toContainText('Exactly, in 8 coins:');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'All' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Note for the other side')).toBeFocused();
  await page.keyboard.type('lunch');
  await page.keyboard.press('Enter');
  const sent = await staged.posted('send');
  expect(sent).toMatchObject({ units: 1_250_000_000n, memo: 'lunch' });
  const sends = [send({ state: 'ready' })];
  await staged.emit(walletWith(purse(), { sends }), {
    kind: 'sent',
    request: sent.request,
    send: 31,
  });
  await expect(page.getByRole('heading', { name: 'Ready to hand over' })).toBeFocused();

  const download = page.waitForEvent('download');
  await page.getByTestId('send-sheet').getByRole('button', { name: 'Save file' }).press('Enter');
  const { request } = await staged.posted('hand over');
  const name = "12.5 CloudCoin #8 'lunch'.bin";
  await staged.emit({ kind: 'handed over', request, name, bytes: new Uint8Array([1, 2, 3]) });
  const file = await download;
  expect(file.suggestedFilename()).toBe(name);
  expect([...(await readFile(await file.path()))]).toEqual([1, 2, 3]);
  await expect(page.getByTestId('send-sheet')).toContainText('Saved.');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('send-sheet')).toBeHidden();
});

test('send: shared where the system does, and saved where it then refuses', async ({
  staged,
  page,
}) => {
  await page.evaluate(() => {
    const shared: string[] = [];
    Object.assign(navigator, {
      canShare: () => true,
      share: ({ files = [] }: ShareData) => {
        shared.push(files.map(({ name }) => name).join());
        const name = shared.length === 1 ? 'AbortError' : 'NotAllowedError';
        return Promise.reject(new DOMException('', name));
      },
    });
    Object.assign(window, { shared });
  });
  await staged.emit(network(), walletWith(purse(), { sends: [send()] }), ready);
  const item = page.getByTestId('send');
  const handOver = async (already: number) => {
    await item.getByRole('button', { name: 'Share' }).click();
    await expect.poll(() => staged.countPosted('hand over')).toBe(already + 1);
    const { request } = await staged.posted('hand over');
    await staged.emit({
      kind: 'handed over',
      request,
      name: 'lunch.bin',
      bytes: new Uint8Array([7]),
    });
  };
  // Cancelled: nothing more happens.
  await handOver(0);
  await expect(item.getByRole('button', { name: 'Share' })).toBeEnabled();
  await expect(item.getByRole('status')).toHaveCount(0);
  const download = page.waitForEvent('download');
  await handOver(1);
  expect((await download).suggestedFilename()).toBe('lunch.bin');
  await expect(item).toContainText('This device does not share such files');
  expect(await page.evaluate(() => (window as { shared?: string[] }).shared)).toEqual([
    'lunch.bin',
    'lunch.bin',
  ]);
});

test('send: the nearest amounts are one tap away', async ({ staged, page }) => {
  await staged.emit(network(), wallet(purse()), ready);
  await page.getByRole('button', { name: 'Send coins' }).click();
  await page.getByLabel('Amount').fill('0.005');
  const { request } = await staged.posted('plan send');
  const [below, above] = [12n, 1_000_000n];
  const near = { units: 500_000n, exact: false, denominations: [], below, above };
  await staged.emit({ kind: 'send planned', request, plan: sendPlan(near) });
  await page.getByRole('button', { name: 'Send 0.01' }).click();
  await expect(page.getByLabel('Amount')).toHaveValue('0.01');
  await expect.poll(async () => (await staged.posted('plan send')).units).toBe(above);
});

test('taking back is asked first, and Escape leaves it', async ({ staged, page }) => {
  await staged.emit(network(), walletWith(purse(), { sends: [send()] }), ready);
  const item = page.getByTestId('send');
  await item.getByRole('button', { name: 'Take back' }).click();
  const sheet = page.getByRole('dialog', { name: 'Take these coins back?' });
  await expect(sheet.getByRole('heading')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(sheet).toBeHidden();
  expect(await staged.countPosted('take back')).toBe(0);

  await item.getByRole('button', { name: 'Take back' }).click();
  await sheet.getByRole('button', { name: 'Take back' }).click();
  const { request, send: id } = await staged.posted('take back');
  expect(id).toBe(31);
  await staged.emit({ kind: 'taking back', request });
  await staged.emit(walletWith(purse(), { sends: [send({ state: 'taking back' })] }));
  await expect(sheet).toBeHidden();
  await expect(item).toHaveAttribute('data-state', 'taking back');
  await expect(item.getByRole('button')).toHaveCount(0);
});

test('every target is as large as a thumb', async ({ staged, page }) => {
  const ill = coins(3, 2, 'fracked', 'c'.repeat(20) + 'r'.repeat(5));
  const view = walletWith([...purse(), ...ill], {
    repair: repairView({ plan: PLAN }),
    sends: [send(), send({ id: 32, state: 'ready' })],
  });
  await staged.emit(network(), view, ready);
  await expect(page.getByRole('button', { name: 'Repair', exact: true })).toBeVisible();
  expect(await staged.tooSmall()).toEqual([]);
  await page.getByRole('button', { name: 'Details' }).click();
  expect(await staged.tooSmall()).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Send coins' }).click();
  await page.getByLabel('Amount').fill('1,250');
  await expect(page.getByText('Which of the two do you mean?')).toBeVisible();
  expect(await staged.tooSmall()).toEqual([]);
});
