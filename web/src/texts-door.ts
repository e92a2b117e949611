/** The texts of the door to the wallet, which come on demand (see texts.ts). */
export const doorTexts = {
  passphrase: 'Passphrase',
  repeat: 'Repeat passphrase',
  show: 'Show',
  hide: 'Hide',
  showLabel: 'Show what is typed',
  hideLabel: 'Hide what is typed',

  advice: {
    none: 'At least 8 characters. Several words that do not belong together are good.',
    short: 'At least 8 characters.',
    weak: 'Easy to guess. Add a word or two that do not belong together.',
    fair: 'Good. One more word makes it much stronger.',
    strong: 'Strong.',
  },
  tooShort: 'Choose at least 8 characters.',
  different: 'This is not the same as above.',
  missing: 'Type the passphrase.',

  new: {
    heading: 'Create your wallet',
    text: 'Your coins stay in this browser, encrypted with a passphrase that only you know.',
    submit: 'Create wallet',
    busy: 'Creating your wallet',
    forgotten: 'Nobody can reset it. 24 words, which you get next, help when it is forgotten.',
  },
  unprotected: {
    heading: 'Choose a passphrase',
    text: 'Your coins will be encrypted with it on this device. Nothing else changes.',
    submit: 'Encrypt my coins',
    busy: 'Encrypting your coins',
    forgotten: 'Nobody can reset it. Choose one that you remember, or write it down.',
  },
  haveOne: 'I have a wallet already',

  unlock: {
    heading: 'Unlock your wallet',
    submit: 'Unlock',
    passkey: 'Unlock with a passkey',
    or: 'or',
    busy: 'Unlocking',
    account: 'RAIDA Wallet',
  },
  passkeys: {
    unsupported: 'This browser has no passkeys for this page.',
    'no prf':
      'This passkey can sign, but it cannot open a wallet. Use another one, or a passphrase.',
    cancelled: 'The passkey was not used. Try again, or use the passphrase.',
    known: 'This passkey opens the wallet already.',
  },
  locking: 'Locks when what is under way is finished.',

  elsewhere: {
    heading: 'Your wallet is open in another tab',
    text: 'Go on there, or use it here: then the other tab only shows your coins.',
    readOnly: 'Open in another tab. This one only shows your coins.',
    useHere: 'Use it here',
    cancel: 'Not now',
  },
  paused: {
    heading: 'The wallet has paused',
    text: 'This browser’s storage failed. Nothing is sent until it works again.',
    retry: 'Try again',
  },
  outdated: {
    heading: 'A newer version of this page has your wallet',
    text: 'Reload this page to go on with it. Your coins are not touched.',
    reload: 'Reload',
  },
} as const;
