import type { DepositView } from '../wallet/messages.ts';
import { restoreTexts } from '../texts-restore.ts';
import { counted, formatAmount, formatDenomination } from './format.ts';

const words = restoreTexts.report;

/** What came of a restore so far, in words. */
export interface RestoreWords {
  readonly result: string;
  readonly found: boolean;
  readonly waiting: string | null;
  /** Each coin that was not found. */
  readonly missing: readonly string[];
  /** Nothing is waited for any more. */
  readonly complete: boolean;
}

export function describeRestore(restore: DepositView | undefined): RestoreWords {
  const report = restore?.report ?? null;
  if (report === null) {
    return { result: words.looking, found: false, waiting: null, missing: [], complete: false };
  }
  const complete = report.waiting.coins === 0;
  const found = report.found.coins > 0;
  const none = complete ? words.none : words.looking;
  return {
    result: found
      ? words.found(counted(report.found.coins), formatAmount(report.found.units))
      : none,
    found,
    waiting: complete ? null : words.waiting(counted(report.waiting.coins)),
    missing: report.missing.map(coinName),
    complete,
  };
}

/** `DN:SN` for people. */
function coinName(key: string): string {
  const [dn = '0', sn = ''] = key.split(':');
  return words.coin(formatDenomination(Number(dn)), sn);
}
