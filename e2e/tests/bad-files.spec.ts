import { readFileSync } from 'node:fs';
import { expect, test } from '../harness/fixtures.ts';
import { countRequests, WalletPage } from '../harness/wallet-page.ts';

interface VectorFile {
  readonly file: string;
  /** A word that the message must contain, or null for a good file. */
  readonly error: string | null;
}

const FOLDER = 'protocol/vectors/files';
const { files } = JSON.parse(readFileSync(`${FOLDER}/files.json`, 'utf8')) as {
  readonly files: readonly VectorFile[];
};
const bad = files.filter(({ error }) => error !== null);

test('every bad file says what is wrong with it and imports nothing', async ({ page, control }) => {
  expect(bad.length).toBeGreaterThan(15);
  const before = await countRequests(control, 'echo');
  await page.goto('/');
  const wallet = new WalletPage(page);
  for (const { file, error } of bad) {
    await wallet.choose({ name: file, bytes: readFileSync(`${FOLDER}/${file}`) });
    const listed = wallet.offer.getByTestId('offered-file');
    await expect(listed, file).toHaveAttribute('data-readable', 'false');
    await expect(listed, file).toContainText(new RegExp(error ?? '', 'i'));
    await expect(wallet.offer.getByRole('button', { name: /^Accept/ }), file).toHaveCount(0);
    await wallet.offer.getByRole('button', { name: 'Close' }).click();
    await expect(wallet.offer).toBeHidden();
  }
  await page.reload();
  await expect(wallet.balance).toHaveText('0');
  await expect(wallet.coins).toHaveCount(0);
  await expect(wallet.deposits).toHaveCount(0);
  expect(await countRequests(control, 'echo')).toBe(before);
});

test('all of them at once beside a good one: only the good one is offered', async ({
  page,
  control,
}) => {
  await page.goto('/');
  const wallet = new WalletPage(page);
  const good = await control.issue({ dn: 3, count: 2 });
  const chosen = bad.map(({ file }) => ({
    name: file,
    bytes: new Uint8Array(readFileSync(`${FOLDER}/${file}`)),
  }));
  await wallet.choose(...chosen, { name: 'good.bin', bytes: good });
  await expect(wallet.offer.locator('[data-readable=false]')).toHaveCount(bad.length);
  await wallet.offer.getByRole('button', { name: 'Accept 2 coins' }).click();
  await wallet.expectSettling(2);
  await expect(wallet.settling).toContainText('2,000');
});
