import { expect, test } from '../harness/fixtures.ts';
import { beginSlowDeposit, WalletPage } from '../harness/wallet-page.ts';

test('a second tab changes nothing, says so, and goes on when the first is closed', async ({
  context,
  page,
  control,
}) => {
  const { wallet: first, tokens } = await beginSlowDeposit(page, control);

  const second = await context.newPage();
  await second.goto('/');
  await expect(second.getByText('open in another tab').first()).toBeVisible();
  await expect(second.locator('input[type=file]')).toHaveCount(0);

  await expect(first.deposits.first()).toHaveAttribute('data-stage', 'moving');
  await page.close();
  const heir = new WalletPage(second);
  await heir.expectSettling(2, 45_000);
  await heir.expectMoved(control, tokens);
});
