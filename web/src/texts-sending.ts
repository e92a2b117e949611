import { choose, coins, type Counted } from './texts.ts';

/** The texts about sending, which come on demand (see texts.ts). */
export const sendingTexts = {
  heading: 'Send coins',
  amount: 'Amount',
  available: (amount: string) => `${amount} can be sent now`,
  all: 'All',
  nothing: 'Nothing can be sent yet. Coins that you received can be sent when they have settled.',
  memo: 'Note for the other side',
  memoHint: 'Not needed. It becomes part of the file’s name.',
  create: 'Create file',
  createAmount: (amount: string) => `Create file with ${amount}`,
  creating: 'Creating the file',
  cancel: 'Not now',
  close: 'Close',

  wrong: {
    'not a number': 'Type an amount like 12.5.',
    'too fine': 'The smallest amount is 0.00000001: at most 8 digits after the point.',
    'too large': 'That is more than there can be.',
  },
  whichReading: 'Which of the two do you mean?',
  checking: 'Looking for coins',
  exactly: (amount: Counted) => `Exactly, in ${coins(amount)}:`,
  denomination: (count: string, value: string) => `${count} × ${value}`,
  tooMuch: (amount: string) => `You can send at most ${amount} now.`,
  impossible: 'Your coins do not make exactly this amount. The nearest that they make:',
  nearest: (amount: string) => `Send ${amount}`,

  readyHeading: 'Ready to hand over',
  readyText:
    'Whoever has this file can take the coins, so give it to one person only. Until they are ' +
    'taken, you can take them back.',
  save: 'Save file',
  saveAgain: 'Get the file again',
  share: 'Share',
  shareRefused: 'This device does not share such files, so it was saved instead.',
  saved: 'Saved. It is in your downloads.',
  preparing: 'Getting the file',

  sending: 'Sending',
  sent: 'Sent',
  earlier: (amount: Counted) => `${amount.shown} earlier`,
  states: {
    ready: 'Not handed over yet',
    'handed over': 'Handed over',
    taken: 'Taken',
    'taking back': 'Coming back',
    'taken back': 'Taken back',
  },
  detail: {
    ready: 'The coins are in the file and cannot be spent here.',
    'handed over': 'Not taken yet. It is listed here until the other side has taken it.',
    taken: null,
    'taking back':
      'The coins are moving back to you. You can close this page. It continues when you open it again.',
    'taken back': null,
  },
  partlyTaken: (taken: string, all: Counted) => `${taken} of ${coins(all)} taken so far.`,
  partlyBack: (back: string, all: Counted, taken: Counted) =>
    `${back} of ${coins(all)} came back. ${taken.shown} ` +
    `${choose(taken.count, 'was', 'were')} taken by the other side.`,

  takeBack: 'Take back',
  takeBackHeading: 'Take these coins back?',
  takeBackText:
    'The file becomes worthless, also if you have given it away. What the other side has taken ' +
    'already stays there.',
  takingBack: 'Taking back',
  keep: 'Leave it',
} as const;
