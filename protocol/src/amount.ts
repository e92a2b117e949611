import { assert } from './errors.ts';
import { MIN_DENOMINATION } from './limits.ts';
import { isDenomination, type TokenId } from './token.ts';

/**
 * Amounts are whole numbers of units of 10^-8, the smallest denomination, as bigint: sums of
 * fractions stay exact.
 */

const FRACTION_DIGITS = -MIN_DENOMINATION;
const UNITS_PER_ONE = 10n ** BigInt(FRACTION_DIGITS);

/** What a token of this denomination is worth, in units of 10^-8. */
export function tokenUnits(dn: number): bigint {
  assert(isDenomination(dn), 'a denomination is -8 to 6');
  return 10n ** BigInt(dn - MIN_DENOMINATION);
}

export function totalUnits(tokens: readonly TokenId[]): bigint {
  return tokens.reduce((sum, { dn }) => sum + tokenUnits(dn), 0n);
}

/** `1,250`, `0.01`, `1,000.00000001`: thousands set apart, no trailing zeros. */
export function formatUnits(units: bigint): string {
  const sign = units < 0n ? '-' : '';
  const magnitude = units < 0n ? -units : units;
  const whole = (magnitude / UNITS_PER_ONE).toString().replace(/\B(?=(?:\d{3})+$)/g, ',');
  const fraction = (magnitude % UNITS_PER_ONE).toString().padStart(FRACTION_DIGITS, '0');
  const digits = fraction.replace(/0+$/, '');
  return digits === '' ? `${sign}${whole}` : `${sign}${whole}.${digits}`;
}
