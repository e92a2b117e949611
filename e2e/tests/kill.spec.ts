import type { Control } from '../harness/control.ts';
import { expect, test } from '../harness/fixtures.ts';
import { countRequests, tokensOf, WalletPage } from '../harness/wallet-page.ts';

/** Slow servers, so that every moment of a deposit lasts long enough to be killed in. */
const SLOW = { delayMs: [120, 250] } as const;
const COINS = 5;

/** How far a deposit has come, told by what the servers have seen since it began. */
const MOMENTS: readonly {
  readonly name: string;
  readonly reached: (
    control: Control,
    before: { readonly echo: number; readonly pown: number },
  ) => Promise<boolean>;
}[] = [
  { name: 'as soon as it is accepted', reached: () => Promise.resolve(true) },
  {
    name: 'while the servers are asked what they know',
    reached: async (control, { echo }) => (await countRequests(control, 'echo')) >= echo + 10,
  },
  {
    name: 'when the first server is told to change a secret',
    reached: async (control, { pown }) => (await countRequests(control, 'pown')) > pown,
  },
  {
    name: 'between the first nine and the next eight',
    reached: async (control, { pown }) => (await countRequests(control, 'pown')) >= pown + 10,
  },
  {
    name: 'when the last eight are told',
    reached: async (control, { pown }) => (await countRequests(control, 'pown')) >= pown + 18,
  },
];

for (const { name, reached } of MOMENTS) {
  test(`killed ${name}, opened again: it finishes and no coin is lost`, async ({
    persistentBrowser,
    control,
  }) => {
    const file = await control.issue({ dn: 0, count: COINS });
    await control.setFaults('all', SLOW);
    const before = {
      echo: await countRequests(control, 'echo'),
      pown: await countRequests(control, 'pown'),
    };
    const first = new WalletPage(await persistentBrowser.open());
    await first.choose({ name: 'gift.bin', bytes: file });
    await first.accept();
    await expect
      .poll(() => reached(control, before), { intervals: [20], timeout: 30_000 })
      .toBe(true);
    await persistentBrowser.kill();

    const again = new WalletPage(await persistentBrowser.open());
    await again.expectSettling(COINS, 45_000);
    await again.expectMoved(control, tokensOf(file));
  });
}

test('killed three times in one deposit', async ({ persistentBrowser, control }) => {
  const file = await control.issue({ dn: 1, count: COINS });
  await control.setFaults('all', SLOW);
  const first = new WalletPage(await persistentBrowser.open());
  await first.choose({ name: 'gift.bin', bytes: file });
  // Counted before there is anything to ask: the wallet asks as soon as it is open.
  let echoes = await countRequests(control, 'echo');
  await first.accept();
  for (let kills = 1; kills <= 3; kills++) {
    await expect
      .poll(() => countRequests(control, 'echo'), { intervals: [20], timeout: 30_000 })
      .toBeGreaterThan(echoes + 40);
    await persistentBrowser.kill();
    echoes = await countRequests(control, 'echo');
    await persistentBrowser.open();
  }
  await persistentBrowser.kill();
  const last = new WalletPage(await persistentBrowser.open());
  await last.expectSettling(COINS, 45_000);
  await last.expectMoved(control, tokensOf(file));
});
