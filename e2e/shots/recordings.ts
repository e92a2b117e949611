/**
 * What a worker says, by situation. The shapes are those of web/src/worker/messages.ts; a page that
 * understands something else shows it in the pictures and fails the tests beside them.
 */

export type CoinState =
  | 'importing'
  | 'settling'
  | 'owned'
  | 'fracked'
  | 'limbo'
  | 'contested'
  | 'unrecognised'
  | 'counterfeit';

export interface Coin {
  readonly key: string;
  readonly dn: number;
  readonly sn: number;
  readonly state: CoinState;
  readonly marks: string;
}

export interface Deposit {
  readonly id: number;
  readonly names: readonly string[];
  readonly startedAtMs: number;
  readonly stage: 'checking' | 'waiting' | 'moving' | 'settling' | 'done';
  readonly coins: number;
  readonly units: bigint;
  readonly confirmedServers: number;
  readonly answeringServers: number;
  readonly claimed: number;
  readonly unrecognised: number;
  readonly settlesAtMs: number | null;
  readonly retryAtMs: number | null;
  readonly giverCouldRead: boolean;
}

export interface Offer {
  readonly id: number;
  readonly files: readonly {
    readonly name: string;
    readonly format: 'bin' | 'stack' | 'png' | null;
    readonly coins: number;
    readonly units: bigint;
    readonly denominations: readonly { readonly dn: number; readonly count: number }[];
    readonly problem: string | null;
    readonly remarks: readonly string[];
  }[];
  readonly coins: number;
  readonly units: bigint;
  readonly giverCouldRead: boolean;
}

export interface Network {
  readonly name: string;
  readonly connection: 'connecting' | 'online' | 'offline';
  readonly testCoins: boolean;
  readonly answering: number | null;
}

export interface Amount {
  readonly coins: number;
  readonly units: bigint;
}

export interface WalletView {
  readonly owned: Amount;
  readonly settling: Amount;
  readonly importing: Amount;
  readonly quarantined: Amount;
  readonly needRepair: number;
  readonly coins: readonly Coin[];
  readonly deposits: readonly Deposit[];
}

export type FromWorker =
  | {
      readonly kind: 'lifecycle';
      readonly phase: 'opening' | 'ready' | 'elsewhere' | 'failed';
      readonly message: string | null;
    }
  | { readonly kind: 'network'; readonly network: Network }
  | { readonly kind: 'wallet'; readonly wallet: WalletView }
  | { readonly kind: 'inspected'; readonly request: number; readonly offer: Offer }
  | { readonly kind: 'accepted'; readonly request: number; readonly deposit: number }
  | { readonly kind: 'failed'; readonly request: number; readonly message: string };

export type ToWorker =
  | { readonly kind: 'open' }
  | { readonly kind: 'inspect'; readonly request: number; readonly files: { name: string }[] }
  | { readonly kind: 'accept'; readonly request: number; readonly offer: number }
  | { readonly kind: 'dismiss'; readonly offer: number }
  | { readonly kind: 'test coins'; readonly request: number }
  | { readonly kind: 'retry now' };

const MARKS_ALL = 'c'.repeat(25);
export const MARKS_19 = 'cccccccscccscccccscsccscsc'.slice(0, 25);
export const MARKS_MOVING = 'cccccccccmmmmmmmmkkkkkkkk';
export const MARKS_REFUSED = 'rrrrrrrrrrrsrrrrrrrrrrrsr';
export const MARKS_FEW = 'kksskskssssksksskksskskss';
export const MARKS_MIXED = 'cccccmmmmmkkkkkrrrrrssuuu'.slice(0, 25);

const unitsOf = (dn: number) => 10n ** BigInt(dn + 8);

let nextSerial = 10_204_771;
export function coins(
  count: number,
  dn: number,
  state: CoinState = 'owned',
  marks = MARKS_ALL,
): Coin[] {
  return Array.from({ length: count }, () => {
    nextSerial += 7_919;
    const sn = nextSerial;
    return { key: `${dn}:${sn}`, dn, sn, state, marks };
  });
}

function amount(all: readonly Coin[], ...states: readonly CoinState[]): Amount {
  const chosen = all.filter(({ state }) => states.includes(state));
  return { coins: chosen.length, units: chosen.reduce((sum, { dn }) => sum + unitsOf(dn), 0n) };
}

export function wallet(all: readonly Coin[], ...deposits: readonly Deposit[]): FromWorker {
  return {
    kind: 'wallet',
    wallet: {
      owned: amount(all, 'owned', 'fracked'),
      settling: amount(all, 'settling'),
      importing: amount(all, 'importing'),
      quarantined: amount(all, 'limbo', 'contested', 'unrecognised', 'counterfeit'),
      needRepair: all.filter(({ state }) => state === 'fracked').length,
      coins: all,
      deposits,
    },
  };
}

export function deposit(stage: Deposit['stage'], changes: Partial<Deposit> = {}): Deposit {
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
    ...changes,
  };
}

export function network(changes: Partial<Network> = {}): FromWorker {
  return {
    kind: 'network',
    network: { name: 'Local', connection: 'online', testCoins: true, answering: 25, ...changes },
  };
}

export function lifecycle(
  phase: 'opening' | 'ready' | 'elsewhere' | 'failed',
  message: string | null = null,
): FromWorker {
  return { kind: 'lifecycle', phase, message };
}

/** Everyday purse: 300 coins of seven denominations. */
export function purse(): Coin[] {
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
export const OFFER: Offer = {
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

export const BAD_OFFER: Offer = {
  ...OFFER,
  id: 8,
  coins: 0,
  units: 0n,
  giverCouldRead: false,
  files: OFFER.files.filter(({ problem }) => problem !== null),
};
