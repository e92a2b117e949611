import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';
import { PASSPHRASE } from './door.ts';

export interface SavedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** What keeps the wallet safe, as a person finds it behind the button "Safety". */
export class SafetyPage {
  readonly page: Page;
  readonly sheet: Locator;

  constructor(page: Page) {
    this.page = page;
    this.sheet = page.getByTestId('safety-sheet');
  }

  /** `section`: as in the test ids of the menu. */
  async open(section: string): Promise<void> {
    await this.page.getByRole('button', { name: /^Safety/ }).click();
    await this.page.getByTestId(`safety-${section}`).click();
  }

  async close(): Promise<void> {
    await this.sheet.getByRole('button', { name: 'Close' }).click();
    await expect(this.sheet).toBeHidden();
  }

  /** Reads the words, writes them down, and shows that they are written down. */
  async writeWords(): Promise<string[]> {
    await this.open('words');
    await this.sheet.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await this.button('Show 24 words').click();
    const shown = this.page.getByTestId('words').locator('.word');
    await expect(shown).toHaveCount(24);
    const words = await shown.allTextContents();
    await this.button('I have written them down').click();
    for (const label of await this.sheet.locator('label').allTextContents()) {
      const number = Number(/\d+/.exec(label)?.[0]);
      await this.sheet.getByLabel(label, { exact: true }).fill(words[number - 1]!);
    }
    await this.button('Check').click();
    await expect(this.sheet.getByText('Your words are written down')).toBeVisible();
    await this.close();
    return words;
  }

  /** The list of coins as text. */
  async listCoins(): Promise<string> {
    await this.open('list');
    await this.button('Show the list').click();
    const text = await this.sheet.getByLabel('The list as text').inputValue();
    await this.close();
    return text;
  }

  /** Makes a backup and leaves the page of backups open. */
  async makeBackup(passphrase = PASSPHRASE): Promise<SavedFile> {
    await this.open('backup');
    await this.sheet.getByLabel('Passphrase', { exact: true }).fill(passphrase);
    return this.save(this.button('Make a backup file'));
  }

  async save(button: Locator): Promise<SavedFile> {
    const download = this.page.waitForEvent('download');
    await button.click();
    const file = await download;
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  }

  async lock(): Promise<void> {
    await this.open('lock');
    await this.button('Lock now').click();
    await expect(this.unlock).toBeVisible();
  }

  get unlock(): Locator {
    return this.page.getByRole('button', { name: 'Unlock', exact: true });
  }

  button(name: string): Locator {
    return this.sheet.getByRole('button', { name, exact: true });
  }
}

/** What a new browser restores from. */
export type Source =
  | { readonly kind: 'words'; readonly words: readonly string[]; readonly list: string }
  | { readonly kind: 'backup'; readonly file: SavedFile; readonly passphrase: string };

/** Fills in what to restore from; where: the door of a new browser, or the page of an open wallet. */
export async function fillSource(where: Locator, source: Source): Promise<void> {
  if (source.kind === 'words') {
    await where.getByLabel('Your 24 words').fill(source.words.join(' '));
    await where.getByLabel('Your list of coins').fill(source.list);
    return;
  }
  await where.getByText('Backup file', { exact: true }).first().click();
  await where.getByLabel('Choose backup file').setInputFiles({
    name: source.file.name,
    mimeType: 'application/octet-stream',
    buffer: source.file.bytes,
  });
  await where.getByLabel('Passphrase of the backup').fill(source.passphrase);
}

/** In a browser that has no wallet yet. */
export async function restoreWallet(page: Page, source: Source): Promise<void> {
  await page.getByRole('button', { name: 'I have a wallet already' }).click();
  const main = page.locator('main');
  await fillSource(main, source);
  if (source.kind === 'words') {
    await main.getByLabel('New passphrase', { exact: true }).fill(PASSPHRASE);
    await main.getByLabel('Repeat new passphrase').fill(PASSPHRASE);
  }
  await main.getByRole('button', { name: 'Restore wallet' }).click();
}
