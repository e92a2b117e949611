import type { Page } from '@playwright/test';
import { expect } from '@playwright/test';

/** What all wallets of the tests are locked with, unless a test is about it. */
export const PASSPHRASE = 'quiet otter paints nine doors';

/** Makes the wallet, with this passphrase, as the first page of a new browser asks for it. */
export async function createWallet(page: Page, passphrase = PASSPHRASE): Promise<void> {
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await page.getByLabel('Repeat passphrase').fill(passphrase);
  await page.getByRole('button', { name: 'Create wallet' }).click();
}

export async function unlockWallet(page: Page, passphrase = PASSPHRASE): Promise<void> {
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await page.getByRole('button', { name: 'Unlock', exact: true }).click();
}

/**
 * Whenever the page asks for a passphrase, it is given: for tests that are about something else. It
 * happens before the next thing that a test does with the page or expects of it.
 */
export async function answerDoor(page: Page): Promise<void> {
  const main = page.locator('main');
  const door = (name: string) => main.locator('form', { has: page.getByRole('button', { name }) });
  await page.addLocatorHandler(door('Create wallet'), async () => {
    await createWallet(page);
    await page.getByRole('button', { name: 'Later', exact: true }).click();
  });
  await page.addLocatorHandler(door('Unlock'), () => unlockWallet(page));
}

/** Until the wallet is open. */
export async function expectOpen(page: Page): Promise<void> {
  await expect(page.getByTestId('balance')).toBeVisible();
}
