import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { test as base, expect, type Page } from '@playwright/test';
import type { FromWorker, ToWorker } from '@raida-wallet/web/wallet/messages';

const BUILT = process.env['SHOTS_DIST'] ?? join(import.meta.dirname, '../../web/dist');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** As strict as the page must bear: nothing inline, nothing from elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** It is always this time, so that countdowns look the same in every picture. */
export const NOW = new Date('2026-03-01T12:00:00Z');

interface Stage {
  posted: ToWorker[];
  emit(message: FromWorker): void;
}
declare global {
  interface Window {
    stage: Stage;
  }
}

/** Runs in the page before its own scripts: the newest Worker does what the test says. */
function installWorker() {
  let listeners: ((event: { data: unknown }) => void)[] = [];
  window.stage = {
    posted: [],
    emit: (message) => {
      for (const listen of listeners) listen({ data: message });
    },
  };
  class StagedWorker {
    constructor() {
      listeners = [];
    }
    postMessage(message: ToWorker) {
      window.stage.posted.push(message);
    }
    addEventListener(type: string, listen: (event: { data: unknown }) => void) {
      if (type === 'message') listeners.push(listen);
    }
    terminate() {}
  }
  Object.assign(window, { Worker: StagedWorker });
}

/** The built page with a worker that the test speaks for. */
export class StagedPage {
  readonly page: Page;
  /** Everything that a good page never does. */
  readonly complaints: string[] = [];

  constructor(page: Page) {
    this.page = page;
  }

  async open(): Promise<void> {
    const { page, complaints } = this;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.route('**/*', async (route) => {
      const { origin, pathname } = new URL(route.request().url());
      if (origin !== 'https://wallet.test') {
        complaints.push(`asked ${origin}`);
        return route.abort();
      }
      const path = normalize(pathname === '/' ? '/index.html' : pathname);
      const body = await readFile(join(BUILT, path));
      const contentType = TYPES[extname(path)] ?? 'application/octet-stream';
      const headers = { 'content-security-policy': POLICY };
      return route.fulfill({ body, contentType, headers });
    });
    await page.clock.setFixedTime(NOW);
    await page.addInitScript(installWorker);
    await page.goto('/');
    await this.posted('open');
  }

  async emit(...messages: readonly FromWorker[]): Promise<void> {
    await this.page.evaluate((all) => {
      for (const message of all) window.stage.emit(message);
    }, messages);
  }

  /** The newest message of this kind that the page sent to its worker. */
  async posted<Kind extends ToWorker['kind']>(
    kind: Kind,
  ): Promise<Extract<ToWorker, { kind: Kind }>> {
    const found = await this.page.waitForFunction(
      (wanted) => window.stage.posted.findLast((message) => message.kind === wanted),
      kind,
    );
    return (await found.jsonValue()) as Extract<ToWorker, { kind: Kind }>;
  }

  /** How many messages of this kind were sent. */
  countPosted(kind: ToWorker['kind']): Promise<number> {
    return this.page.evaluate(
      (wanted) => window.stage.posted.filter((message) => message.kind === wanted).length,
      kind,
    );
  }

  async choose(...names: readonly string[]): Promise<void> {
    await this.page
      .getByLabel('Choose coin files')
      .setInputFiles(names.map((name) => ({ name, mimeType: '', buffer: Buffer.from(name) })));
  }

  /** What is too small for a thumb, by what is written on it. */
  tooSmall(): Promise<(string | null)[]> {
    return this.page.evaluate(() =>
      [...document.querySelectorAll('button, input:not([type=file]), select, textarea, summary')]
        .filter((element) => element.checkVisibility() && !element.matches('.unseen'))
        // A word beside a box is as good as the box.
        .map((element) => element.closest('label') ?? element)
        .filter((element) => {
          // In whole pixels: while a sheet rises, 44 px are 43.99997.
          const { width, height } = element.getBoundingClientRect();
          return Math.round(width) < 44 || Math.round(height) < 44;
        })
        .map((element) => element.textContent),
    );
  }

  /** What holds in every state: nothing scrolls sideways, nothing is told by the title. */
  async expectSound(): Promise<void> {
    const width = this.page.viewportSize()?.width ?? 0;
    // A phone widens its view instead of scrolling when the content is too wide.
    const seen = await this.page.evaluate(() =>
      Math.max(window.innerWidth, document.documentElement.scrollWidth),
    );
    expect(seen, 'nothing is wider than the screen').toBe(width);
    // A sheet scrolls by itself, so that nobody would notice what sticks out of it.
    const tooWide = await this.page.evaluate(() =>
      [...document.querySelectorAll('dialog[open], dialog[open] .middle')]
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map(({ className }) => className),
    );
    expect(tooWide, 'nothing is wider than its sheet').toEqual([]);
    await expect(this.page).toHaveTitle('RAIDA Wallet');
    expect(this.complaints).toEqual([]);
  }
}

export const test = base.extend<{ staged: StagedPage }>({
  staged: async ({ page }, use) => {
    const staged = new StagedPage(page);
    await staged.open();
    await use(staged);
    expect(staged.complaints).toEqual([]);
  },
});

export { expect } from '@playwright/test';
