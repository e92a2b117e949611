import { expect, test } from '../harness/fixtures.ts';
import { beginSlowDeposit } from '../harness/wallet-page.ts';

test('a device that loses its network says so at once, and goes on when it is back', async ({
  context,
  page,
  control,
}) => {
  const { wallet, tokens } = await beginSlowDeposit(page, control);
  await expect(wallet.deposits.first()).toHaveAttribute('data-stage', 'moving');
  await context.setOffline(true);
  await expect(page.getByText('No connection.')).toBeVisible();
  await context.setOffline(false);
  await wallet.expectSettling(2, 45_000);
  await wallet.expectMoved(control, tokens);
});
