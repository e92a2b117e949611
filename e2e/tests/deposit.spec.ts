import { readFileSync } from 'node:fs';
import {
  encodeCoinFile,
  DEFAULT_COIN_ID,
  formatUnits,
  STATUS,
  totalUnits,
} from '@raida-wallet/protocol';
import { detectAt } from '../harness/detect.ts';
import { expectOpen } from '../harness/door.ts';
import { expect, test } from '../harness/fixtures.ts';
import { countRequests, tokensOf, WalletPage } from '../harness/wallet-page.ts';

test('a file of one coin: seen, accepted, ours on 25 servers, still there after a reload', async ({
  page,
  control,
}) => {
  const before = await countRequests(control, 'pown');
  await page.goto('/');
  const wallet = new WalletPage(page);
  const file = await control.issue({ dn: 1, count: 1 });
  await wallet.choose({ name: 'gift.bin', bytes: file });
  await expect(wallet.offer).toContainText('gift.bin');
  await expect(wallet.offer.getByTestId('offer-units')).toHaveText('10');
  await expect(wallet.offer).toContainText('read along');
  expect(await countRequests(control, 'pown')).toBe(before);
  await wallet.accept();
  await wallet.expectSettling(1);
  await expect(wallet.coins.first()).toHaveAttribute('data-state', 'settling');
  await wallet.expectMoved(control, tokensOf(file));

  await page.reload();
  await wallet.expectSettling(1);
  await expect(wallet.settling).toContainText('10');
  await wallet.expectMoved(control, tokensOf(file));
});

test('the twelve coins of a file that others wrote, then the same file again', async ({
  page,
  control,
}) => {
  const file = readFileSync('protocol/vectors/files/twelve.bin');
  await control.register(file);
  await page.goto('/');
  const wallet = new WalletPage(page);
  await wallet.receive('twelve.bin', file);
  await wallet.expectSettling(12);
  await wallet.expectMoved(control, tokensOf(file));
  await expect(wallet.settling).toContainText(formatUnits(totalUnits(tokensOf(file))));
  // Whoever kept the file has nothing any more: no server takes its secrets, each takes ours.
  for (const node of await control.nodes()) {
    const old = tokensOf(file).map(({ dn, sn, ans }) => ({ dn, sn, an: ans[node.id]! }));
    expect(await detectAt(node, old), `old ones at ${node.id}`).toBe(STATUS.allFail);
    const ours = await wallet.storedAns(old, node.id);
    expect(await detectAt(node, ours), `ours at ${node.id}`).toBe(STATUS.allPass);
  }

  await wallet.choose({ name: 'twelve.bin', bytes: file });
  await expect(wallet.offer).toContainText('already in this wallet');
  await expect(wallet.offer.getByRole('button', { name: /^Accept/ })).toHaveCount(0);
});

test('300 coins travel by TCP', async ({ page, control }) => {
  const file = await control.issue(
    { dn: 0, count: 200 },
    { dn: -2, count: 60 },
    { dn: 2, count: 40 },
  );
  await page.goto('/');
  const wallet = new WalletPage(page);
  const before = await countRequests(control, 'pown');
  await wallet.receive('300.bin', file);
  await wallet.expectSettling(300, 60_000);
  // One POWN at each RAIDA holds all 300: far more than a datagram does.
  expect((await countRequests(control, 'pown')) - before).toBe(25);
  await wallet.expectMoved(control, tokensOf(file));
  await expect(page.getByTestId('denomination')).toHaveCount(3);
  await page.reload();
  await wallet.expectSettling(300);
});

test('every format that holders have, several files at once, dropped onto the page', async ({
  page,
  control,
}) => {
  const names = [
    'one.bin',
    'four.stack',
    'two-unquoted-upper.json',
    'card-json.png',
    'renamed.dat',
  ];
  const files = names.map((name) => readFileSync(`protocol/vectors/files/${name}`));
  for (const file of files) await control.register(file);
  await page.goto('/');
  await expectOpen(page);
  const wallet = new WalletPage(page);
  const data = await page.evaluateHandle(
    (dropped) => {
      const transfer = new DataTransfer();
      for (const { name, base64 } of dropped) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        transfer.items.add(new File([bytes], name));
      }
      return transfer;
    },
    files.map((file, i) => ({ name: names[i] ?? '', base64: file.toString('base64') })),
  );
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: data });
  await page.dispatchEvent('body', 'dragover', { dataTransfer: data });
  await page.dispatchEvent('body', 'drop', { dataTransfer: data });
  await expect(wallet.offer).toBeVisible();
  await expect(wallet.offer.getByTestId('offered-file')).toHaveCount(names.length);
  await wallet.accept();
  const tokens = files.flatMap((file) => tokensOf(file));
  await wallet.expectSettling(tokens.length);
  await wallet.expectMoved(control, tokens);
});

test('a counterfeit among good coins: the good are ours, it is set aside and named', async ({
  page,
  control,
}) => {
  const good = tokensOf(await control.issue({ dn: 0, count: 4 }));
  const [strange] = tokensOf(await control.issue({ dn: 2, count: 1 }));
  const ans = strange!.ans.map((an) => an.map((byte) => byte ^ 0x5a));
  const file = encodeCoinFile([...good, { ...strange!, ans }], { coinId: DEFAULT_COIN_ID });
  await page.goto('/');
  const wallet = new WalletPage(page);
  await wallet.receive('mixed.bin', file);
  await expect(wallet.settling).toContainText('4 coins', { timeout: 30_000 });
  await wallet.expectMoved(control, good);
  // "Counterfeit" takes two verdicts of 13 servers under a key of ours, ten seconds apart.
  const aside = page.getByTestId('set-aside');
  await expect(aside).toContainText('Counterfeit', { timeout: 45_000 });
  await expect(aside).toContainText('100');
  expect(await control.read([strange!])).toEqual([
    strange!.ans.map((an) => Buffer.from(an).toString('hex')),
  ]);
  await page.reload();
  await expect(aside).toContainText('Counterfeit');
});

test('test coins of the local network, in two taps', async ({ page }) => {
  await page.goto('/');
  const wallet = new WalletPage(page);
  await page.getByRole('button', { name: 'Get test coins' }).click();
  await wallet.accept();
  await expect(wallet.deposits.first()).toHaveAttribute('data-stage', 'settling', {
    timeout: 30_000,
  });
  await expect(page.getByTestId('health')).toContainText('All 25 servers agree');
});
