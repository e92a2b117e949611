import type {
  Amount,
  CoinState,
  CoinView,
  DepositView,
  FromWorker,
  NetworkView,
  OfferView,
  PasskeyView,
  Phase,
  RepairPlan,
  RepairView,
  SendPlan,
  SendView,
  VaultView,
  WalletView,
} from '@raida-wallet/web/wallet/messages';

/** What a worker says, by situation. */

const MARKS_ALL = 'c'.repeat(25);
export const MARKS_19 = 'cccccccscccscccccscsccscsc'.slice(0, 25);
export const MARKS_MOVING = 'cccccccccmmmmmmmmkkkkkkkk';
export const MARKS_REFUSED = 'rrrrrrrrrrrsrrrrrrrrrrrsr';
export const MARKS_FEW = 'kksskskssssksksskksskskss';
export const MARKS_12 = 'kkkkrkrkkrkrrkrrrkrkrrrkr';
export const MARKS_MIXED = 'cccccmmmmmkkkkkrrrrrssuuu'.slice(0, 25);

const unitsOf = (dn: number) => 10n ** BigInt(dn + 8);

let nextSerial = 10_204_771;
export function coins(
  count: number,
  dn: number,
  state: CoinState = 'owned',
  marks = MARKS_ALL,
): CoinView[] {
  return Array.from({ length: count }, () => {
    nextSerial += 7_919;
    const sn = nextSerial;
    return { key: `${dn}:${sn}`, dn, sn, state, marks };
  });
}

function amount(all: readonly CoinView[], ...states: readonly CoinState[]): Amount {
  const chosen = all.filter(({ state }) => states.includes(state));
  return { coins: chosen.length, units: chosen.reduce((sum, { dn }) => sum + unitsOf(dn), 0n) };
}

const NOTHING_TO_REPAIR: RepairPlan = { repairable: 0, cells: 0, blocked: [] };

export function wallet(all: readonly CoinView[], ...deposits: readonly DepositView[]): FromWorker {
  return walletWith(all, { deposits });
}

/** What coins say by themselves, and what else there is to say. */
export function walletWith(
  all: readonly CoinView[],
  changes: Partial<WalletView>,
): Extract<FromWorker, { kind: 'wallet' }> {
  return {
    kind: 'wallet',
    wallet: {
      owned: amount(all, 'owned', 'fracked'),
      settling: amount(all, 'settling'),
      importing: amount(all, 'importing'),
      quarantined: amount(all, 'limbo', 'contested', 'unrecognised', 'counterfeit'),
      sent: amount(all, 'sent'),
      spendable: amount(all, 'owned', 'fracked'),
      needRepair: all.filter(({ state }) => state === 'fracked').length,
      repair: repairView(),
      sends: [],
      coins: all,
      deposits: [],
      ...changes,
    },
  };
}

export function deposit(
  stage: DepositView['stage'],
  changes: Partial<DepositView> = {},
): DepositView {
  return {
    id: 1,
    names: ['holiday-money.bin'],
    startedAtMs: Date.UTC(2026, 2, 1, 11, 52),
    stage,
    coins: 12,
    units: 125_005_000_000n,
    confirmedServers: 0,
    answeringServers: 25,
    claimed: 0,
    unrecognised: 0,
    settlesAtMs: null,
    retryAtMs: null,
    giverCouldRead: false,
    report: null,
    ...changes,
  };
}

export function send(changes: Partial<SendView> = {}): SendView {
  return {
    id: 31,
    startedAtMs: Date.UTC(2026, 2, 1, 11, 40),
    coins: 8,
    units: 1_250_000_000n,
    fileName: "12.5 CloudCoin #8 'lunch'.bin",
    memo: 'lunch',
    state: 'handed over',
    takenCoins: 0,
    waiting: { coins: 8, units: 1_250_000_000n },
    ...changes,
  };
}

export function sendPlan(changes: Partial<SendPlan> = {}): SendPlan {
  return {
    units: 1_250_000_000n,
    exact: true,
    denominations: [
      { dn: 1, count: 1 },
      { dn: 0, count: 2 },
      { dn: -1, count: 5 },
    ],
    below: null,
    above: null,
    spendable: 493_668_000_012n,
    ...changes,
  };
}

export function repairView(changes: Partial<RepairView> = {}): RepairView {
  return { plan: NOTHING_TO_REPAIR, running: null, last: null, ...changes };
}

/** Two coins of three can be repaired. */
export const PLAN: RepairPlan = {
  repairable: 2,
  cells: 12,
  blocked: [{ why: 'too few servers', coins: 1, servers: 12 }],
};

export function network(changes: Partial<NetworkView> = {}): FromWorker {
  return {
    kind: 'network',
    network: { name: 'Local', connection: 'online', testCoins: true, answering: 25, ...changes },
  };
}

export function lifecycle(
  phase: Phase,
  message: string | null = null,
  passkeys: readonly PasskeyView[] = [],
): FromWorker {
  return { kind: 'lifecycle', phase, message, passkeys };
}

export function vault(changes: Partial<VaultView> = {}): FromWorker {
  return {
    kind: 'vault',
    vault: {
      wordsWritten: false,
      backup: null,
      newerCoins: 0,
      lockAfterMinutes: 5,
      passkeys: [],
      secondCopy: 'kept',
      recovered: 0,
      ...changes,
    },
  };
}

/** 24 different ones. */
export const WORDS =
  `abandon rebuild canyon lizard gentle marble oyster saddle velvet anchor copper daring
  ember fabric garlic hollow island jungle kitten lemon meadow noodle orchid pepper`.split(/\s+/);

export const LIST = 'RAIDA1:3KX7Q2:0/10204771.10212690+4:1/10220609:9F3C';

/** Everyday purse: 300 coins of seven denominations. */
export function purse(): CoinView[] {
  return [
    ...coins(3, 3),
    ...coins(14, 2),
    ...coins(41, 1),
    ...coins(120, 0),
    ...coins(62, -1),
    ...coins(48, -2),
    ...coins(12, -8),
  ];
}

/** Two good files and three that cannot be received. */
export const OFFER: OfferView = {
  id: 7,
  coins: 13,
  units: 125_105_000_000n,
  giverCouldRead: true,
  files: [
    {
      name: 'holiday-money.bin',
      format: 'bin',
      coins: 12,
      units: 125_005_000_000n,
      denominations: [
        { dn: 3, count: 1 },
        { dn: 2, count: 2 },
        { dn: 1, count: 5 },
        { dn: -2, count: 5 },
      ],
      problem: null,
      remarks: [],
    },
    {
      name: 'a-card-that-somebody-gave-me-at-the-conference-in-spring.png',
      format: 'png',
      coins: 1,
      units: 100_000_000n,
      denominations: [{ dn: 0, count: 1 }],
      problem: null,
      remarks: ['1 coin already in this wallet, left out.'],
    },
    {
      name: 'half-a-download.bin',
      format: null,
      coins: 0,
      units: 0n,
      denominations: [],
      problem:
        'The file is truncated, its end is missing (438 bytes, not 439). Download it or ask for it again.',
      remarks: [],
    },
    {
      name: 'beach.png',
      format: null,
      coins: 0,
      units: 0n,
      denominations: [],
      problem:
        'There are no coins in this picture. Get the original; a picture that was edited or sent by a messenger may have lost its coins.',
      remarks: [],
    },
  ],
};

export const BAD_OFFER: OfferView = {
  ...OFFER,
  id: 8,
  coins: 0,
  units: 0n,
  giverCouldRead: false,
  files: OFFER.files.filter(({ problem }) => problem !== null),
};
