import type { VaultView } from '../wallet/messages.ts';
import { safetyTexts as words } from '../texts-safety.ts';
import { counted, formatCount, formatTime } from './format.ts';
import { Keeping, type KeepingPlace } from './keeping.svelte.ts';

export type Section = keyof typeof words.sections;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What is open, and what was said about it. No secret is kept here: forms keep what is typed. */
export class Safety {
  open = $state<'closed' | 'menu' | Section>('closed');
  /** A wallet was just made, and nobody has said "later" yet. */
  offersWords = $state(false);
  /** The operation that looks for restored coins; null when nobody wants to hear of one. */
  restore = $state<number | null>(null);
  /** Somebody has read that records were recovered. */
  readRecovered = $state(false);

  readonly keeping: Keeping;

  constructor(place: KeepingPlace) {
    this.keeping = new Keeping(place);
  }

  /** A wallet was made; with a restore, the operation that looks for coins. */
  created(restore: number | null): void {
    this.offersWords = restore === null;
    this.restore = restore;
  }

  show(section: 'menu' | Section): void {
    this.open = section;
  }

  close(): void {
    this.open = 'closed';
  }
}

/** What to say in one line, the worst first. */
export function judgeSafety({ wordsWritten, backup, newerCoins }: VaultView): {
  readonly good: boolean;
  readonly text: string;
  /** Of coins that a loss of this device would take away. */
  readonly newerCoins: number;
} {
  const { state } = words;
  const verdict = (text: string, good = false) => ({ good, text, newerCoins });
  const newer = state[backup === null ? 'noBackup' : 'newer'](counted(newerCoins));
  if (!wordsWritten) {
    return verdict(newerCoins === 0 ? state.noWords : `${state.noWords}, ${newer}`);
  }
  if (newerCoins > 0) return verdict(newer);
  if (backup !== null && backup.verifiedAtMs === null) return verdict(state.untested);
  return verdict(state.good, true);
}

/** How old something is: `3 days`, `5 hours`. */
export function formatAge(fromMs: number, nowMs: number): string {
  const age = Math.max(0, nowMs - fromMs);
  const [unit, ms] = age >= DAY_MS ? (['days', DAY_MS] as const) : (['hours', HOUR_MS] as const);
  const count = Math.floor(age / ms);
  return count === 0 ? words.backup.lessThanHour : words.backup[unit](count, formatCount(count));
}

/** A section's state in a few words, and whether it asks for something. */
export function describeSection(
  section: Section,
  vault: VaultView,
  keeping: Pick<Keeping, 'answer' | 'forgets'>,
): { readonly text: string; readonly warns: boolean } {
  const { rows } = words;
  switch (section) {
    case 'words':
      return vault.wordsWritten
        ? { text: rows.written, warns: false }
        : { text: rows.notWritten, warns: true };
    case 'list':
      return { text: rows.list, warns: false };
    case 'backup':
      return describeBackup(vault);
    case 'restore':
      return { text: rows.restore, warns: false };
    case 'lock': {
      const { lockAfterMinutes: minutes } = vault;
      const text = minutes === 0 ? rows.lockNever : rows.lockAfter(words.lock.duration(minutes));
      return { text, warns: false };
    }
    case 'storage': {
      const warns = vault.secondCopy === 'failed' || keeping.forgets;
      const otherwise = keeping.answer === 'refused' ? rows.storageRefused : rows.storage;
      return { text: warns ? rows.storageWarning : otherwise, warns };
    }
  }
}

function describeBackup({ backup, newerCoins }: VaultView): { text: string; warns: boolean } {
  const { rows, state } = words;
  if (backup === null) return { text: rows.noBackup, warns: newerCoins > 0 };
  if (newerCoins > 0) return { text: state.newer(counted(newerCoins)), warns: true };
  const when = formatTime(backup.madeAtMs);
  return backup.verifiedAtMs === null
    ? { text: rows.untested(when), warns: true }
    : { text: rows.verified(when), warns: false };
}
