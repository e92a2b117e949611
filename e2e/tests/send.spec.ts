import { randomBytes } from 'node:crypto';
import { DEFAULT_COIN_ID, encodeCoinFile, type Token } from '@raida-wallet/protocol';
import type { Browser } from '@playwright/test';
import type { Control } from '../harness/control.ts';
import { answerDoor } from '../harness/door.ts';
import { expect, test } from '../harness/fixtures.ts';
import { countRequests, openSettled, tokensOf, WalletPage } from '../harness/wallet-page.ts';

/** What does not depend on the screen is tested once. */
const ONCE = { tag: '@once' };
const QUICK = { timeout: 30_000 };
const PATIENT = { timeout: 90_000 };
const ORDERS = [
  { dn: 1, count: 2 },
  { dn: 0, count: 3 },
] as const;

/** Somebody else: a browser of his own, with an empty wallet. */
async function openOther(browser: Browser, address: string): Promise<WalletPage> {
  const context = await browser.newContext({ baseURL: address });
  const page = await context.newPage();
  await answerDoor(page);
  await page.goto('/');
  return new WalletPage(page);
}

/** Those that the wallet did not send, by what the file of the send holds. */
function rest(tokens: readonly Token[], sent: readonly Token[]): readonly Token[] {
  return tokens.filter(({ dn, sn }) => !sent.some((one) => one.dn === dn && one.sn === sn));
}

/** The sender looks when he opens his wallet, and now and then. */
async function expectTaken(wallet: WalletPage): Promise<void> {
  await wallet.page.reload();
  await expect(wallet.sends.first()).toHaveAttribute('data-state', 'taken', PATIENT);
}

test('sent to a second browser, and taken there', async ({ page, browser, control, stack }) => {
  test.setTimeout(150_000);
  const { wallet, tokens } = await openSettled(page, control, ...ORDERS);
  await expect(wallet.balance).toHaveText('23');
  const file = await wallet.sendFile('12', 'for lunch');
  expect(file.name).toBe("12 CloudCoin #3 'for lunch'.bin");
  await expect(wallet.balance).toHaveText('11');
  await expect(page.getByTestId('sent')).toContainText('12');
  await expect(wallet.sends).toHaveAttribute('data-state', 'handed over');
  const sent = tokensOf(file.bytes);
  expect(sent.map(({ dn }) => dn).sort()).toEqual([0, 0, 1]);

  const other = await openOther(browser, stack.address);
  await other.receive(file.name, file.bytes);
  await other.expectSettling(3);
  await other.expectMoved(control, sent);

  await expectTaken(wallet);
  await expect(page.getByTestId('sent')).toHaveCount(0);
  await expect(wallet.balance).toHaveText('11');
  await wallet.expectWhole(control, rest(tokens, sent));
  await expect(wallet.sends.getByRole('button')).toHaveCount(0);
  // The bytes and the secrets stay, in case that the other side never had them.
  const ledger = await wallet.storedLedger();
  expect(ledger.tokens.size).toBe(tokens.length);
  await other.page.context().close();
});

test('an amount that the coins do not make: the nearest are offered, and all of it can be sent', async ({
  page,
  control,
}) => {
  const { wallet } = await openSettled(page, control, ...ORDERS);
  await page.getByRole('button', { name: 'Send coins' }).click();
  const sheet = page.getByTestId('send-sheet');
  await page.getByLabel('Amount').fill('5');
  await expect(sheet.getByRole('button', { name: 'Send 3' })).toBeVisible();
  await sheet.getByRole('button', { name: 'Send 10' }).click();
  await expect(sheet).toContainText('Exactly, in 1 coin:');
  await sheet.getByRole('button', { name: 'All' }).click();
  await expect(page.getByLabel('Amount')).toHaveValue('23');
  await expect(sheet).toContainText('Exactly, in 5 coins:');
  await page.getByLabel('Amount').fill('23.00000001');
  await expect(sheet).toContainText('You can send at most 23 now.');
  await expect(sheet.getByRole('button', { name: 'Create file' })).toBeDisabled();
  await sheet.getByRole('button', { name: 'Not now' }).click();
  await expect(wallet.balance).toHaveText('23');
  await expect(wallet.sends).toHaveCount(0);
});

test('sent and taken back: ours again on 25 servers, and the file is worthless', async ({
  page,
  browser,
  control,
  stack,
}) => {
  test.setTimeout(180_000);
  const { wallet, tokens } = await openSettled(page, control, ...ORDERS);
  const file = await wallet.sendFile('21');
  await expect(wallet.balance).toHaveText('2');
  const again = await wallet.save(wallet.sends.getByRole('button', { name: 'Get the file again' }));
  expect(again).toEqual(file);

  await wallet.takeBack();
  await expect(wallet.sends).toHaveAttribute('data-state', /^taking back|taken back$/);
  await expect(wallet.settling).toContainText('3 coins', QUICK);
  await expect(wallet.sends).toHaveAttribute('data-state', 'taken back', QUICK);
  await wallet.settle();
  await expect(wallet.balance).toHaveText('23');
  await wallet.expectWhole(control, tokens);
  const old = tokensOf(file.bytes);
  const held = await control.read(old);
  old.forEach(({ ans }, i) => {
    ans.forEach((an, raida) => {
      expect(held[i]?.[raida]).not.toBe(Buffer.from(an).toString('hex'));
    });
  });

  const other = await openOther(browser, stack.address);
  await other.receive(file.name, file.bytes);
  await expect(other.page.getByTestId('set-aside')).toContainText('3 coins', QUICK);
  await expect(other.balance).toHaveText('0');
  await wallet.expectWhole(control, tokens);
  await other.page.context().close();
});

test(
  'taken back when the other side has taken one coin of two',
  ONCE,
  async ({ page, browser, control, stack }) => {
    test.setTimeout(180_000);
    const { wallet, tokens } = await openSettled(page, control, ...ORDERS);
    const file = await wallet.sendFile('20');
    const [taken, left] = tokensOf(file.bytes);
    const other = await openOther(browser, stack.address);
    await other.receive('half.bin', encodeCoinFile([taken!], { coinId: DEFAULT_COIN_ID }));
    await other.expectSettling(1);

    await wallet.takeBack();
    await expect(wallet.sends).toContainText('1 of 2 coins came back.', PATIENT);
    await expect(wallet.sends).toContainText('1 was taken by the other side.');
    await wallet.settle();
    await expect(wallet.balance).toHaveText('13');
    await wallet.expectWhole(control, [left!, ...rest(tokens, [taken!, left!])]);
    await other.expectMoved(control, [taken!]);
    await other.page.context().close();
  },
);

/** The other side began to take these coins, and has not come further than these servers. */
async function takeHalf(
  control: Control,
  tokens: readonly Token[],
  nodes: readonly number[],
): Promise<void> {
  for (const token of tokens) {
    for (const node of nodes) await control.write(node, token, randomBytes(16).toString('hex'));
  }
}

test(
  'taken back when the other side has taken the coins at nine servers of 25',
  ONCE,
  async ({ page, control }) => {
    test.setTimeout(180_000);
    const { wallet, tokens } = await openSettled(page, control, ...ORDERS);
    const file = await wallet.sendFile('11');
    const sent = tokensOf(file.bytes);
    await takeHalf(control, sent, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    await wallet.takeBack();
    await expect(wallet.settling).toContainText('2 coins', PATIENT);
    await wallet.settle();
    await expect(wallet.balance).toHaveText('23');
    // What the other side holds at nine servers is put right like any other coin that needs repair.
    await expect(wallet.health).toContainText('2 coins need repair', QUICK);
    await wallet.repair();
    await expect(page.getByTestId('repair-result')).toContainText('2 coins repaired', PATIENT);
    await wallet.expectWhole(control, tokens);
  },
);

test(
  'taken back too late: it says so, and nothing is lost of the rest',
  ONCE,
  async ({ page, browser, control, stack }) => {
    test.setTimeout(150_000);
    const { wallet, tokens } = await openSettled(page, control, ...ORDERS);
    const file = await wallet.sendFile('10');
    const other = await openOther(browser, stack.address);
    await other.receive(file.name, file.bytes);
    await other.expectSettling(1);
    await wallet.takeBack();
    await expect(wallet.sends).toHaveAttribute('data-state', 'taken', PATIENT);
    await expect(wallet.balance).toHaveText('13');
    await wallet.expectWhole(control, rest(tokens, tokensOf(file.bytes)));
    await other.expectMoved(control, tokensOf(file.bytes));
    await other.page.context().close();
  },
);

const SLOW = { delayMs: [120, 250] } as const;

/** Where a browser is killed after the tap on "Create file". */
const CREATED: readonly { readonly name: string; readonly isStored: boolean }[] = [
  { name: 'as soon as it is asked for', isStored: false },
  { name: 'as soon as it is stored', isStored: true },
];

for (const { name, isStored } of CREATED) {
  test(
    `killed while the file is created, ${name}: each coin is here or in the file`,
    ONCE,
    async ({ persistentBrowser, control }) => {
      test.setTimeout(120_000);
      const page = await persistentBrowser.open('/');
      const { wallet, tokens } = await openSettled(page, control, ...ORDERS);
      await page.getByRole('button', { name: 'Send coins' }).click();
      await page.getByLabel('Amount').fill('12');
      const create = page.getByRole('button', { name: 'Create file with 12' });
      await expect(create).toBeEnabled();
      // The answer to the tap is not waited for.
      await create.evaluate((button) => setTimeout(() => (button as HTMLButtonElement).click()));
      if (isStored) {
        const sends = async () =>
          [...(await wallet.storedLedger()).operations.values()].filter(({ send }) => send).length;
        await expect.poll(sends, { intervals: [5] }).toBe(1);
      }
      await persistentBrowser.kill();

      const again = new WalletPage(await persistentBrowser.open('/'));
      await expect(again.balance).toHaveText(/^(23|11)$/);
      const isSent = (await again.balance.textContent()) === '11';
      expect(isSent || !isStored).toBe(true);
      await expect(again.sends).toHaveCount(isSent ? 1 : 0);
      if (!isSent) return;
      const { bytes } = await again.save(again.sends.getByRole('button', { name: 'Save file' }));
      const inFile = tokensOf(bytes);
      expect(inFile).toHaveLength(3);
      const here = rest(tokens, inFile);
      expect(here).toHaveLength(2);
      await again.expectWhole(control, here);
    },
  );
}

test(
  'killed after the file was handed over: the same bytes, and still not ours to spend',
  ONCE,
  async ({ persistentBrowser, control }) => {
    test.setTimeout(150_000);
    const page = await persistentBrowser.open('/');
    const { wallet } = await openSettled(page, control, ...ORDERS);
    await wallet.send('12');
    const button = page.getByTestId('send-sheet').getByRole('button', { name: 'Save file' });
    const file = await wallet.save(button);
    await persistentBrowser.kill();

    const again = new WalletPage(await persistentBrowser.open('/'));
    await expect(again.balance).toHaveText('11');
    await expect(again.sends).toHaveAttribute('data-state', 'handed over');
    const sameFile = again.sends.getByRole('button', { name: 'Get the file again' });
    expect(await again.save(sameFile)).toEqual(file);
  },
);

/** How far taking back has come, told by what the servers have seen since it began. */
const MOMENTS = [
  { name: 'when the first server is told', more: 0 },
  { name: 'between the first nine and the next eight', more: 9 },
  { name: 'when the last eight are told', more: 17 },
] as const;

for (const { name, more } of MOMENTS) {
  test(
    `killed while coins are taken back, ${name}: they come back`,
    ONCE,
    async ({ persistentBrowser, control }) => {
      test.setTimeout(180_000);
      const page = await persistentBrowser.open('/');
      const { wallet, tokens } = await openSettled(page, control, ...ORDERS);
      await wallet.sendFile('21');
      await control.setFaults('all', SLOW);
      const before = await countRequests(control, 'pown');
      await wallet.takeBack();
      await expect
        .poll(() => countRequests(control, 'pown'), { intervals: [20], timeout: 30_000 })
        .toBeGreaterThan(before + more);
      await persistentBrowser.kill();

      await control.setFaults('all', { delayMs: [0, 0] });
      const again = new WalletPage(await persistentBrowser.open('/'));
      await expect(again.sends).toHaveAttribute('data-state', 'taken back', PATIENT);
      await again.settle();
      await expect(again.balance).toHaveText('23', PATIENT);
      await again.expectWhole(control, tokens);
    },
  );
}
