import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import type { BrowserContext, BrowserContextOptions, LaunchOptions, Page } from '@playwright/test';
import { answerDoor, expectOpen } from './door.ts';

/** The browser talks to the relay and to nobody else. Root cannot have Chromium's sandbox. */
export const browserArguments: readonly string[] = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser whose profile outlives it, as on a person's phone. */
export interface PersistentBrowser {
  /** Opens a page at `path` (starts the browser when it does not run), and the wallet in it. */
  open(path?: string): Promise<Page>;
  /** The page alone, whatever it asks for. */
  visit(path?: string): Promise<Page>;
  /** SIGKILL to the browser and all of its processes: no handler of the page or of the browser runs. */
  kill(): Promise<void>;
  /** The orderly end. */
  close(): Promise<void>;
}

export type PersistentBrowserOptions = Pick<LaunchOptions, 'executablePath' | 'args'> &
  Pick<
    BrowserContextOptions,
    'viewport' | 'deviceScaleFactor' | 'hasTouch' | 'isMobile' | 'colorScheme'
  > & { readonly baseURL: string };

/** Calls `use` with a browser that has a fresh profile, and clears up after it. */
export async function withPersistentBrowser(
  options: PersistentBrowserOptions,
  use: (browser: PersistentBrowser) => Promise<void>,
): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), 'raida-profile-'));
  let context: BrowserContext | undefined;
  const browser: PersistentBrowser = {
    async open(path = '/') {
      const page = await browser.visit(path);
      await answerDoor(page);
      await expectOpen(page);
      return page;
    },
    async visit(path = '/') {
      context ??= await chromium.launchPersistentContext(profile, options);
      const [blank] = context.pages();
      const page = blank?.url() === 'about:blank' ? blank : await context.newPage();
      await page.goto(path);
      return page;
    },
    async kill() {
      if (!context) throw new Error('the browser does not run');
      const victim = context;
      context = undefined;
      await killBrowser(victim);
    },
    async close() {
      await context?.close();
      context = undefined;
    },
  };
  try {
    await use(browser);
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

interface ProcessInfo {
  readonly type: string;
  readonly id: number;
}

/** The numbers of all of its processes come from the browser itself, on every system alike. */
async function killBrowser(context: BrowserContext): Promise<void> {
  const session = await context.browser()?.newBrowserCDPSession();
  if (!session) throw new Error('the browser does not tell its processes');
  const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as {
    processInfo: readonly ProcessInfo[];
  };
  const gone = new Promise<void>((resolve) => context.once('close', () => resolve()));
  // The browser first: it would otherwise notice the others' death and start them again.
  const main = processInfo.filter(({ type }) => type === 'browser');
  const others = processInfo.filter(({ type }) => type !== 'browser');
  if (main.length === 0) throw new Error('the browser does not tell its main process');
  for (const { id } of [...main, ...others]) killNow(id);
  await gone;
}

function killNow(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch (error) {
    // It went down with the browser.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
