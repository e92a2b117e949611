import { expect, test } from '../harness/fixtures.ts';
import { tokensOf, WalletPage } from '../harness/wallet-page.ts';

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

for (const how of [{}, { silent: true }]) {
  const name = 'silent' in how ? 'hear but do not answer' : 'are down';
  test(`12 servers ${name}: still ours, shown as needing repair, whole when they return`, async ({
    page,
    control,
  }) => {
    test.setTimeout(120_000);
    const file = await control.issue({ dn: 0, count: 3 });
    await control.stop('13-24', how);
    await page.goto('/');
    const wallet = new WalletPage(page);
    await wallet.receive('gift.bin', file);
    await expect(wallet.settling).toContainText('3 coins', { timeout: 45_000 });
    const health = page.getByTestId('health');
    await expect(health).toContainText('3 coins need repair', { timeout: 30_000 });
    await expect(wallet.coins.first().getByRole('img')).toHaveAccessibleName(
      /13 of 25 servers confirmed/,
    );
    await wallet.expectMoved(control, tokensOf(file), range(13, 24));

    await control.start('13-24');
    await expect(health).toContainText('All 25 servers agree', { timeout: 60_000 });
    await wallet.expectMoved(control, tokensOf(file));
  });
}

test('13 servers down: nothing is called lost or counterfeit, and it finishes when they return', async ({
  page,
  control,
}) => {
  const file = await control.issue({ dn: 0, count: 2 });
  await control.stop('0-12');
  await page.goto('/');
  const wallet = new WalletPage(page);
  await wallet.receive('gift.bin', file);
  const deposit = wallet.deposits.first();
  await expect(deposit).toHaveAttribute('data-stage', 'waiting', { timeout: 30_000 });
  await expect(deposit).toContainText('12 of 25 servers answer');
  await expect(deposit).toContainText('safe');
  await expect(page.locator('body')).not.toContainText(/counterfeit|lost|not recognised/i);
  await wallet.expectMoved(control, tokensOf(file), range(0, 24));

  await control.start('0-12');
  await deposit.getByRole('button', { name: 'Try now' }).click();
  await wallet.expectSettling(2);
  await wallet.expectMoved(control, tokensOf(file));
});

test('30 % loss, duplicates and reordering: it takes longer and comes out right', async ({
  page,
  control,
}) => {
  test.setTimeout(180_000);
  const file = await control.issue({ dn: 0, count: 6 }, { dn: 1, count: 2 });
  await control.setFaults('all', {
    dropRequests: 0.3,
    dropReplies: 0.3,
    duplicate: 0.2,
    reorder: 0.3,
    delayMs: [0, 60],
  });
  await page.goto('/');
  const wallet = new WalletPage(page);
  await wallet.receive('gift.bin', file);
  await wallet.expectSettling(8, 150_000);
  await wallet.expectMoved(control, tokensOf(file));
});

test('both ways of counting in replies, and a relay that restarts in the middle', async ({
  page,
  control,
  stack,
}) => {
  await control.setCounterMode('0-11', 'continue');
  await control.setFaults('all', { delayMs: [100, 200] });
  const file = await control.issue({ dn: 0, count: 4 });
  await page.goto('/');
  const wallet = new WalletPage(page);
  await wallet.receive('gift.bin', file);
  await expect(wallet.deposits.first()).toHaveAttribute('data-stage', 'moving');
  await stack.restartRelay();
  await wallet.expectSettling(4, 45_000);
  await wallet.expectMoved(control, tokensOf(file));
});
