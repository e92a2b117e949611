import type { CoinState, Mark } from './wallet/messages.ts';

/**
 * Every text that the page shows at first; what comes on demand has its own beside it
 * (texts-door.ts, texts-offer.ts and so on). A translation is other objects of the same shapes. Numbers and
 * amounts arrive here already formatted.
 */

export const LOCALE = 'en-GB';

const plural = new Intl.PluralRules(LOCALE);

export function choose(count: number, one: string, many: string): string {
  return plural.select(count) === 'one' ? one : many;
}

/** A number for people and the number that decides on singular or plural. */
export interface Counted {
  readonly count: number;
  readonly shown: string;
}

export const coins = ({ count, shown }: Counted) => `${shown} ${choose(count, 'coin', 'coins')}`;
export const files = ({ count, shown }: Counted) => `${shown} ${choose(count, 'file', 'files')}`;
const they = (count: number) => choose(count, 'it', 'them');

const coinStates: Record<CoinState, string> = {
  importing: 'Receiving',
  settling: 'Settling',
  owned: 'Yours',
  fracked: 'Needs repair',
  limbo: 'Waiting for servers',
  contested: 'Taken by somebody else',
  moved: 'Moved on another device',
  unrecognised: 'Not recognised',
  counterfeit: 'Counterfeit',
  sent: 'Sent',
};

const marks: Record<Mark, string> = {
  c: 'Confirmed as yours',
  m: 'Moving to you, not confirmed yet',
  k: 'Known, not moved to you yet',
  r: 'Does not recognise the coin',
  s: 'Did not answer',
  u: 'Not asked yet',
};

export const texts = {
  title: 'RAIDA Wallet',
  coins,
  files,

  network: {
    connecting: 'Connecting',
    online: 'Online',
    offline: 'Offline',
    answered: (answered: number, servers: number) => `${answered} of ${servers} servers answered`,
    /** The same where there is little room. */
    answeredShort: (answered: number, servers: number) => `${answered} of ${servers} servers`,
    offlineBanner:
      'No connection. Your coins are safe on this device, and the wallet connects again by itself.',
  },

  balance: {
    heading: 'Balance',
    inCoins: (amount: Counted) => `in ${coins(amount)}`,
    none: 'No coins yet',
    nothingSettled: 'Nothing settled yet',
    settling: 'Settling',
    importing: 'Receiving',
    quarantined: 'Set aside',
    sent: 'Sent, not taken yet',
    settlesIn: (duration: string) => `settles in ${duration}`,
    allSettledIn: (duration: string) => `all settled in ${duration}`,
    settlesSoon: 'settles any moment',
    settlesOnline: 'settles when the connection is back',
  },

  duration: {
    minutes: (minutes: string) => `${minutes} min`,
    seconds: (seconds: string) => `${seconds} s`,
  },

  health: {
    heading: 'Health',
    agree: (servers: number) => `All ${servers} servers agree`,
    agreed: (servers: number) => `All ${servers} servers agreed when asked last`,
    needRepair: (amount: Counted) =>
      `${coins(amount)} ${choose(amount.count, 'needs', 'need')} repair`,
    open: 'Not confirmed by all servers yet',
  },

  marks,
  coinStates,
  strip: {
    confirmed: (confirmed: number, servers: number) =>
      `${confirmed} of ${servers} servers confirmed`,
    all: (confirmed: number, servers: number) =>
      `${confirmed} of ${servers} servers confirmed every coin`,
    rest: (mark: Mark, servers: string) => `${marks[mark]}: ${servers}`,
  },

  coinList: {
    heading: 'Coins',
    denomination: (value: string) => `${value} each`,
    serial: (serial: number) => `No. ${serial}`,
    /** `all`: it is true of every coin of the group, so that no number is needed. */
    needRepair: (shown: string, all: boolean) => (all ? 'to repair' : `${shown} to repair`),
    settling: (shown: string, all: boolean) => (all ? 'settling' : `${shown} settling`),
    importing: (shown: string, all: boolean) => (all ? 'arriving' : `${shown} arriving`),
    empty: 'Coins that you receive are listed here, each with what its 25 servers say.',
  },

  send: 'Send coins',
  failed: 'This did not work. Try again; if it happens again, reload the page.',
  partFailed: 'A part of this page could not be loaded. Check the connection, then try again.',

  receive: {
    heading: 'Receive coins',
    choose: 'Choose coin files',
    hint: 'or drop them anywhere on this page',
    kinds: 'Any kind of coin file: .bin, .stack or a picture',
    reading: (amount: Counted) => `Looking at ${files(amount)}`,
    testCoins: 'Get test coins',
    fetchingTestCoins: 'Getting test coins',
    dropHere: 'Drop to see what is inside',
    dropSafe: 'Nothing is received before you accept it.',
    dismissError: 'Dismiss',
    tooMany: (limit: string) => `These are more than ${limit} files. Choose fewer at a time.`,
    tooMuch: 'These files are too large to look at together. Choose fewer at a time.',
    tooLarge: 'This is larger than any coin file. Choose the coin file itself.',
    unreadable:
      'This could not be read. If it is a folder, choose the files inside it; otherwise choose it again.',
  },

  deposits: {
    heading: 'Receiving',
    received: 'Received',
    earlier: (amount: Counted) => `${amount.shown} earlier`,
    testCoins: 'Test coins',
    restored: 'Restored coins',
    more: (more: string) => `+${more}`,
    closable: 'You can close this page. It continues when you open it again.',
    confirmed: (confirmed: number, servers: number) =>
      `${confirmed} of ${servers} servers confirmed`,
    answer: (answering: number, servers: number) => `${answering} of ${servers} servers answer.`,
    needed: (quorum: number) => `At least ${quorum} are needed.`,
    unclear: 'Some of them gave no clear answer yet.',
    safe: 'Your coins are safe;',
    retryIn: (duration: string) => `trying again in ${duration}.`,
    retryNow: 'trying again now.',
    retryOnline: 'it continues when the connection is back.',
    tryNow: 'Try now',
    stages: {
      checking: 'Checking with the servers',
      waiting: 'Waiting for servers',
      moving: 'Moving to you',
      settling: 'Yours, settling',
      done: 'Received',
    },
    settling: 'They join your balance when they have settled.',
    claimed: (all: Counted, claimed: string) => `${claimed} of ${coins(all)}`,
    nothing: 'Nothing received',
    unrecognised: (amount: Counted) =>
      `${coins(amount)} ${choose(amount.count, 'was', 'were')} not recognised and ` +
      `${choose(amount.count, 'is', 'are')} set aside. Ask the sender about ${they(amount.count)}.`,
  },

  lifecycle: {
    opening: 'Opening your wallet',
    failed: 'The wallet could not be opened',
    failedText: 'Reload the page. Your coins are stored on this device and are not touched.',
    reload: 'Reload',
    locked: 'The wallet was locked meanwhile. Unlock it and try again.',
  },
} as const;
