/** What can be wrong with a coin file. Each has its own words in `WORDS`. */
export type CoinFileProblem =
  | 'empty'
  | 'too-large'
  | 'unknown-format'
  | 'truncated'
  | 'trailing-bytes'
  | 'no-tokens'
  | 'other-coin'
  | 'encrypted'
  | 'denomination'
  | 'serial-number'
  | 'an-count'
  | 'hex'
  | 'empty-an'
  | 'conflict'
  | 'checksum'
  | 'no-coins-in-picture';

/**
 * What to tell the person: what is wrong, then what to do. Nothing of a bad file is imported, so
 * each of these ends without any loss.
 */
const WORDS: Readonly<Record<CoinFileProblem, readonly [wrong: string, remedy: string]>> = {
  empty: ['The file is empty', 'Ask the sender for it again.'],
  'too-large': ['The file is too large for a coin file', 'Choose another file.'],
  'unknown-format': [
    'The file has an unknown format',
    'Choose a coin file (.bin, .stack, or a picture that holds coins).',
  ],
  truncated: ['The file is truncated, its end is missing', 'Download it or ask for it again.'],
  'trailing-bytes': [
    'There are trailing bytes after the last coin',
    'The file is damaged; ask for it again.',
  ],
  'no-tokens': ['There are no tokens in the file', 'Choose a file that holds coins.'],
  'other-coin': ['The coins are of an other coin id', 'Open them in a wallet of their network.'],
  encrypted: [
    'The file is encrypted',
    'Decrypt it with the program that wrote it, then open the result.',
  ],
  denomination: ['A denomination is outside of -8 to 6', 'The file is damaged; ask for it again.'],
  'serial-number': [
    'A serial number is no whole number from 0 to 4294967295',
    'The file is damaged; ask for it again.',
  ],
  'an-count': ['A coin does not have 25 ANs', 'The file is damaged; ask for it again.'],
  hex: ['An AN is not 32 hex digits', 'The file is damaged; ask for it again.'],
  'empty-an': ['A coin has an empty AN, all zeros', 'The file is incomplete; ask for it again.'],
  conflict: [
    'The file holds the same token with different ANs',
    'At most one of the two is real; ask the sender which.',
  ],
  checksum: [
    'The picture is damaged: a checksum is wrong',
    'Get the original; a picture that was edited or sent by a messenger may have lost its coins.',
  ],
  'no-coins-in-picture': [
    'There are no coins in this picture',
    'Get the original; a picture that was edited or sent by a messenger may have lost its coins.',
  ],
};

/** A file that is no good coin file. The message is for a person, and never holds an AN. */
export class CoinFileError extends Error {
  override readonly name = 'CoinFileError';
  readonly problem: CoinFileProblem;

  /** `detail` says where or how much, for example `coin 3 of 12`. Never what a secret is. */
  constructor(problem: CoinFileProblem, detail?: string) {
    const [wrong, remedy] = WORDS[problem];
    super(`${wrong}${detail === undefined ? '' : ` (${detail})`}. ${remedy}`);
    this.problem = problem;
  }
}
