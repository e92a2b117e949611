import type { Page } from '@playwright/test';
import { PASSPHRASE, unlockWallet } from '../harness/door.ts';
import { expect, test } from '../harness/fixtures.ts';
import { beginSlowDeposit, WalletPage } from '../harness/wallet-page.ts';

/** The second tab shows what the first one does, and cannot do anything itself. */
async function expectReadOnly(second: Page): Promise<void> {
  await expect(second.getByText('open in another tab').first()).toBeVisible();
  await expect(second.getByTestId('deposit').first()).toBeVisible();
  await expect(second.locator('input[type=file]')).toHaveCount(0);
}

async function useHere(page: Page, passphrase = PASSPHRASE): Promise<void> {
  await page.getByRole('button', { name: 'Use it here' }).click();
  const sheet = page.getByTestId('use-here');
  await sheet.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await sheet.getByRole('button', { name: 'Unlock', exact: true }).click();
}

test('a second tab shows what the first one does, and goes on when that is closed', async ({
  context,
  page,
  control,
}) => {
  const { wallet: first, tokens } = await beginSlowDeposit(page, control);
  const second = await context.newPage();
  await second.goto('/');
  await expectReadOnly(second);
  await expect(first.deposits.first()).toHaveAttribute('data-stage', 'moving');
  await expect(second.getByTestId('deposit').first()).toHaveAttribute('data-stage', 'moving');

  await page.close();
  // Nobody has the wallet now: it asks for the passphrase, and shows nothing before.
  await expect(second.getByRole('button', { name: 'Unlock', exact: true })).toBeVisible();
  await expect(second.getByTestId('deposit')).toHaveCount(0);
  await unlockWallet(second);
  const heir = new WalletPage(second);
  await heir.expectSettling(2, 45_000);
  await heir.expectMoved(control, tokens);
});

test('a second tab takes over in the middle of a deposit, and the first one only shows it', async ({
  context,
  page,
  control,
}) => {
  const { wallet: first, tokens } = await beginSlowDeposit(page, control);
  const second = await context.newPage();
  await second.goto('/');
  await expectReadOnly(second);
  await useHere(second, 'not the passphrase');
  const sheet = second.getByTestId('use-here');
  await expect(sheet.getByRole('alert').first()).toContainText('passphrase');
  // The first one has lost nothing by that.
  await expect(first.deposits.first()).toHaveAttribute('data-stage', 'moving');

  await sheet.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await sheet.getByRole('button', { name: 'Unlock', exact: true }).click();
  const heir = new WalletPage(second);
  await expect(second.locator('input[type=file]')).toHaveCount(1);
  await expectReadOnly(page);
  await heir.expectSettling(2, 45_000);
  await expect(first.settling).toContainText('2 coins');
  await heir.expectMoved(control, tokens);
});

test('a tab that does not answer loses the wallet, and cannot write when it wakes up', async ({
  context,
  page,
  control,
}) => {
  const { tokens } = await beginSlowDeposit(page, control);
  const second = await context.newPage();
  await second.goto('/');
  await expectReadOnly(second);

  // Its worker stands still, like that of a tab which the phone has frozen.
  const [worker] = page.workers();
  const frozen = worker!.evaluate(() => {
    const until = Date.now() + 12_000;
    while (Date.now() < until);
  });
  await useHere(second);
  const heir = new WalletPage(second);
  await expect(second.locator('input[type=file]')).toHaveCount(1, { timeout: 30_000 });
  await frozen;
  await expectReadOnly(page);
  await heir.expectSettling(2, 45_000);
  await heir.expectMoved(control, tokens);
});

test('both tabs accept coins: only the one that has the wallet can', async ({
  context,
  page,
  control,
}) => {
  const file = await control.issue({ dn: 0, count: 3 });
  const { tokens } = await beginSlowDeposit(page, control);
  const first = new WalletPage(page);
  await first.choose({ name: 'more.bin', bytes: file });
  const second = await context.newPage();
  await second.goto('/');
  await expectReadOnly(second);
  await useHere(second);
  const heir = new WalletPage(second);
  await heir.choose({ name: 'more.bin', bytes: file });
  await heir.accept();
  // What the first one had offered is not there any more; it shows what the second one does.
  await expectReadOnly(page);
  await expect(heir.settling).toContainText('5 coins', { timeout: 45_000 });
  await expect(first.settling).toContainText('5 coins');
  await heir.expectMoved(control, tokens);
});
