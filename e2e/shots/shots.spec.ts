import type { FromWorker } from '@raida-wallet/web/wallet/messages';
import { join } from 'node:path';
import { NOW, expect, test, type StagedPage } from './page.ts';
import {
  BAD_OFFER,
  MARKS_19,
  MARKS_FEW,
  MARKS_MIXED,
  MARKS_MOVING,
  MARKS_REFUSED,
  OFFER,
  coins,
  deposit,
  lifecycle,
  network,
  purse,
  wallet,
} from './recordings.ts';

const FOLDER = process.env['SHOTS_DIR'] ?? join(import.meta.dirname, '../test-results/shots');
const at = (seconds: number) => NOW.getTime() + seconds * 1000;
const ready = lifecycle('ready');

interface Scene {
  readonly says: readonly FromWorker[];
  /** What is seen when the scene is on stage. */
  readonly sees: string;
  readonly acts?: (staged: StagedPage) => Promise<void>;
  /** The whole page, not only the first screen. */
  readonly whole?: boolean;
}

async function offer(staged: StagedPage, offered: typeof OFFER) {
  await staged.choose('a.bin', 'b.bin');
  const { request } = await staged.posted('inspect');
  await staged.emit({ kind: 'inspected', request, offer: offered });
}

const scenes: Readonly<Record<string, Scene>> = {
  empty: { says: [network(), wallet([]), ready], sees: 'No coins yet' },
  opening: { says: [], sees: 'Opening your wallet' },
  offer: {
    says: [network(), wallet([]), ready],
    acts: (staged) => offer(staged, OFFER),
    sees: 'Accept 13 coins',
  },
  'offer-nothing': {
    says: [network(), wallet([]), ready],
    acts: (staged) => offer(staged, BAD_OFFER),
    sees: 'Nothing to receive',
  },
  'request-failed': {
    says: [network(), wallet([]), ready],
    acts: async (staged) => {
      await staged.page.getByRole('button', { name: 'Get test coins' }).click();
      const { request } = await staged.posted('test coins');
      const message = 'The local network gave no coins. Start it again, then try once more.';
      await staged.emit({ kind: 'failed', request, message });
    },
    sees: 'The local network gave no coins.',
  },
  moving: {
    says: [
      network(),
      wallet(
        [...purse().slice(0, 60), ...coins(12, 1, 'importing', MARKS_MOVING)],
        deposit('moving', { confirmedServers: 21, names: ['holiday-money.bin', 'b', 'c'] }),
      ),
      ready,
    ],
    sees: '21 of 25 servers confirmed',
  },
  waiting: {
    says: [
      network({ answering: 12 }),
      wallet(
        coins(12, 1, 'importing', MARKS_FEW),
        deposit('waiting', { answeringServers: 12, retryAtMs: at(20) }),
      ),
      ready,
    ],
    sees: '12 of 25 servers answer. At least 13 are needed.',
    whole: true,
  },
  settling: {
    says: [
      network(),
      wallet(
        [...coins(2, 2), ...coins(10, 1, 'settling')],
        deposit('settling', { confirmedServers: 25, settlesAtMs: at(230), claimed: 12 }),
      ),
      ready,
    ],
    sees: 'settles in 4 min',
    whole: true,
  },
  settled: {
    says: [network(), wallet(purse(), deposit('done', { claimed: 12 })), ready],
    sees: 'All 25 servers agree',
    whole: true,
  },
  repair: {
    says: [
      network({ answering: 19 }),
      wallet([...purse(), ...coins(3, 2, 'fracked', MARKS_19)]),
      ready,
    ],
    sees: '3 coins need repair',
    acts: async ({ page }) => {
      await page.getByText('What the 25 shapes mean').click();
      await page.getByRole('button', { name: /^100/ }).click();
    },
    whole: true,
  },
  counterfeit: {
    says: [
      network(),
      wallet(
        [
          ...coins(4, 2),
          ...coins(1, 1, 'settling', MARKS_MIXED),
          ...coins(1, 1, 'counterfeit', MARKS_REFUSED),
          ...coins(1, 0, 'unrecognised', MARKS_REFUSED),
          ...coins(1, 0, 'contested', MARKS_REFUSED),
          ...coins(1, -2, 'limbo', MARKS_FEW),
        ],
        deposit('settling', {
          confirmedServers: 25,
          settlesAtMs: at(40),
          claimed: 11,
          unrecognised: 1,
        }),
        deposit('done', { id: 2, names: ['lottery.stack'], coins: 2, unrecognised: 2 }),
      ),
      ready,
    ],
    sees: 'Counterfeit',
    whole: true,
  },
  offline: {
    says: [
      network({ connection: 'offline', answering: null }),
      wallet([...purse(), ...coins(3, 2, 'fracked', MARKS_19)]),
      ready,
    ],
    sees: 'No connection.',
  },
  elsewhere: {
    says: [lifecycle('elsewhere', 'Close the other tab, or go on there.')],
    sees: 'Your wallet is open in another tab',
  },
  'elsewhere-with-coins': {
    says: [network(), wallet(purse()), lifecycle('elsewhere', 'Close the other tab.')],
    sees: 'Open in another tab',
  },
  failed: {
    says: [
      lifecycle(
        'failed',
        'This browser does not let the page store anything. Leave the private window, or allow storage for this page.',
      ),
    ],
    sees: 'The wallet could not be opened',
  },
};

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
