import type { Locator, Page } from '@playwright/test';
import { expect, type StagedPage } from './page.ts';
import { lifecycle, network, vault, wallet } from './recordings.ts';

/** What several tests of the vault do first. */

export const SECTIONS = [
  '24 words',
  'List of coins',
  'Backup file',
  'Restore',
  'Lock',
  'This browser',
] as const;

export async function makeWallet(staged: StagedPage): Promise<void> {
  const { page } = staged;
  await staged.emit(network(), lifecycle('new'));
  await page.getByLabel('Passphrase', { exact: true }).fill('three green boats sing');
  await page.getByLabel('Repeat passphrase').fill('three green boats sing');
  await page.getByRole('button', { name: 'Create wallet' }).click();
  const { request } = await staged.posted('create');
  await staged.emit({ kind: 'opened', request, restore: null });
  await staged.emit(lifecycle('ready'), vault(), wallet([]));
}

export async function openSafety(page: Page, section: (typeof SECTIONS)[number]): Promise<Locator> {
  await page.getByRole('button', { name: /^Safety/ }).click();
  const sheet = page.getByTestId('safety-sheet');
  await sheet.getByRole('button', { name: new RegExp(`^${section}`) }).click();
  await expect(sheet.getByRole('heading', { name: section, level: 2 })).toBeFocused();
  return sheet;
}

export const NOTHING_FOUND = {
  found: { coins: 0, units: 0n },
  missing: [],
  waiting: { coins: 2, units: 200_000_000n },
};
