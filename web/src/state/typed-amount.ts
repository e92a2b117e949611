import { MAX_DENOMINATION, MIN_DENOMINATION } from '@raida-wallet/protocol';

/** What a typed text says, as an amount in 10^-8 coins. */
export type TypedAmount =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'amount'; readonly units: bigint }
  /** `1,250`: thousands here, a fraction elsewhere. Money is not guessed at. */
  | { readonly kind: 'two readings'; readonly readings: readonly [bigint, bigint] }
  | { readonly kind: 'wrong'; readonly why: 'not a number' | 'too fine' | 'too large' };

const FRACTION_DIGITS = -MIN_DENOMINATION;

/** All coins that there can be: each serial number of each denomination. */
const MAX_UNITS = Array.from(
  { length: MAX_DENOMINATION - MIN_DENOMINATION + 1 },
  (_, place) => (10n ** BigInt(place)) << 32n,
).reduce((sum, units) => sum + units);

/** What people put between the digits of a long number, and nobody means as a point. */
const SPACING = /[\s'’_]/g;
const AMBIGUOUS = /^[1-9]\d{0,2},\d{3}$/;
const GROUPED = /^[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/;
const PLAIN = /^(?=.*\d)(\d*)(?:[.,](\d*))?$/;

/**
 * Takes point and comma as the decimal sign, because a phone's keypad has only one of them, and takes
 * amounts as this page shows them. Exact: it never passes through a floating point number.
 */
export function readTypedAmount(text: string): TypedAmount {
  const compact = text.replace(SPACING, '');
  if (compact === '') return { kind: 'nothing' };
  if (AMBIGUOUS.test(compact)) {
    const [thousands = '', rest = ''] = compact.split(',');
    return {
      kind: 'two readings',
      readings: [toUnits(thousands + rest, ''), toUnits(thousands, rest)],
    };
  }
  const plain = GROUPED.test(compact) ? compact.replaceAll(',', '') : compact;
  const match = PLAIN.exec(plain);
  if (match === null) return { kind: 'wrong', why: 'not a number' };
  const [, whole = '', fraction = ''] = match;
  const digits = fraction.replace(/0+$/, '');
  if (digits.length > FRACTION_DIGITS) return { kind: 'wrong', why: 'too fine' };
  const units = toUnits(whole, digits);
  return units > MAX_UNITS ? { kind: 'wrong', why: 'too large' } : { kind: 'amount', units };
}

function toUnits(whole: string, fraction: string): bigint {
  return BigInt(whole + fraction.padEnd(FRACTION_DIGITS, '0'));
}
