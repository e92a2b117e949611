import type { Page } from '@playwright/test';
import { createWallet, expectOpen, PASSPHRASE, unlockWallet } from '../harness/door.ts';
import { expect, test } from '../harness/fixtures.ts';
import { passTime } from '../harness/later.ts';
import { SafetyPage } from '../harness/safety-page.ts';
import { tokensOf, WalletPage } from '../harness/wallet-page.ts';

const ONCE = { tag: '@once' };

/** Everything that a page and its worker hold in storage, as one text. */
function readStorage(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const found: string[] = [];
    const text = (bytes: Uint8Array) =>
      Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name!));
      for (const store of database.objectStoreNames) {
        const values = await done(database.transaction(store).objectStore(store).getAll());
        for (const value of values)
          found.push(value instanceof Uint8Array ? text(value) : String(value));
      }
      database.close();
    }
    const folder = await (
      await navigator.storage.getDirectory()
    ).getDirectoryHandle('raida-wallet');
    for await (const handle of folder.values()) {
      const file = await (handle as FileSystemFileHandle).getFile();
      found.push(text(new Uint8Array(await file.arrayBuffer())));
    }
    return found.join('\n');
  });
}

test('locked: nothing is shown, nothing is kept in the clear, and the passphrase opens it', async ({
  persistentBrowser,
  control,
}) => {
  const page = await persistentBrowser.visit();
  await createWallet(page);
  const file = await control.issue({ dn: 1, count: 2 });
  const wallet = new WalletPage(page);
  await wallet.receive('gift.bin', file);
  await wallet.expectSettling(2);
  const safety = new SafetyPage(page);
  await safety.lock();
  await expect(page.getByTestId('balance')).toHaveCount(0);
  await expect(page.getByTestId('coin')).toHaveCount(0);
  const stored = await readStorage(page);
  const secrets = tokensOf(file).flatMap(({ ans }) => ans);
  expect(stored.length).toBeGreaterThan(1_000);
  for (const secret of secrets) expect(stored).not.toContain(String.fromCharCode(...secret));

  await unlockWallet(page, 'quiet otter paints nine door');
  await expect(page.getByRole('alert').filter({ hasText: /passphrase/i })).toBeVisible();
  await unlockWallet(page);
  await wallet.expectSettling(2);

  await persistentBrowser.kill();
  const again = await persistentBrowser.visit();
  await expect(again.getByTestId('balance')).toHaveCount(0);
  // A wrong passphrase changes nothing, however often.
  for (let i = 0; i < 3; i++) {
    await unlockWallet(again, `wrong ${i} and long enough`);
    await expect(again.getByRole('alert').filter({ hasText: /passphrase/i })).toBeVisible();
  }
  await unlockWallet(again);
  const opened = new WalletPage(again);
  await opened.expectSettling(2);
  await opened.expectMoved(control, tokensOf(file));
});

test('a lock waits for a deposit that is under way', ONCE, async ({ context, control }) => {
  const page = await context.newPage();
  await page.goto('/');
  await createWallet(page);
  await expectOpen(page);
  await control.setFaults('all', { delayMs: [150, 250] });
  const file = await control.issue({ dn: 0, count: 2 });
  const wallet = new WalletPage(page);
  await wallet.receive('gift.bin', file);
  await expect(wallet.deposits.first()).toHaveAttribute('data-stage', 'moving');
  await new SafetyPage(page).lock();
  await expect(page.getByText('Locks when what is under way is finished')).toBeVisible();
  await expect(page.getByTestId('coin')).toHaveCount(0);
  // It ends with a worker that knows nothing; all coins are on all servers by then.
  await expect(page.getByText('Locks when what is under way')).toHaveCount(0, { timeout: 40_000 });
  await expect(new SafetyPage(page).unlock).toBeVisible();
  await wallet.expectMoved(control, tokensOf(file));
});

test(
  'a lock that is not wanted any more: unlocked in the middle of it',
  ONCE,
  async ({ context, control }) => {
    const page = await context.newPage();
    await page.goto('/');
    await createWallet(page);
    await expectOpen(page);
    await control.setFaults('all', { delayMs: [150, 250] });
    const file = await control.issue({ dn: 0, count: 2 });
    const wallet = new WalletPage(page);
    await wallet.receive('gift.bin', file);
    await new SafetyPage(page).lock();
    await unlockWallet(page);
    await wallet.expectSettling(2, 45_000);
    await wallet.expectMoved(control, tokensOf(file));
  },
);

test('locks itself when nobody touches it', ONCE, async ({ context }) => {
  const page = await context.newPage();
  await page.goto('/');
  await createWallet(page);
  const safety = new SafetyPage(page);
  await safety.open('lock');
  await safety.sheet.getByLabel('Lock by itself').selectOption('5');
  await expect(safety.sheet.getByLabel('Lock by itself')).toHaveValue('5');
  await safety.close();
  await expectOpen(page);
  // More than six minutes.
  await passTime(page);
  await expect(safety.unlock).toBeVisible();
  await unlockWallet(page);
  await expectOpen(page);

  await safety.open('lock');
  await safety.sheet.getByLabel('Lock by itself').selectOption('0');
  await expect(safety.sheet.getByLabel('Lock by itself')).toHaveValue('0');
  await safety.close();
  await passTime(page);
  await passTime(page);
  // The worker looks at the time at once when the page is looked at again, and then answers.
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  expect(await safety.listCoins()).toContain('RAIDA-COINS');
  await expectOpen(page);
});

test(
  'another passphrase: the old one opens nothing any more',
  ONCE,
  async ({ persistentBrowser }) => {
    const other = 'seven green kettles hum';
    const page = await persistentBrowser.visit();
    await createWallet(page);
    const safety = new SafetyPage(page);
    await safety.open('lock');
    await safety.sheet.getByText('Change passphrase').first().click();
    await safety.sheet.getByLabel('Passphrase until now').fill(PASSPHRASE);
    await safety.sheet.getByLabel('New passphrase', { exact: true }).fill(other);
    await safety.sheet.getByLabel('Repeat new passphrase').fill(other);
    await safety.button('Change passphrase').click();
    await expect(safety.sheet.getByText(/^Changed/)).toBeVisible();
    await persistentBrowser.kill();

    const again = await persistentBrowser.visit();
    await unlockWallet(again);
    await expect(again.getByRole('alert').filter({ hasText: /passphrase/i })).toBeVisible();
    await unlockWallet(again, other);
    await expectOpen(again);
  },
);

test('a passkey opens the wallet, until it is removed', ONCE, async ({ context, stack }) => {
  const page = await context.newPage();
  // Passkeys belong to names, not to numbers.
  const address = stack.address.replace('127.0.0.1', 'localhost');
  const session = await context.newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf: true,
      isUserVerified: true,
    },
  });
  await page.goto(address);
  await createWallet(page);
  const safety = new SafetyPage(page);
  await safety.open('lock');
  await safety.sheet.getByText('Add a passkey').first().click();
  await safety.sheet.getByLabel('Passphrase', { exact: true }).last().fill(PASSPHRASE);
  await safety.button('Add a passkey').click();
  await expect(safety.sheet.getByTestId('passkey')).toHaveCount(1);
  await safety.button('Lock now').click();
  await page.getByRole('button', { name: 'Unlock with a passkey' }).click();
  await expectOpen(page);

  await page.reload();
  await page.getByRole('button', { name: 'Unlock with a passkey' }).click();
  await expectOpen(page);
  await safety.open('lock');
  await safety.sheet.getByRole('button', { name: /^Remove the passkey/ }).click();
  await expect(safety.sheet.getByTestId('passkey')).toHaveCount(0);
  await safety.button('Lock now').click();
  await expect(safety.unlock).toBeVisible();
  await expect(page.getByRole('button', { name: 'Unlock with a passkey' })).toHaveCount(0);
  await unlockWallet(page);
  await expectOpen(page);
});
