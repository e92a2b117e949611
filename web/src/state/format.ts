import { formatUnits, tokenUnits } from '@raida-wallet/protocol';
import { LOCALE, type Counted } from '../texts.ts';

const wholeNumbers = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });

/** `12,345`. */
export function formatCount(count: number): string {
  return wholeNumbers.format(count);
}

/** A number as texts want it: to decide on singular or plural, and to be shown. */
export function counted(count: number): Counted {
  return { count, shown: formatCount(count) };
}

/** A value for reading: `1,250.05`. Exact: it never passes through a floating point number. */
export function formatAmount(units: bigint): string {
  return formatUnits(units);
}

/** The two parts of a value, so that the fraction can be set smaller: `1,250` and `.05`, or ''. */
export function splitAmount(units: bigint): { whole: string; fraction: string } {
  const shown = formatUnits(units);
  const point = shown.indexOf('.');
  return point < 0
    ? { whole: shown, fraction: '' }
    : { whole: shown.slice(0, point), fraction: shown.slice(point) };
}

const times = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short' });

/** `1 Mar 2026, 12:00`, in the person's time zone. */
export function formatTime(atMs: number): string {
  return times.format(atMs);
}

/** What one coin of a denomination is worth: `1,000`, `0.01`. */
export function formatDenomination(dn: number): string {
  return formatUnits(tokenUnits(dn));
}
