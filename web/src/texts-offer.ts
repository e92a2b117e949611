import { coins, files, type Counted } from './texts.ts';

/** The texts about files before they are accepted, which come on demand (see texts.ts). */
export const offerTexts = {
  headingNothing: 'Nothing to receive',
  heading: 'Receive these coins?',
  accept: (amount: Counted) => `Accept ${coins(amount)}`,
  accepting: 'Storing',
  notNow: 'Not now',
  close: 'Close',
  leftOut: (amount: Counted) => `${files(amount)} will be left out`,
  fileLeftOut: 'Left out',
  files: 'Files',
  denomination: (count: string, value: string) => `${count} × ${value}`,
  giverCouldRead:
    'These are your first coins, so whoever gave them to you could read along while they move, ' +
    'and take them back. Take first coins only from somebody you trust.',
} as const;
