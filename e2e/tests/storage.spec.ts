import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encodeEntry } from '@raida-wallet/web/wallet/journal';
import { snapshot } from '@raida-wallet/web/wallet/snapshot';
import type { CDPSession, Page } from '@playwright/test';
import { createWallet, expectOpen, PASSPHRASE, unlockWallet } from '../harness/door.ts';
import { expect, test } from '../harness/fixtures.ts';
import { countRequests, tokensOf, WalletPage } from '../harness/wallet-page.ts';

const ONCE = { tag: '@once' };
const REPO = join(import.meta.dirname, '../..');

/** How many bytes the page may store; without a number, as many as the device has. */
async function setQuota(session: CDPSession, origin: string, quotaSize?: number): Promise<void> {
  const quota = quotaSize === undefined ? {} : { quotaSize };
  await session.send('Storage.overrideQuotaForOrigin', { origin, ...quota });
}

test(
  'no room left in the middle of a deposit: it stops, says so, and goes on',
  ONCE,
  async ({ context, page, control, stack }) => {
    test.setTimeout(150_000);
    // The file fits in, and the secrets that are proposed for its coins do not.
    const file = await control.issue({ dn: 0, count: 600 });
    const session = await context.newCDPSession(page);
    await setQuota(session, stack.address, 60_000 + Math.ceil(1.3 * file.length));
    await page.goto('/');
    const wallet = new WalletPage(page);
    await wallet.receive('gift.bin', file);
    await expect(page.getByText('There is no room left on this device')).toBeVisible();
    await expect(page.locator('input[type=file]')).toHaveCount(0);
    // Nothing is told to any server that could not be written down.
    const powns = await quiet(() => countRequests(control, 'pown'));
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByText('There is no room left on this device')).toBeVisible();
    expect(await quiet(() => countRequests(control, 'pown'))).toBe(powns);
    const held = await control.read(tokensOf(file));
    expect(held.flat()).toEqual(
      tokensOf(file).flatMap(({ ans }) => ans.map((an) => Buffer.from(an).toString('hex'))),
    );

    await setQuota(session, stack.address);
    await page.getByRole('button', { name: 'Try again' }).click();
    await wallet.expectSettling(600, 90_000);
    await wallet.expectMoved(control, tokensOf(file));
  },
);

/** The count once it has stopped growing: what was on its way has arrived. */
async function quiet(count: () => Promise<number>): Promise<number> {
  let last = -1;
  await expect
    .poll(
      async () => {
        const [before, now] = [last, await count()];
        last = now;
        return now === before;
      },
      { intervals: [1_000] },
    )
    .toBe(true);
  return last;
}

test(
  'an update in the middle of a deposit: the new version goes on, the old one lets go',
  ONCE,
  async ({ context, control, stack }) => {
    test.setTimeout(180_000);
    const folder = await mkdtemp(join(tmpdir(), 'raida-update-'));
    try {
      // The next version: other names of its parts, and a newer schema of the database.
      await promisify(execFile)(
        'npx',
        ['vite', 'build', '--outDir', folder, '--logLevel', 'warn'],
        {
          cwd: REPO,
          env: { ...process.env, VITE_SCHEMA_VERSION: '3' },
        },
      );
      const old = await context.newPage();
      await old.goto('/');
      await createWallet(old);
      await expectOpen(old);
      const file = await control.issue({ dn: 0, count: 2 });
      await control.setFaults('all', { delayMs: [150, 250] });
      await new WalletPage(old).receive('gift.bin', file);
      await stack.deploy(folder);

      const page = await context.newPage();
      await page.goto('/');
      await expect(old.getByText('newer version of this page').first()).toBeVisible();
      await expect(old.getByTestId('coin')).toHaveCount(0);
      await unlockWallet(page);
      const wallet = new WalletPage(page);
      await wallet.expectSettling(2, 60_000);
      await wallet.expectMoved(control, tokensOf(file));

      await old.getByRole('button', { name: 'Reload' }).click();
      await expect(old.getByText('open in another tab').first()).toBeVisible();
      await expect(old.getByTestId('settling')).toContainText('2 coins');

      // And back: the older version leaves what it does not know alone.
      await stack.deploy(null);
      await page.close();
      await old.reload();
      await expect(old.getByText(/newer version of this page has written it/)).toBeVisible();
      await stack.deploy(folder);
      await old.reload();
      await unlockWallet(old);
      await expect(old.getByTestId('settling')).toContainText('2 coins');
    } finally {
      await stack.deploy(null);
      await rm(folder, { recursive: true, force: true });
    }
  },
);

/** The database as the version before the vault had it: entries in the clear. */
async function leavePlain(page: Page, entries: readonly Uint8Array[]): Promise<void> {
  const texts = entries.map((entry) => Buffer.from(entry).toString('base64'));
  await page.evaluate(async (encoded) => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('raida-wallet', 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore('pages', { autoIncrement: true });
        request.result.createObjectStore('journal', { autoIncrement: true });
        request.result.createObjectStore('meta');
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error!);
    });
    const transaction = database.transaction(['pages', 'meta'], 'readwrite');
    for (const text of encoded) {
      const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
      transaction.objectStore('pages').add(bytes);
    }
    transaction.objectStore('meta').put(7, 'epoch');
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    database.close();
  }, texts);
}

test(
  'a wallet of the version before the vault is encrypted, and goes on',
  ONCE,
  async ({ browser, context, control, stack }) => {
    // What such a wallet held.
    const first = await context.newPage();
    await first.goto('/');
    await createWallet(first);
    const wallet = new WalletPage(first);
    const file = await control.issue({ dn: 1, count: 3 });
    await wallet.receive('gift.bin', file);
    await wallet.expectSettling(3);
    const entries = snapshot(await wallet.storedLedger()).map(encodeEntry);

    const other = await browser.newContext({ baseURL: stack.address });
    const page = await other.newPage();
    // A page of the same origin that is not the wallet.
    await page.goto('/network.json');
    await leavePlain(page, entries);
    await page.goto('/');
    await expect(page.getByText('Choose a passphrase').first()).toBeVisible();
    await expect(page.getByTestId('coin')).toHaveCount(0);
    await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await page.getByLabel('Repeat passphrase').fill(PASSPHRASE);
    await page.getByRole('button', { name: 'Encrypt my coins' }).click();
    const encrypted = new WalletPage(page);
    await encrypted.expectSettling(3);
    await encrypted.expectMoved(control, tokensOf(file));
    const plain = await page.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open('raida-wallet');
        request.onsuccess = () => resolve(request.result);
      });
      const counts = await Promise.all(
        ['pages', 'journal'].map(
          (name) =>
            new Promise<number>((resolve) => {
              const request = database.transaction(name).objectStore(name).count();
              request.onsuccess = () => resolve(request.result);
            }),
        ),
      );
      database.close();
      return counts;
    });
    expect(plain).toEqual([0, 0]);
    await page.reload();
    await unlockWallet(page);
    await encrypted.expectSettling(3);
    await other.close();
  },
);

test(
  'an older version is still open in another tab: said, and waited for',
  ONCE,
  async ({ context }) => {
    const old = await context.newPage();
    await old.goto('/network.json');
    await leavePlain(old, []);
    // It holds its connection and knows nothing of newer versions.
    await old.evaluate(
      () =>
        new Promise((resolve) => {
          const request = indexedDB.open('raida-wallet', 1);
          request.onsuccess = () => {
            Object.assign(window, { held: request.result });
            resolve(null);
          };
        }),
    );
    const page = await context.newPage();
    await page.goto('/');
    await expect(page.getByText('older version of this page is open in another tab')).toBeVisible();
    await old.close();
    await createWallet(page);
    await expectOpen(page);
  },
);

test(
  'two tabs of a new browser: what one of them creates, the other one shows',
  ONCE,
  async ({ context }) => {
    const [one, other] = [await context.newPage(), await context.newPage()];
    await one.goto('/');
    await other.goto('/');
    await expect(other.getByRole('button', { name: 'Create wallet' })).toBeVisible();
    await createWallet(one);
    await expectOpen(one);
    await expect(other.getByText('open in another tab').first()).toBeVisible();
    await expect(other.getByTestId('balance')).toBeVisible();
  },
);
