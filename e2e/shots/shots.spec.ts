import type { SendPlan } from '@raida-wallet/web/wallet/messages';
import { NOW, type StagedPage } from './page.ts';
import {
  BAD_OFFER,
  MARKS_12,
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
  PLAN,
  purse,
  repairView,
  send,
  sendPlan,
  wallet,
  walletWith,
} from './recordings.ts';
import { playScenes, type Scene } from './scenes.ts';

const at = (seconds: number) => NOW.getTime() + seconds * 1000;
const ready = lifecycle('ready');

async function offer(staged: StagedPage, offered: typeof OFFER) {
  await staged.choose('a.bin', 'b.bin');
  const { request } = await staged.posted('inspect');
  await staged.emit({ kind: 'inspected', request, offer: offered });
}

/** Three coins that need repair, among others. */
function toRepair() {
  return [...purse(), ...coins(3, 2, 'fracked', MARKS_19)];
}

async function compose(staged: StagedPage, text: string, changes: Partial<SendPlan> = {}) {
  await staged.page.getByRole('button', { name: 'Send coins' }).click();
  await staged.page.getByLabel('Amount').fill(text);
  const { request } = await staged.posted('plan send');
  await staged.emit({ kind: 'send planned', request, plan: sendPlan(changes) });
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
    acts: async ({ page }) => page.getByRole('button', { name: /^100/ }).click(),
    whole: true,
  },
  'repair-plan': {
    says: [network(), walletWith(toRepair(), { repair: repairView({ plan: PLAN }) }), ready],
    sees: '13 are needed.',
  },
  'repair-running': {
    says: [
      network(),
      walletWith(toRepair(), {
        repair: repairView({ running: { stage: 'fixing', coins: 3, done: 5, total: 12 } }),
      }),
      ready,
    ],
    sees: '5 of 12 put right',
  },
  'repair-waiting': {
    says: [
      network({ answering: 12 }),
      walletWith(toRepair(), {
        repair: repairView({ running: { stage: 'waiting', coins: 3, done: 5, total: 12 } }),
      }),
      ready,
    ],
    sees: 'Waiting for servers.',
  },
  'repair-done': {
    says: [
      network(),
      walletWith([...purse(), ...coins(1, 2, 'fracked', MARKS_19)], {
        repair: repairView({
          last: { repaired: 2, left: { ...PLAN, repairable: 0, cells: 0 } },
        }),
      }),
      ready,
    ],
    sees: '2 coins repaired',
  },
  'repair-failed': {
    says: [network(), walletWith(toRepair(), { repair: repairView({ plan: PLAN }) }), ready],
    acts: async (staged) => {
      await staged.page.getByRole('button', { name: 'Repair', exact: true }).click();
      const { request } = await staged.posted('repair');
      const message = 'The wallet is busy with a deposit of these coins. Try again in a minute.';
      await staged.emit({ kind: 'failed', request, message });
    },
    sees: 'The wallet is busy',
  },
  health: {
    says: [network(), wallet(purse()), ready],
    acts: async ({ page }) => page.getByRole('button', { name: 'Details' }).click(),
    sees: 'Check all coins',
  },
  'health-repair': {
    says: [network(), walletWith(toRepair(), { repair: repairView({ plan: PLAN }) }), ready],
    acts: async ({ page }) => page.getByRole('button', { name: 'Details' }).click(),
    sees: 'What the 25 shapes mean',
  },
  'send-empty': {
    says: [network(), wallet(purse()), ready],
    acts: async ({ page }) => page.getByRole('button', { name: 'Send coins' }).click(),
    sees: 'can be sent now',
  },
  'send-exact': {
    says: [network(), wallet(purse()), ready],
    acts: (staged) => compose(staged, '12.5'),
    sees: 'Create file with 12.5',
  },
  'send-inexact': {
    says: [network(), wallet(purse()), ready],
    acts: (staged) =>
      compose(staged, '0.005', {
        units: 500_000n,
        exact: false,
        denominations: [],
        below: 12n,
        above: 1_000_000n,
      }),
    sees: 'The nearest that they make',
  },
  'send-too-much': {
    says: [network(), wallet(purse()), ready],
    acts: (staged) =>
      compose(staged, '5000', {
        units: 500_000_000_000n,
        exact: false,
        denominations: [],
        below: 493_668_000_012n,
      }),
    sees: 'You can send at most',
  },
  'send-two-readings': {
    says: [network(), wallet(purse()), ready],
    acts: async ({ page }) => {
      await page.getByRole('button', { name: 'Send coins' }).click();
      await page.getByLabel('Amount').fill('1,250');
    },
    sees: 'Which of the two do you mean?',
  },
  'send-nothing': {
    says: [network(), wallet(coins(3, 1, 'settling')), ready],
    acts: async ({ page }) => page.getByRole('button', { name: 'Send coins' }).click(),
    sees: 'Nothing can be sent yet.',
  },
  'send-created': {
    says: [network(), wallet(purse()), ready],
    acts: async (staged) => {
      await compose(staged, '12.5');
      await staged.page.getByLabel('Note for the other side').fill('lunch');
      await staged.page.getByRole('button', { name: 'Create file with 12.5' }).click();
      const { request } = await staged.posted('send');
      const sends = [send({ state: 'ready' })];
      await staged.emit(walletWith(purse(), { sends }), { kind: 'sent', request, send: 31 });
    },
    sees: 'Ready to hand over',
  },
  sends: {
    says: [
      network(),
      walletWith(purse(), {
        sent: { coins: 28, units: 4_150_000_000n },
        sends: [
          send({
            id: 35,
            state: 'ready',
            memo: '',
            coins: 1,
            units: 100_000_000n,
            waiting: { coins: 1, units: 100_000_000n },
          }),
          send({ id: 34, takenCoins: 3, waiting: { coins: 5, units: 950_000_000n } }),
          send({ id: 33, state: 'taking back', memo: 'the long story of a lunch that nobody ate' }),
          send({
            id: 32,
            state: 'taken',
            memo: 'rent',
            takenCoins: 8,
            waiting: { coins: 0, units: 0n },
          }),
          send({
            id: 31,
            state: 'taken back',
            memo: 'a mistake',
            takenCoins: 3,
            waiting: { coins: 0, units: 0n },
          }),
        ],
      }),
      ready,
    ],
    sees: 'Not handed over yet',
    whole: true,
  },
  'take-back': {
    says: [network(), walletWith(purse(), { sends: [send()] }), ready],
    acts: async ({ page }) => page.getByRole('button', { name: 'Take back' }).click(),
    sees: 'Take these coins back?',
  },
  'too-few': {
    says: [network(), wallet([...purse(), ...coins(1, 1, 'unrecognised', MARKS_12)]), ready],
    acts: async ({ page }) => page.getByTestId('set-aside').locator('summary').click(),
    sees: 'Only 12 servers still know this coin. 13 are needed.',
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

playScenes(scenes);
