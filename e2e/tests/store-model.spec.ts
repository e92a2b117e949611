/**
 * The simulation's model of a store against the wallet's real one: IndexedDB in Chromium, with faults
 * that are real as well. What happens must be what the model says, and all of that has to happen.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { test as base, expect } from '@playwright/test';
import type { Page } from '@playwright/test';
import { browserArguments, withPersistentBrowser } from '../harness/persistent-browser.ts';
import type { PersistentBrowser } from '../harness/persistent-browser.ts';
import {
  type Abort,
  apply,
  bringPort,
  closerOf,
  type Contents,
  foundOf,
  FRESH,
  nextStep,
  PAGE_BYTES,
  type Step,
  stepsFrom,
  type Taken,
} from '../simulation/store-model-browser.ts';
import {
  nameOf,
  NOT_PROVOKED,
  outcomesOf,
  STORE_FAULTS,
  STORE_OPERATIONS,
  type StoreAnswer,
  type StoreFault,
  type StoreOperation,
  type StoreOutcome,
  THEN,
} from '../simulation/store-model.ts';

interface Fixtures {
  readonly origin: string;
  readonly browserToKill: PersistentBrowser;
}

/** No network of RAIDA, and none of the wallet's page. */
const test = base.extend<Fixtures>({
  origin: async ({}, use) => {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>store</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.closeAllConnections();
    server.close();
  },
  browserToKill: async ({ origin, launchOptions }, use) => {
    const options = { ...launchOptions, args: [...browserArguments], baseURL: origin };
    await withPersistentBrowser(options, use);
  },
});

test.describe.configure({ mode: 'serial' });

const MIXED: readonly StoreOperation[] = ['append', 'append', 'load', 'append', 'replace'];

/** What has happened in any of these tests. */
const seen = new Set<string>();

function note(operation: StoreOperation, fault: StoreFault, outcome: StoreOutcome): void {
  const name = nameOf(operation, fault, outcome);
  const known = outcomesOf(operation, fault).map((one) => nameOf(operation, fault, one));
  expect(known, 'what the model knows of').toContain(name);
  seen.add(name);
}

const take = (page: Page, step: Step) => page.evaluate((given) => tested.take(given), step);
const contentsIn = (page: Page) => page.evaluate(() => tested.contents());

/** A page with a wallet that was just made, and its store open. */
async function made(browser: PersistentBrowser): Promise<Page> {
  const page = await prepared(browser);
  await page.evaluate(() => tested.create());
  expect(await contentsIn(page)).toEqual(FRESH);
  return page;
}

async function prepared(browser: PersistentBrowser): Promise<Page> {
  const page = await browser.visit('/');
  await bringPort(page);
  await page.evaluate(() => tested.open());
  return page;
}

/** Takes a step, and holds it against what is found by another connection. */
async function takeAndNote(page: Page, before: Contents, step: Step, fault: StoreFault) {
  const answer = await take(page, step);
  const found = foundOf(await contentsIn(page), before, step);
  note(step.do, fault, { answer, found });
  return found === 'new' ? apply(before, step) : before;
}

/** What the same connection answers next, when nothing else goes wrong. */
async function expectThen(page: Page, contents: Contents, fault: StoreFault): Promise<void> {
  expect(await take(page, nextStep(contents, 'append')), fault).toBe(THEN[fault]);
}

test('@once nothing goes wrong, and every commit asks for strict durability', async ({
  browserToKill,
}) => {
  const page = await made(browserToKill);
  let contents = FRESH;
  for (const operation of ['append', 'append', 'replace', 'append', 'load', 'append'] as const) {
    contents = await takeAndNote(page, contents, nextStep(contents, operation), 'none');
  }
  const durabilities = await page.evaluate(() => tested.durabilities);
  expect(durabilities.length).toBeGreaterThan(6);
  expect(new Set(durabilities)).toEqual(new Set(['strict']));
});

test('@once an aborted transaction leaves nothing behind, and the next one works', async ({
  browserToKill,
}) => {
  const page = await made(browserToKill);
  let contents = FRESH;
  const ways: readonly Abort[] = ['abort() at once', 'abort() later', 'a handler throws'];
  for (const how of ways) {
    for (const operation of STORE_OPERATIONS) {
      await page.evaluate((given) => tested.abortNext(given), how);
      const before = contents;
      contents = await takeAndNote(page, before, nextStep(before, operation), 'aborted');
      expect(contents).toBe(before);
      // Whoever could not take the wallet over reads it again before he writes.
      if (operation === 'load')
        contents = await takeAndNote(page, contents, { do: 'load' }, 'none');
      contents = await takeAndNote(page, contents, nextStep(contents, 'append'), 'none');
    }
  }
  const used: Step = { ...nextStep(contents, 'append'), do: 'append', number: 1, size: 7 };
  await takeAndNote(page, contents, used, 'aborted');
  await expectThen(page, contents, 'aborted');
});

test('@once a database that the browser has closed answers nothing any more', async ({
  browserToKill,
}) => {
  const page = await made(browserToKill);
  const close = await closerOf(page);
  let contents = FRESH;
  for (const [i, operation] of STORE_OPERATIONS.entries()) {
    await close();
    await expect.poll(() => page.evaluate(() => tested.lost)).toBe(i + 1);
    await takeAndNote(page, contents, nextStep(contents, operation), 'lost before');
    await expectThen(page, contents, 'lost before');
    await page.evaluate(() => tested.open());
    contents = await takeAndNote(page, contents, { do: 'load' }, 'none');
  }
});

interface Meanwhile {
  readonly operation: StoreOperation;
  readonly fault: 'lost meanwhile' | 'cleared';
  readonly strike: () => Promise<unknown>;
  /** Milliseconds from the first step. */
  readonly afterMs: number;
}

/** Steps one after the other until the fault strikes. Returns what is stored then, by the model. */
async function takeUntil(
  page: Page,
  contents: Contents,
  { operation, fault, strike, afterMs }: Meanwhile,
): Promise<Contents | null> {
  const steps = stepsFrom(contents, [operation], 2_000);
  const taking = page.evaluate((given) => tested.takeAll(given, false), steps);
  await sleep(afterMs);
  const struckMs = Date.now();
  await strike();
  const overMs = Date.now();
  const taken: Taken[] = await taking;
  const { answer } = taken.at(-1)!;
  const before = steps.slice(0, taken.length - 1).reduce(apply, contents);
  const step = steps[taken.length - 1]!;
  const stored = await contentsIn(page);
  const found = foundOf(stored, before, step);
  note(operation, fault, { answer, found });
  // The one before it was acknowledged, perhaps when the fault was under way already.
  const last = taken.at(-2);
  if (last && last.toMs >= struckMs && last.fromMs <= overMs) {
    note(operation, fault, { answer: 'done', found: fault === 'cleared' ? found : 'new' });
  }
  await expectThen(page, contents, fault);
  return stored;
}

for (const operation of STORE_OPERATIONS) {
  test(`@once closed by the browser during ${operation}: all of it is found, or nothing`, async ({
    browserToKill,
  }) => {
    const page = await made(browserToKill);
    const strike = await closerOf(page);
    let contents = FRESH;
    for (let round = 0; round < 6; round++) {
      const stored = await takeUntil(page, contents, {
        operation,
        fault: 'lost meanwhile',
        strike,
        afterMs: 7 * round,
      });
      await page.evaluate(() => tested.open());
      contents = await takeAndNote(page, stored!, { do: 'load' }, 'none');
      contents = await takeAndNote(page, contents, nextStep(contents, 'replace'), 'none');
    }
  });

  test(`@once cleared during ${operation}: nothing is found, whatever was said`, async ({
    browserToKill,
    origin,
  }) => {
    const page = await made(browserToKill);
    const session = await page.context().newCDPSession(page);
    const clear = { origin, storageTypes: 'indexeddb' };
    const other = await browserToKill.visit('/');
    const ways: readonly (() => Promise<unknown>)[] = [
      () => session.send('Storage.clearDataForOrigin', clear),
      () =>
        other.evaluate(() => {
          const request = indexedDB.deleteDatabase('raida-wallet');
          return new Promise((resolve) => (request.onsuccess = resolve));
        }),
    ];
    for (let round = 0; round < 6; round++) {
      const strike = ways[round % 2]!;
      const afterMs = 30 + 7 * round;
      await takeUntil(page, FRESH, { operation, fault: 'cleared', strike, afterMs });
      await page.evaluate(() => tested.open());
      await page.evaluate(() => tested.create());
    }
  });

  test(`@once no room left for ${operation}: nothing is written, until there is`, async ({
    browserToKill,
    origin,
  }) => {
    const page = await browserToKill.visit('/');
    const session = await page.context().newCDPSession(page);
    // Chromium asks for what is left when the database is opened, and then not for a while.
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 250_000 });
    await bringPort(page);
    await page.evaluate(() => tested.open());
    await page.evaluate(() => tested.create());
    let contents = FRESH;
    for (const size of [PAGE_BYTES, 1_000, 1]) {
      contents = await fill(page, stepsFrom(contents, ['append'], 300, size), contents);
    }
    contents = await fill(page, stepsFrom(contents, [operation], 300), contents);
    await session.send('Storage.overrideQuotaForOrigin', { origin });
    if (operation === 'load') await page.evaluate(() => tested.open());
    if (operation === 'load') await takeAndNote(page, contents, { do: 'load' }, 'none');
    await expectThen(page, contents, 'full');
  });

  test(`@once a tab that dies during ${operation}: all of it is found, or nothing`, async ({
    browserToKill,
  }) => {
    let contents: Contents | null = null;
    const wanted = outcomesOf(operation, 'killed').map((one) => nameOf(operation, 'killed', one));
    for (let round = 0; round < 40; round++) {
      const page: Page = contents ? await prepared(browserToKill) : await made(browserToKill);
      contents ??= FRESH;
      if (round > 0) contents = await takeAndNote(page, contents, { do: 'load' }, 'none');
      const session = await page.context().newCDPSession(page);
      const gone = page.waitForEvent('crash');
      // It dies on its IO thread: whatever the page is doing ends there.
      const strike = () => void session.send('Page.crash').catch(() => undefined);
      const told = await takeAndTell(page, contents, [operation], strike, Math.random() * 12);
      await gone;
      const look = await browserToKill.visit('/');
      await bringPort(look);
      contents = noteKilled(told, await contentsIn(look));
      await page.close();
      await look.close();
      if (round >= 5 && wanted.every((name) => seen.has(name))) return;
    }
  });
}

/** Steps until there is no room for the next one. */
async function fill(page: Page, steps: readonly Step[], contents: Contents): Promise<Contents> {
  const taken = await page.evaluate((given) => tested.takeAll(given, false), steps);
  const before = steps.slice(0, taken.length - 1).reduce(apply, contents);
  const step = steps[taken.length - 1]!;
  const found = foundOf(await contentsIn(page), before, step);
  note(step.do, 'full', { answer: taken.at(-1)!.answer, found });
  return before;
}

interface Told {
  readonly contents: Contents;
  readonly steps: readonly Step[];
  /** The number of the last step that is known to have begun, and of the last that was acknowledged. */
  begun: number;
  acknowledged: number;
}

async function takeAndTell(
  page: Page,
  contents: Contents,
  operations: readonly StoreOperation[],
  strike: () => unknown,
  afterMs: number,
): Promise<Told> {
  const steps = stepsFrom(contents, operations, 600);
  const told: Told = { contents, steps, begun: -1, acknowledged: -1 };
  await page.exposeFunction('tellTest', (step: number, answer: StoreAnswer | null) => {
    if (answer === null) told.begun = step;
    else told.acknowledged = step;
    expect(answer ?? 'done').toBe('done');
  });
  page.evaluate((given) => tested.takeAll(given, true), steps).catch(() => undefined);
  await expect.poll(() => told.begun, { intervals: [1] }).toBeGreaterThanOrEqual(0);
  await sleep(afterMs);
  await strike();
  return told;
}

/** Everything that was acknowledged is there, and perhaps more, each step whole. */
function noteKilled(told: Told, stored: Contents | null): Contents {
  const { contents, steps, begun, acknowledged } = told;
  const text = JSON.stringify(stored);
  let count = acknowledged + 1;
  let now = steps.slice(0, count).reduce(apply, contents);
  // What the page said of the last few may have died on its way to the test.
  while (JSON.stringify(now) !== text && count < steps.length) now = apply(now, steps[count++]!);
  expect(now, `${acknowledged + 1} steps were acknowledged`).toEqual(stored);
  for (const step of steps.slice(Math.max(acknowledged, 0), acknowledged + 1)) {
    note(step.do, 'killed', { answer: 'done', found: 'new' });
  }
  for (const step of steps.slice(acknowledged + 1, count)) {
    note(step.do, 'killed', { answer: 'silence', found: 'new' });
  }
  for (const step of steps.slice(count, begun + 1)) {
    note(step.do, 'killed', { answer: 'silence', found: 'old' });
  }
  return now;
}

test('@once a browser that is killed keeps what it has acknowledged', async ({ browserToKill }) => {
  let contents: Contents | null = null;
  for (let round = 0; round < 5; round++) {
    const page: Page = contents ? await prepared(browserToKill) : await made(browserToKill);
    if (contents) contents = await takeAndNote(page, contents, { do: 'load' }, 'none');
    contents ??= FRESH;
    const strike = () => browserToKill.kill();
    const told = await takeAndTell(page, contents, MIXED, strike, Math.random() * 60);
    const look = await browserToKill.visit('/');
    await bringPort(look);
    contents = noteKilled(told, await contentsIn(look));
    await look.close();
  }
});

test('@once a tab that has lost the wallet writes nothing, from that very moment on', async ({
  browserToKill,
}) => {
  const page = await made(browserToKill);
  const other = await prepared(browserToKill);
  let contents = FRESH;
  for (let round = 0; round < 6; round++) {
    const [loser, winner] = round % 2 === 0 ? [page, other] : [other, page];
    const steps = stepsFrom(contents, ['append', 'append', 'replace'], 2_000);
    const taking = loser.evaluate((given) => tested.takeAll(given, false), steps);
    await sleep(5 * round);
    expect(await take(winner, { do: 'load' })).toBe('done');
    const seenByWinner = (await contentsIn(winner))!;
    const taken = await taking;
    const before = steps.slice(0, taken.length - 1).reduce(apply, contents);
    expect(seenByWinner).toEqual(apply(before, { do: 'load' }));
    contents = seenByWinner;
    for (const operation of ['append', 'replace'] as const) {
      await takeAndNote(loser, contents, nextStep(contents, operation), 'taken over');
      await expectThen(loser, contents, 'taken over');
    }
    contents = await takeAndNote(winner, contents, nextStep(contents, 'append'), 'none');
  }
});

test('@once everything that the model knows of has happened, but for what cannot be made to', () => {
  const cannot = NOT_PROVOKED.flatMap(({ fault, outcome }) =>
    STORE_OPERATIONS.map((operation) => nameOf(operation, fault, outcome)),
  );
  const expected = STORE_OPERATIONS.flatMap((operation) =>
    STORE_FAULTS.flatMap((fault) =>
      outcomesOf(operation, fault).map((outcome) => nameOf(operation, fault, outcome)),
    ),
  );
  expect([...seen].sort()).toEqual(expected.filter((name) => !cannot.includes(name)).sort());
});
