import type { Browser } from '@playwright/test';
import type { Control } from '../harness/control.ts';
import { answerDoor, createWallet, expectOpen, PASSPHRASE } from '../harness/door.ts';
import { expect, test } from '../harness/fixtures.ts';
import { restoreWallet, SafetyPage, type SavedFile } from '../harness/safety-page.ts';
import { openSettled, tokensOf, WalletPage } from '../harness/wallet-page.ts';

const ONCE = { tag: '@once' };
const PATIENT = { timeout: 90_000 };

/** Another device of the same person, restored from a backup of the first. */
async function restoreElsewhere(browser: Browser, address: string, file: SavedFile) {
  const context = await browser.newContext({ baseURL: address });
  const page = await context.newPage();
  await page.goto('/');
  await restoreWallet(page, { kind: 'backup', file, passphrase: PASSPHRASE });
  await expectOpen(page);
  await answerDoor(page);
  return new WalletPage(page);
}

async function receiveMore(wallet: WalletPage, control: Control) {
  const more = await control.issue({ dn: 1, count: 2 });
  await wallet.receive('more.bin', more);
  await expect(wallet.settling).toContainText('2 coins', PATIENT);
  await wallet.settle();
  return tokensOf(more);
}

test(
  'coins that a second device has moved are noticed on the first one, and said',
  ONCE,
  async ({ page, browser, control, stack }) => {
    test.setTimeout(240_000);
    const { wallet, tokens } = await openSettled(page, control, { dn: 0, count: 3 });
    const safety = new SafetyPage(page);
    const backup = await safety.makeBackup();
    await safety.close();
    const more = await receiveMore(wallet, control);
    await expect(wallet.balance).toHaveText('23');

    const other = await restoreElsewhere(browser, stack.address, backup);
    await other.expectSettling(3, 60_000);
    await other.expectMoved(control, tokens);

    // Nobody taps anything: opening the wallet is enough.
    await page.reload();
    await expect(wallet.balance).toHaveText('20', PATIENT);
    for (const token of tokens) {
      await expect(wallet.coin(token)).toHaveAttribute('data-state', 'moved', PATIENT);
    }
    await expect(page.getByText('Moved on another device').first()).toBeVisible();
    await wallet.expectWhole(control, more);
    await other.page.context().close();
  },
);

test(
  'coins that the first device has sent on are noticed on the second one',
  ONCE,
  async ({ page, browser, control, stack }) => {
    test.setTimeout(240_000);
    const { wallet } = await openSettled(page, control, { dn: 0, count: 2 });
    const safety = new SafetyPage(page);
    const backup = await safety.makeBackup();
    await safety.close();

    // A third browser takes what the first one sends; then the old backup is restored.
    const sent = await wallet.sendFile('2');
    const context = await browser.newContext({ baseURL: stack.address });
    const friend = await context.newPage();
    await friend.goto('/');
    await createWallet(friend);
    const taken = new WalletPage(friend);
    await taken.receive(sent.name, sent.bytes);
    await taken.expectSettling(2, 60_000);

    const other = await restoreElsewhere(browser, stack.address, backup);
    await expect(other.page.getByTestId('restore-report').first()).toContainText(
      '2 coins could not be found',
      PATIENT,
    );
    await expect(other.balance).toHaveText('0');
    await taken.expectMoved(control, tokensOf(sent.bytes));
    await other.page.context().close();
    await context.close();
  },
);
