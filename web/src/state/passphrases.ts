/** What a passphrase is worth, judged without asking anybody. It only advises, except for its length. */

export const MIN_PASSPHRASE_CHARACTERS = 8;

export type Strength = 'none' | 'short' | 'weak' | 'fair' | 'strong';

/** Four words, or as many characters, take longer to guess than anybody tries. */
const STRONG_CHARACTERS = 20;
const STRONG_WORDS = 4;
const FAIR_CHARACTERS = 12;
/** With fewer different characters than this, length is only repetition. */
const FEW_CHARACTERS = 6;
/** What everybody tries first; more of the same kind is caught by the other rules. */
const USUAL = /^(pass(word|phrase)|qwert[yz]|letmein|welcome|iloveyou|abc|raida|cloudcoin|admin)/iu;

export function judgePassphrase(passphrase: string): Strength {
  const characters = [...passphrase.normalize('NFKC')];
  if (characters.length === 0) return 'none';
  if (characters.length < MIN_PASSPHRASE_CHARACTERS) return 'short';
  const different = new Set(characters).size;
  if (different < FEW_CHARACTERS || /^\d+$/u.test(passphrase)) return 'weak';
  const words = new Set(passphrase.toLowerCase().split(/[\s\-_.,]+/u)).size;
  if (characters.length >= STRONG_CHARACTERS) return 'strong';
  if (words >= STRONG_WORDS && characters.length >= FAIR_CHARACTERS) return 'strong';
  return characters.length >= FAIR_CHARACTERS && !USUAL.test(passphrase) ? 'fair' : 'weak';
}
