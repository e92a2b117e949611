import { formatUnits, totalUnits } from '../amount.ts';
import { MAX_MEMO_CHARACTERS } from '../limits.ts';
import type { TokenId } from '../token.ts';

/** What file systems refuse, what ends a line, and what turns the direction of writing around. */
const REFUSED_CHARACTERS = /[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Zl}\p{Zp}/\\:*?"<>|]/gu;

/**
 * The name of a `.bin` (section 8): `1,250 CloudCoin #3 'memo'.bin`, the total and the number of
 * tokens; of one token, its value and its SN: `1,000 CloudCoin #7998 'memo'.bin`.
 */
export function coinFileName(tokens: readonly TokenId[], memo = ''): string {
  const [first] = tokens;
  const number = tokens.length === 1 && first ? first.sn : tokens.length;
  const name = `${formatUnits(totalUnits(tokens))} CloudCoin #${number}`;
  const safe = Array.from(memo.replace(REFUSED_CHARACTERS, '_').trim())
    .slice(0, MAX_MEMO_CHARACTERS)
    .join('');
  return safe === '' ? `${name}.bin` : `${name} '${safe}'.bin`;
}
