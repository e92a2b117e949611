import { randomBytes } from 'node:crypto';
import type { BrowserContext, Page } from '@playwright/test';
import type { Control } from '../harness/control.ts';
import { answerDoor, createWallet, expectOpen, PASSPHRASE, unlockWallet } from '../harness/door.ts';
import { expect, test } from '../harness/fixtures.ts';
import { passTime } from '../harness/later.ts';
import { fillSource, restoreWallet, SafetyPage } from '../harness/safety-page.ts';
import { tokensOf, WalletPage } from '../harness/wallet-page.ts';

const ONCE = { tag: '@once' };
const PATIENT = { timeout: 90_000 };

/** What a phone does when it runs out of room, or a person who "clears site data". */
async function clearStorage(page: Page, storageTypes = 'all'): Promise<void> {
  const origin = new URL(page.url()).origin;
  const session = await page.context().newCDPSession(page);
  await page.goto('about:blank');
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes });
  await page.goto(`${origin}/`);
}

/** 40 coins of 10 that have settled; some of them had to be healed at 3 servers. */
async function receiveAndHeal(wallet: WalletPage, control: Control) {
  const file = await control.issue({ dn: 1, count: 40 });
  const tokens = tokensOf(file);
  await wallet.receive('gift.bin', file);
  await wallet.expectSettling(40);
  for (const token of tokens.slice(0, 4)) {
    for (const node of [3, 9, 20]) {
      await control.write(node, token, randomBytes(16).toString('hex'));
    }
  }
  await wallet.settle();
  await expect(wallet.health).toContainText('4 coins need repair');
  await wallet.repair();
  await expect(wallet.page.getByTestId('repair-result')).toContainText('4 coins repaired', PATIENT);
  await wallet.expectWhole(control, tokens);
  return tokens;
}

/** A page that nobody answers for when it asks for a passphrase. */
async function newWallet(context: BrowserContext): Promise<WalletPage> {
  const page = await context.newPage();
  await page.goto('/');
  await createWallet(page);
  await expectOpen(page);
  return new WalletPage(page);
}

test(
  '40 coins, some of them healed, come back from 24 words and the list of coins',
  ONCE,
  async ({ context, control }) => {
    test.setTimeout(240_000);
    const wallet = await newWallet(context);
    const { page } = wallet;
    const tokens = await receiveAndHeal(wallet, control);
    const safety = new SafetyPage(page);
    const words = await safety.writeWords();
    const list = await safety.listCoins();
    expect(list.length).toBeLessThan(1_000);

    await clearStorage(page);
    await restoreWallet(page, { kind: 'words', words, list });
    await expect(page.getByTestId('restore-report')).toContainText('40 coins found', PATIENT);
    await wallet.expectSettling(40, 90_000);
    await wallet.expectMoved(control, tokens);
    await passTime(page);
    await expect(wallet.balance).toHaveText('400', PATIENT);
    await wallet.expectWhole(control, tokens);

    // The same words and a list of today bring them back again: no counter was used twice.
    const next = new SafetyPage(page);
    expect(await next.writeWords()).toEqual(words);
  },
);

test(
  'a backup file brings everything back, also what has not settled',
  ONCE,
  async ({ context, control }) => {
    test.setTimeout(180_000);
    const file = await control.issue({ dn: 0, count: 12 });
    const wallet = await newWallet(context);
    const { page } = wallet;
    await wallet.receive('gift.bin', file);
    await wallet.expectSettling(12);
    const safety = new SafetyPage(page);
    const backup = await safety.makeBackup();
    expect(backup.name).toMatch(/\.age$/);
    expect(backup.bytes.subarray(0, 21).toString()).toBe('age-encryption.org/v1');
    const state = page.getByTestId('backup-state');
    await expect(state).toContainText('Not tested yet');
    await safety.sheet.getByLabel('Test it now').setInputFiles({
      name: backup.name,
      mimeType: 'application/octet-stream',
      buffer: backup.bytes.subarray(0, backup.bytes.length - 5),
    });
    await expect(safety.sheet.getByRole('alert').filter({ hasText: /damaged|cut/i })).toBeVisible();
    await expect(state).toContainText('Not tested yet');
    await safety.sheet.getByLabel('Test it now').setInputFiles({
      name: backup.name,
      mimeType: 'application/octet-stream',
      buffer: backup.bytes,
    });
    await expect(state).toContainText('Verified');
    await safety.close();

    await clearStorage(page);
    await page.getByRole('button', { name: 'I have a wallet already' }).click();
    const main = page.locator('main');
    await fillSource(main, { kind: 'backup', file: backup, passphrase: 'not that one' });
    await main.getByRole('button', { name: 'Restore wallet' }).click();
    await expect(main.getByRole('alert').filter({ hasText: /passphrase/i })).toBeVisible();
    await main.getByLabel('Passphrase of the backup').fill(PASSPHRASE);
    await main.getByRole('button', { name: 'Restore wallet' }).click();
    await expect(page.getByTestId('restore-report')).toContainText('12 coins found', PATIENT);
    await wallet.expectSettling(12, 60_000);
    await wallet.expectMoved(control, tokensOf(file));
  },
);

test(
  'newer coins are counted, and a backup is merged into a wallet that has others',
  ONCE,
  async ({ page, browser, control, stack }) => {
    test.setTimeout(180_000);
    const [one, other] = [
      await control.issue({ dn: 0, count: 3 }),
      await control.issue({ dn: 1, count: 2 }),
    ];
    await page.goto('/');
    const wallet = new WalletPage(page);
    await wallet.receive('one.bin', one);
    await wallet.expectSettling(3);
    const safety = new SafetyPage(page);
    await expect(page.getByTestId('safety')).toHaveAttribute('data-newer', '3');
    const backup = await safety.makeBackup();
    await safety.close();
    await expect(page.getByTestId('safety')).toHaveAttribute('data-newer', '0');
    await wallet.receive('other.bin', other);
    await expect(page.getByTestId('safety')).toHaveAttribute('data-newer', '2');

    const context = await browser.newContext({ baseURL: stack.address });
    const second = await context.newPage();
    await answerDoor(second);
    await second.goto('/');
    const there = new WalletPage(second);
    const own = await control.issue({ dn: 2, count: 1 });
    await there.receive('own.bin', own);
    await there.expectSettling(1);
    const secondSafety = new SafetyPage(second);
    await secondSafety.open('restore');
    await fillSource(secondSafety.sheet, { kind: 'backup', file: backup, passphrase: PASSPHRASE });
    await secondSafety.button('Restore').click();
    await expect(second.getByTestId('restore-report').first()).toContainText(
      '3 coins found',
      PATIENT,
    );
    await there.expectMoved(control, [...tokensOf(own), ...tokensOf(one)]);
    await context.close();
  },
);

test(
  'the browser throws the database away: the second copy brings everything back',
  ONCE,
  async ({ persistentBrowser, control }) => {
    const page = await persistentBrowser.visit();
    await createWallet(page);
    const file = await control.issue({ dn: 1, count: 4 });
    const wallet = new WalletPage(page);
    await wallet.receive('gift.bin', file);
    await wallet.expectSettling(4);
    await clearStorage(page, 'indexeddb');
    await unlockWallet(page);
    await expectOpen(page);
    await expect(page.getByText(/had been lost by this browser/)).toBeVisible();
    await wallet.expectSettling(4);
    await persistentBrowser.kill();
    const again = new WalletPage(await persistentBrowser.open());
    await again.expectSettling(4);
    await again.expectMoved(control, tokensOf(file));
  },
);

test(
  'a mistyped word, a list that is cut off: said, and nothing is made',
  ONCE,
  async ({ context }) => {
    const { page } = await newWallet(context);
    const safety = new SafetyPage(page);
    const words = await safety.writeWords();
    const list = await safety.listCoins();
    await clearStorage(page);
    const swapped = [words[1]!, words[0]!, ...words.slice(2)];
    await restoreWallet(page, { kind: 'words', words: swapped, list });
    const main = page.locator('main');
    const alert = main.getByRole('alert').filter({ hasText: /word/i });
    if (words[0] !== words[1]) await expect(alert).toContainText(/wrong|swapped/);
    await main.getByLabel('Your 24 words').fill([...words.slice(0, 23), 'raida'].join(' '));
    await main.getByRole('button', { name: 'Restore wallet' }).click();
    await expect(alert).toContainText('24');
    await main.getByLabel('Your 24 words').fill(words.join(' '));
    await main.getByLabel('Your list of coins').fill(list.slice(0, -4));
    await main.getByRole('button', { name: 'Restore wallet' }).click();
    await expect(main.getByRole('alert').filter({ hasText: /list/i })).toBeVisible();
    await page.reload();
    await expect(page.getByRole('button', { name: 'Create wallet' })).toBeVisible();
  },
);
