import type { FromWorker } from '@raida-wallet/web/wallet/messages';
import { join } from 'node:path';
import { expect, test, type StagedPage } from './page.ts';

/** Pictures of what a worker could say. */

const FOLDER = process.env['SHOTS_DIR'] ?? join(import.meta.dirname, '../test-results/shots');

export interface Scene {
  readonly says: readonly FromWorker[];
  /** What is seen when the scene is on stage. */
  readonly sees: string;
  readonly acts?: (staged: StagedPage) => Promise<unknown>;
  /** The whole page, not only the first screen. */
  readonly whole?: boolean;
}

export function playScenes(scenes: Readonly<Record<string, Scene>>): void {
  for (const [name, scene] of Object.entries(scenes)) {
    test(name, async ({ staged, page }, info) => {
      await staged.emit(...scene.says);
      await scene.acts?.(staged);
      await expect(page.getByText(scene.sees).filter({ visible: true }).first()).toBeVisible();
      await staged.expectSound();
      const path = join(FOLDER, `${name}-${info.project.name}.png`);
      await page.screenshot({ path, fullPage: scene.whole ?? false });
    });
  }
}
