import { expect, test } from '../harness/fixtures.ts';
import { tokensOf, WalletPage } from '../harness/wallet-page.ts';

test('a device that loses its network says so at once, and goes on when it is back', async ({
  context,
  page,
  control,
}) => {
  const file = await control.issue({ dn: 0, count: 2 });
  await control.setFaults('all', { delayMs: [150, 250] });
  await page.goto('/');
  const wallet = new WalletPage(page);
  await wallet.receive('gift.bin', file);
  await expect(wallet.deposits.first()).toHaveAttribute('data-stage', 'moving');
  await context.setOffline(true);
  await expect(page.getByText('No connection.')).toBeVisible();
  await context.setOffline(false);
  await wallet.expectSettling(2, 45_000);
  await wallet.expectMoved(control, tokensOf(file));
});
