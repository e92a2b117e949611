import { expect, test } from '../harness/fixtures.ts';
import { tokensOf, WalletPage } from '../harness/wallet-page.ts';

test('a second tab changes nothing, says so, and goes on when the first is closed', async ({
  context,
  page,
  control,
}) => {
  const file = await control.issue({ dn: 0, count: 2 });
  await control.setFaults('all', { delayMs: [150, 250] });
  await page.goto('/');
  const first = new WalletPage(page);
  await first.receive('gift.bin', file);

  const second = await context.newPage();
  await second.goto('/');
  await expect(second.getByText('open in another tab').first()).toBeVisible();
  await expect(second.locator('input[type=file]')).toHaveCount(0);

  await expect(first.deposits.first()).toHaveAttribute('data-stage', 'moving');
  await page.close();
  const heir = new WalletPage(second);
  await heir.expectSettling(2, 45_000);
  await heir.expectMoved(control, tokensOf(file));
});
