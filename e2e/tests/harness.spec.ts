/**
 * The tests trust three things of their own tools: that a killed browser is really killed and its
 * profile outlives it, that what is broken in one test is whole in the next, and that the nodes
 * say what they hold.
 */
import { DEFAULT_COIN_ID, readCoinFile } from '@raida-wallet/protocol';
import type { Page } from '@playwright/test';
import { expect, test } from '../harness/fixtures.ts';

/** Adds one to a number in the profile, durably, and gives it back. */
function countUp(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('no reason'));
      });
    const opening = indexedDB.open('harness', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('numbers');
    const database = await done(opening);
    const transaction = database.transaction('numbers', 'readwrite', { durability: 'strict' });
    const numbers = transaction.objectStore('numbers');
    const count = Number((await done(numbers.get('count'))) ?? 0) + 1;
    numbers.put(count, 'count');
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    return count;
  });
}

test('a killed browser keeps its profile and runs none of its handlers', async ({
  persistentBrowser,
}) => {
  const first = await persistentBrowser.visit('/healthz');
  expect(await countUp(first)).toBe(1);
  await first.evaluate(() => {
    addEventListener('pagehide', () => localStorage.setItem('left', 'in order'));
  });
  await persistentBrowser.kill();
  await expect(first.evaluate(() => 1)).rejects.toThrow();

  const second = await persistentBrowser.visit('/healthz');
  expect(await countUp(second)).toBe(2);
  expect(await second.evaluate(() => localStorage.getItem('left'))).toBeNull();
});

test('the page gets the screen and the fingers of its project', async ({
  persistentBrowser,
  viewport,
  hasTouch,
}) => {
  const page = await persistentBrowser.open('/');
  expect(page.viewportSize()).toEqual(viewport);
  expect(await page.evaluate(() => innerWidth)).toBe(viewport?.width);
  expect(await page.evaluate(() => navigator.maxTouchPoints > 0)).toBe(hasTouch);
});

test('the nodes tell what they hold', async ({ control }) => {
  const { tokens } = readCoinFile(await control.issue({ dn: 1, count: 2 }), {
    coinId: DEFAULT_COIN_ID,
  });
  expect(tokens.map(({ dn }) => dn)).toEqual([1, 1]);
  const held = await control.read(tokens);
  expect(held).toEqual(tokens.map(({ ans }) => ans.map((an) => Buffer.from(an).toString('hex'))));
});

test.describe('between two tests', () => {
  test.describe.configure({ mode: 'serial' });

  test('one breaks the network', async ({ control }) => {
    await control.stop('0-11');
    await control.stop(12, { silent: true });
    await control.setFaults('all', { dropRequests: 1, delayMs: [500, 900] });
    expect((await control.nodes()).filter(({ running }) => running)).toHaveLength(12);
  });

  test('and the next one finds it whole', async ({ control }) => {
    const nodes = await control.nodes();
    expect(nodes).toHaveLength(25);
    for (const { running, silent, faults } of nodes) {
      expect({ running, silent }).toEqual({ running: true, silent: false });
      const { delayMs, dropRequests } = faults;
      expect({ delayMs, dropRequests }).toEqual({ delayMs: [0, 0], dropRequests: 0 });
    }
  });
});
