import { test as base } from '@playwright/test';
import type { Control } from './control.ts';
import { answerDoor } from './door.ts';
import { browserArguments, withPersistentBrowser } from './persistent-browser.ts';
import type { PersistentBrowser } from './persistent-browser.ts';
import { startStack } from './stack.ts';
import type { Stack } from './stack.ts';

interface TestFixtures {
  /** The network as each test finds it: all nodes up, none of them misbehaving. */
  readonly control: Control;
  /** A browser that can be killed and opened again with the same profile. */
  readonly persistentBrowser: PersistentBrowser;
}

interface WorkerFixtures {
  readonly stack: Stack;
}

/** Playwright's `test` with a real network and a real relay behind every page. */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  stack: [
    async ({}, use) => {
      const stack = await startStack();
      await use(stack);
      await stack.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  page: async ({ page }, use) => {
    await answerDoor(page);
    await use(page);
  },

  baseURL: async ({ stack }, use) => use(stack.address),

  control: [
    async ({ stack }, use) => {
      await stack.control.reset();
      await use(stack.control);
      stack.expectAlive();
    },
    { auto: true },
  ],

  persistentBrowser: async (
    { stack, viewport, deviceScaleFactor, hasTouch, isMobile, colorScheme, launchOptions },
    use,
  ) => {
    const options = {
      ...launchOptions,
      args: [...browserArguments],
      viewport,
      hasTouch,
      isMobile,
      colorScheme,
      baseURL: stack.address,
      ...(deviceScaleFactor === undefined ? {} : { deviceScaleFactor }),
    };
    await withPersistentBrowser(options, use);
  },
});

export { expect } from '@playwright/test';
