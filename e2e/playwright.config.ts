import { defineConfig } from '@playwright/test';
import { findBrowser } from '../scripts/browser.mjs';
import { browserArguments } from './harness/persistent-browser.ts';

/**
 * `scripts/test.mjs` names the browser; `playwright test` by itself finds it. Workers load this
 * file too and inherit what the first one found.
 */
const executablePath = (process.env['E2E_BROWSER'] ??= (await findBrowser()).executablePath);

const report = process.env['E2E_REPORT'];
const ci = process.env['CI'] !== undefined;

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  // A worker is a browser, a relay and 25 servers: one of them fills two cores.
  workers: 1,
  fullyParallel: false,
  forbidOnly: ci,
  // A test that needs a second try has found something.
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: report ? [['list'], ['json', { outputFile: report }]] : [['list']],
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath, args: [...browserArguments] },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
  projects: [
    {
      name: 'phone',
      use: {
        viewport: { width: 360, height: 740 },
        deviceScaleFactor: 2,
        hasTouch: true,
        isMobile: true,
      },
    },
    {
      name: 'desktop',
      // What depends on servers and storage, and not on the screen, has run on the phone.
      grepInvert: /@once/,
      use: { viewport: { width: 1280, height: 800 } },
    },
    {
      // The page alone, with a worker that the test speaks for; shots/ makes pictures of it, too.
      name: 'page',
      testDir: 'shots',
      testMatch: ['page.spec.ts', 'vault*.spec.ts'],
      use: { baseURL: 'https://wallet.test/', viewport: { width: 360, height: 740 } },
    },
  ],
});
