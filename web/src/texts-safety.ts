import { choose, coins, type Counted } from './texts.ts';

/** The texts about words, backups and the lock, which come on demand (see texts.ts). */
export const safetyTexts = {
  heading: 'Safety',
  /** Of the button, for those who hear it. */
  named: (state: string) => `Safety: ${state}`,
  close: 'Close',
  back: 'Back',
  passphrase: 'Passphrase',
  missing: 'Type the passphrase.',

  state: {
    noWords: '24 words not written down',
    noBackup: (amount: Counted) => `${coins(amount)} in no backup`,
    newer: (amount: Counted) => `${coins(amount)} newer than your last backup`,
    untested: 'Backup not tested yet',
    good: 'Everything is backed up',
  },

  offer: {
    heading: 'Write down 24 words',
    text: 'They bring your wallet back when this device is lost, broken or wiped. It takes two minutes.',
    now: 'Write down 24 words',
    later: 'Later',
  },
  recovered: (records: Counted) =>
    `${records.shown} ${choose(records.count, 'record', 'records')} had been lost by this browser’s ` +
    'storage and came back from the second copy. Nothing is missing. Make a backup soon.',
  ok: 'OK',

  sections: {
    words: '24 words',
    list: 'List of coins',
    backup: 'Backup file',
    restore: 'Restore',
    lock: 'Lock',
    storage: 'This browser',
  },
  rows: {
    written: 'Written down',
    notWritten: 'Not written down yet',
    list: 'Brings coins back, together with the words',
    noBackup: 'None yet',
    verified: (when: string) => `${when}, verified`,
    untested: (when: string) => `${when}, not tested yet`,
    restore: 'Coins from another device, or from before',
    lockAfter: (duration: string) => `Locks itself after ${duration}`,
    lockNever: 'Does not lock itself',
    storage: 'How well it keeps your coins',
    storageRefused: 'It has not promised to keep your coins',
    storageWarning: 'Something to look at',
  },

  words: {
    text: 'Whoever has these words and knows your coins can take them. Write them on paper, and show them to nobody.',
    textMore:
      'The words bring your coins back together with the list of your coins, or with a backup file.',
    written: 'You have written them down.',
    show: 'Show 24 words',
    showing: 'Getting the words',
    showHeading: 'Your 24 words',
    showText: 'Write them down in this order. They disappear when you leave.',
    next: 'I have written them down',
    checkHeading: 'Check what you wrote',
    checkText: 'Type these words from your paper.',
    word: (number: number) => `Word ${number}`,
    wrong: (number: number) => `Word ${number} is another one. Look at your paper again.`,
    check: 'Check',
    again: 'Show them again',
    done: 'Your words are written down',
    doneText: 'Keep the paper where only you find it. Next: save the list of your coins, too.',
    nextList: 'Save the list of coins',
  },

  list: {
    text: 'The servers do not know whose a coin is. This list says which coins to look for: words and list together bring back all of them.',
    harmless: 'Without the words nobody can do anything with it.',
    show: 'Show the list',
    showing: 'Making the list',
    count: (amount: Counted) => `${coins(amount)}, as of now`,
    code: 'QR code of the list of coins',
    tooLong: 'So many coins do not fit into one QR code. Save the file instead.',
    label: 'The list as text',
    copy: 'Copy',
    copied: 'Copied.',
    notCopied: 'This browser did not copy it. It is selected now: copy it yourself.',
    save: 'Save as file',
    saved: 'Saved. It is in your downloads.',
    photograph: 'I have a picture of the code',
    photographed: 'Noted.',
    again: 'Coins that come later are not on it: save it again then.',
    fileName: (day: string) => `raida-list-of-coins-${day}.txt`,
  },

  backup: {
    text: 'One file with everything, encrypted with your passphrase. Keep it on another device.',
    none: 'There is no backup yet.',
    made: (when: string) => `Last backup: ${when}`,
    verified: 'Verified: it was read back.',
    untested: 'Not tested yet: nobody knows whether it can be read.',
    newer: (amount: Counted) =>
      `${coins(amount)} ${choose(amount.count, 'is', 'are')} newer than your last backup.`,
    notIn: (amount: Counted) =>
      `${coins(amount)} ${choose(amount.count, 'is', 'are')} in no backup.`,
    allIn: 'All your coins are in it.',
    make: 'Make a backup file',
    making: 'Making the file',
    saved: (name: string) => `Saved as ${name}. Now test it: choose the file that was just saved.`,
    test: 'Test it now',
    testOther: 'Test a backup file',
    testing: 'Reading the file',
    passphraseFirst: 'Type the passphrase of the file first, then choose it again.',
    tooLarge: 'This is larger than any backup. Choose the backup file itself.',
    unreadable: 'This could not be read. Choose it again.',
    good: (amount: Counted, value: string) =>
      `Verified: this file holds ${coins(amount)}, worth ${value}.`,
    old: (amount: Counted, age: string, when: string) =>
      `This file can be read and holds ${coins(amount)}, but it is not your newest: it is ${age} old (${when}).`,
    days: (count: number, shown: string) => `${shown} ${choose(count, 'day', 'days')}`,
    hours: (count: number, shown: string) => `${shown} ${choose(count, 'hour', 'hours')}`,
    lessThanHour: 'less than an hour',
  },

  lock: {
    now: 'Lock now',
    nowText: 'What is under way is finished first.',
    after: 'Lock by itself',
    afterText: 'When nobody has touched the page for this long, or it was hidden.',
    never: 'Never',
    minutes: (count: number) => `After ${count} ${choose(count, 'minute', 'minutes')}`,
    duration: (count: number) => `${count} ${choose(count, 'minute', 'minutes')}`,
    change: 'Change passphrase',
    old: 'Passphrase until now',
    new: 'New passphrase',
    repeat: 'Repeat new passphrase',
    changeNow: 'Change passphrase',
    changing: 'Changing it',
    changed: 'Changed. Backup files that you made before still open with the old one.',
    passkeys: 'Passkeys',
    passkeysText:
      'Unlock with a fingerprint, your face or a security key. Your passphrase goes on working.',
    unsupported: 'This browser has no passkeys for this page.',
    passkey: (when: string) => `Added ${when}`,
    remove: 'Remove',
    removeNamed: (when: string) => `Remove the passkey that was added ${when}`,
    add: 'Add a passkey',
    adding: 'Adding a passkey',
    added: 'Added. It opens the wallet from now on.',
  },

  storage: {
    promised: 'This browser has promised to keep your coins until you delete them.',
    refused:
      'This browser has not promised to keep your coins: it may delete them when the device is nearly full. Keep a backup.',
    unasked: 'This browser has not been asked yet to keep your coins until you delete them.',
    unavailable: 'This browser cannot promise to keep your coins. Keep a backup.',
    ask: 'Ask the browser',
    asking: 'Asking',
    secondCopy: {
      kept: 'A second copy of your coins is kept in another place of this browser.',
      unavailable: 'This browser has no other place for a second copy of your coins.',
      failed: 'The second copy of your coins could not be written. Make a backup.',
    },
    install:
      'Safari deletes what a page keeps when you have not opened it for 7 days. Add this page to your home screen (Share, then “Add to Home Screen”): then it stays.',
  },
} as const;
