import { expect, test } from '../harness/fixtures.ts';
import { passTime } from '../harness/later.ts';
import { tokensOf, WalletPage } from '../harness/wallet-page.ts';

test('settled after the tickets have run out: proven again, and only then spendable', async ({
  page,
  control,
}) => {
  const file = await control.issue({ dn: 1, count: 3 });
  await page.goto('/');
  const wallet = new WalletPage(page);
  await wallet.receive('gift.bin', file);
  await wallet.expectSettling(3);
  await expect(wallet.balance).toHaveText('0');

  // Whoever gave the coins could take them back meanwhile: one server is made to know another secret.
  const [first] = tokensOf(file);
  await control.write(7, first!, 'ab'.repeat(16));
  await passTime(page);
  await expect(wallet.balance).toHaveText('30');
  await expect(wallet.settling).toHaveCount(0);
  await expect(page.locator('[data-testid=coin][data-state=owned]')).toHaveCount(2);
  await expect(page.locator('[data-testid=coin][data-state=fracked]')).toHaveCount(1);
  await expect(page.getByTestId('health')).toContainText('1 coin needs repair');

  // From now on requests about received coins are keyed by a settled coin of ours.
  const next = await control.issue({ dn: 2, count: 1 });
  await wallet.choose({ name: 'next.bin', bytes: next });
  await expect(wallet.offer).not.toContainText('read along');
  await wallet.accept();
  await expect(wallet.settling).toContainText('1 coin', { timeout: 30_000 });
  await wallet.expectMoved(control, tokensOf(next));
});
