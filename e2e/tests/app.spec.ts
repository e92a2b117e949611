import { expectOpen } from '../harness/door.ts';
import { expect, test } from '../harness/fixtures.ts';

test('the relay serves the wallet and names its network', async ({ page, request }) => {
  const response = await page.goto('/');
  expect(response?.status()).toBe(200);
  await expect(page.locator('main')).toBeVisible();

  const network = (await (await request.get('/network.json')).json()) as Record<string, unknown>;
  expect(network).toMatchObject({ coinId: 6, quorum: 13 });
});

test('nothing on the page asks anybody but the relay', async ({ page, stack }) => {
  const strangers: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(stack.address)) strangers.push(request.url());
  });
  const lastOfTheStart = page.waitForResponse('**/network.json');
  await page.goto('/');
  await expectOpen(page);
  await lastOfTheStart;
  expect(strangers).toEqual([]);
});
