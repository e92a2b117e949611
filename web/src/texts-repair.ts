import type { CoinState } from './wallet/messages.ts';
import { choose, coins, type Counted } from './texts.ts';

/** The texts about repair, health and what is set aside, which come on demand (see texts.ts). */
export const repairTexts = {
  heading: 'Health',
  close: 'Close',
  details: 'Details',
  repair: 'Repair',
  checkAll: 'Check all coins',
  checkAllText:
    'Asks all 25 servers about each of your settled coins, and repairs what does not agree.',
  checkAllLater: 'Coins can be checked and repaired when they have settled.',
  asking: 'Starting',

  /** Why, and what happens next. The coins themselves are never in danger here. */
  silent: (servers: Counted, affected: number) =>
    `${servers.shown} ${choose(servers.count, 'server', 'servers')} could not be reached ` +
    `and will be asked again automatically. The ` +
    `${choose(affected, 'coin stays', 'coins stay')} yours.`,
  disagree: (servers: Counted, affected: number) =>
    `${servers.shown} ${choose(servers.count, 'server does', 'servers do')} not recognise ` +
    `${choose(affected, 'it', 'them')}. Enough others confirm that ${choose(affected, 'it is', 'they are')} ` +
    `yours.`,
  offline: (affected: number) =>
    `${choose(affected, 'It stays', 'They stay')} yours. The servers that are missing are asked ` +
    'again when the connection is back.',

  plan: {
    can: (amount: Counted, missing: Counted) =>
      `${coins(amount)} can be repaired: ` +
      `${missing.shown} ${choose(missing.count, 'confirmation is', 'confirmations are')} missing.`,
    cannot: (amount: Counted) => `${coins(amount)} cannot be repaired.`,
    silent: (amount: Counted, servers: Counted) =>
      `${coins(amount)} must wait: ${servers.shown} ` +
      `${choose(servers.count, 'server does', 'servers do')} not answer. ` +
      'They are asked again when they are back.',
    settling: (amount: Counted) =>
      `${coins(amount)} can be repaired when ${choose(amount.count, 'it has', 'they have')} settled.`,
    notCarriedOut: (amount: Counted) =>
      `${coins(amount)} could not be repaired, although it was tried several times. ` +
      `${choose(amount.count, 'It stays', 'They stay')} yours. Try again later.`,
    noKey: (amount: Counted) =>
      `${coins(amount)} must wait until another coin of yours has settled, which keeps the ` +
      'request secret.',
  },

  running: (amount: Counted) => `Repairing ${coins(amount)}`,
  checking: (amount: Counted) => `Checking ${coins(amount)}`,
  stages: {
    checking: 'Asking all servers',
    tickets: 'Servers vouch for your coins',
    sealing: 'Making sure that only you can use it',
    fixing: 'The other servers take it over',
    proving: 'Checking the result',
  },
  waiting: 'Waiting for servers. You can close this page; it goes on when you open it again.',
  tryNow: 'Try now',
  closable: 'You can close this page. It goes on when you open it again.',
  progress: (done: string, total: string) => `${done} of ${total} put right`,

  repaired: (amount: Counted) => `${coins(amount)} repaired`,
  nothingToRepair: 'All servers agree. Nothing needed repair.',
  nothingRepaired: 'Nothing could be repaired now',
  stillOpen: (amount: Counted) =>
    `${coins(amount)} ${choose(amount.count, 'still needs', 'still need')} repair. Try again.`,
  dismiss: 'OK',

  setAside: {
    heading: 'Set aside',
    intro: 'Not part of your balance. Nothing is deleted, and these are asked about again.',
    explain: {
      limbo:
        'Too few servers confirm these. Somebody else may have taken them, or servers are mistaken: ' +
        'they are kept, and asked about again.',
      moved:
        'Moved on another device, with the same words, a backup or a file. If that was not you, ' +
        'somebody else has them: move what is left to a new wallet.',
      contested: 'Somebody else took these before they had settled. Ask the sender for new ones.',
      unrecognised:
        'Too few servers recognise these. They may have been spent already: ask the sender for ' +
        'new ones and keep the file.',
      counterfeit: 'At least 13 servers say that these are not real. Ask the sender for new ones.',
    } satisfies Partial<Record<CoinState, string>>,
    tooFew: (known: Counted, needed: number) =>
      `Only ${known.shown} ${choose(known.count, 'server still knows', 'servers still know')} ` +
      `this coin. ${needed} are needed.`,
    /** Of several coins, the best known one counts. */
    tooFewEach: (known: Counted, needed: number) =>
      `Only ${known.shown} ${choose(known.count, 'server still knows', 'servers still know')} ` +
      `the best known of them. ${needed} are needed for each.`,
  },

  legend: 'What the 25 shapes mean',
  legendText:
    'Each coin is kept by 25 independent servers, and each shape is what one of them says, ' +
    'from server 0 on the left to server 24 on the right. A coin is yours when at least 13 confirm it.',
  technicalHeading: 'Technical details',
  technical: [
    'In the protocol these servers are RAIDA, and a server’s secret for a coin is its AN. A coin ' +
      'is confirmed when a server signs a reply with the new AN that only this wallet knows. ' +
      'A coin that needs repair is called “fracked”.',
    'Repair collects a ticket from each server that holds the AN, uses up the tickets’ other claims ' +
      '(Validate Ticket), sends Fix to those that do not, and proves the new AN there. Fewer than ' +
      '13 tickets convince nobody.',
  ],
} as const;
