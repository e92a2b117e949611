import { choose, coins, type Counted } from './texts.ts';

/** The texts about coming back with words or a backup, which come on demand (see texts.ts). */
export const restoreTexts = {
  heading: 'Restore',
  text: 'What is restored is added: coins that are here already stay as they are.',
  from: 'Restore from',
  words: '24 words',
  backup: 'Backup file',

  wordsLabel: 'Your 24 words',
  wordsHint: 'In their order, with spaces between them.',
  typed: (typed: string, all: string) => `${typed} of ${all} words`,
  wrongCount: (typed: string, all: string) => `These are ${typed} words. There have to be ${all}.`,
  list: 'Your list of coins',
  listHint:
    'Paste its text, or choose its file or a picture of its QR code. Without the list the words ' +
    'alone find no coins; you can add it later.',
  chooseList: 'Choose file or picture',
  noCode: 'No QR code was found in this picture. Choose a sharper one, or paste the text.',
  tooLarge: 'This is larger than any list of coins. Choose the file of the list itself.',
  unreadable: 'This could not be read. Choose it again.',

  backupLabel: 'Backup file',
  chooseBackup: 'Choose backup file',
  chosen: (name: string) => `Chosen: ${name}`,
  chooseFirst: 'Choose your backup file first.',
  backupTooLarge: 'This is larger than any backup. Choose the backup file itself.',
  backupPassphrase: 'Passphrase of the backup',
  missing: 'Type the passphrase of the backup.',
  same: 'Use this passphrase for the wallet here, too',

  newWallet: {
    heading: 'Restore your wallet',
    passphrase: 'New passphrase',
    repeat: 'Repeat new passphrase',
    passphraseText: 'Your coins will be encrypted with it in this browser.',
    submit: 'Restore wallet',
    busy: 'Restoring',
    back: 'Back',
  },
  submit: 'Restore',
  busy: 'Restoring',

  report: {
    heading: 'Restore',
    looking: 'Looking for your coins on the servers',
    found: (amount: Counted, value: string) => `${coins(amount)} found, worth ${value}`,
    none: 'No coins found',
    waiting: (amount: Counted) =>
      `${coins(amount)} ${choose(amount.count, 'is', 'are')} on the way, or ` +
      `${choose(amount.count, 'waits', 'wait')} for servers.`,
    missing: (amount: Counted) =>
      `${coins(amount)} could not be found: somebody else may have ${choose(amount.count, 'it', 'them')} now.`,
    coin: (value: string, serial: string) => `${value} No. ${serial}`,
    ok: 'OK',
  },
} as const;
