import { defineConfig } from '@playwright/test';
import { findBrowser } from '../../scripts/browser.mjs';
import { browserArguments } from '../harness/persistent-browser.ts';

/**
 * Looks at the built page without a network: its worker is replaced, and answers with recordings.
 * Needs `vite build` before. The pictures land in `test-results/shots` unless SHOTS_DIR says otherwise.
 */
const executablePath = (process.env['E2E_BROWSER'] ??= (await findBrowser()).executablePath);

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const desktop = { viewport: { width: 1280, height: 800 } };

export default defineConfig({
  testDir: '.',
  outputDir: '../test-results/shots-failed',
  workers: 1,
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 15_000,
  reporter: [['list']],
  use: {
    baseURL: 'https://wallet.test/',
    browserName: 'chromium',
    launchOptions: { executablePath, args: [...browserArguments] },
    reducedMotion: 'reduce',
  },
  projects: [
    {
      name: 'phone-light',
      use: { ...phone, deviceScaleFactor: 2, colorScheme: 'light' },
    },
    {
      name: 'phone-dark',
      testMatch: '*shots.spec.ts',
      use: { ...phone, deviceScaleFactor: 2, colorScheme: 'dark' },
    },
    {
      name: 'narrow-light',
      testMatch: '*shots.spec.ts',
      use: { ...phone, viewport: { width: 320, height: 640 }, colorScheme: 'light' },
    },
    { name: 'desktop-light', use: { ...desktop, colorScheme: 'light' } },
    {
      name: 'desktop-dark',
      testMatch: '*shots.spec.ts',
      use: { ...desktop, colorScheme: 'dark' },
    },
  ],
});
