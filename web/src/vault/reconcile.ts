import { equalBytes } from '@raida-wallet/protocol';

import {
  endOf,
  type JournalRecord,
  journalPlace,
  pagePlace,
  type StoredRecords,
} from './records.ts';
import { type RecordCipher } from './sealed.ts';
import { VaultError } from './vault-error.ts';

/** A copy whose records were opened; null for those whose seal is broken. */
export interface OpenedCopy {
  readonly records: StoredRecords;
  readonly pages: readonly (Uint8Array | null)[];
  readonly journal: readonly (Uint8Array | null)[];
}

export interface Outcome {
  readonly records: StoredRecords;
  /** Pages, then the journal, oldest first. */
  readonly entries: readonly Uint8Array[];
  /** Records that only the second copy had whole. */
  readonly recovered: number;
  /** Entries of a copy that went its own way; to be merged like a backup. Null for none. */
  readonly diverged: readonly Uint8Array[] | null;
  /** Nobody knows whether this lacks the last commits, whose counters must not be used again (I11). */
  readonly isDoubtful: boolean;
  /** Whether the first copy has to be replaced by `records`. */
  readonly isNews: boolean;
}

export async function openCopy(records: StoredRecords, cipher: RecordCipher): Promise<OpenedCopy> {
  const { base, journal } = records;
  const open = (sealed: Uint8Array, place: string) => cipher.open(sealed, place).catch(orNull);
  const [pages, entries] = await Promise.all([
    Promise.all(base.pages.map((page, i) => open(page, pagePlace(base, i)))),
    Promise.all(journal.map(({ number, sealed }) => open(sealed, journalPlace(number)))),
  ]);
  return { records, pages, journal: entries };
}

/** What is damaged the other copy may have whole. */
function orNull(error: unknown): null {
  if (error instanceof VaultError) return null;
  throw error;
}

/**
 * Makes one wallet of two copies. They should be the same but for the last commits, which either of
 * them may have lost. Throws VaultError when neither they nor both together are whole.
 */
export function reconcile(first: OpenedCopy | null, second: OpenedCopy | null): Outcome {
  if (first && second && isSameBase(first, second)) return mergeJournals(first, second);
  const one = first && whole(first);
  const other = second && whole(second);
  if (one && other) return chooseOf(one, other);
  if (one) return { ...one, recovered: 0, diverged: null, isNews: false, isDoubtful: false };
  // A copy that stops before the other one does knows less than was stored: it replaces nothing.
  if (!other || (first && endOf(other.records) < endOf(first.records))) throw damaged();
  return fromSecond(other);
}

interface Whole {
  readonly records: StoredRecords;
  readonly entries: readonly Uint8Array[];
}

/** The copy, if no record is damaged or missing. */
function whole(copy: OpenedCopy): Whole | null {
  const { records, pages, journal } = copy;
  const { base } = records;
  const entries = [...pages, ...journal];
  // Every wallet begins with a page that holds its seed; the others say how many there are.
  if (pages.length === 0) return null;
  if (!entries.every((entry) => entry !== null)) return null;
  if (records.journal.some(({ number }, i) => number !== base.last + 1 + i)) return null;
  return { records, entries };
}

function fromSecond({ records, entries }: Whole): Outcome {
  const recovered = entries.length;
  return { records, entries, recovered, diverged: null, isDoubtful: true, isNews: true };
}

function isSameBase(
  { records: { base: one } }: OpenedCopy,
  { records: { base: other } }: OpenedCopy,
) {
  return (
    one.generation === other.generation &&
    one.last === other.last &&
    one.pages.length === other.pages.length
  );
}

/** One of them was compacted later than the other, or one of them was lost and begun anew. */
function chooseOf(first: Whole, second: Whole): Outcome {
  const ahead = second.records.base.generation > first.records.base.generation;
  const [later, earlier] = ahead ? [second, first] : [first, second];
  // Two compactions of the same number are two, since their bases are not the same here.
  const isFork =
    first.records.base.generation === second.records.base.generation ||
    disagree(first.records.journal, second.records.journal);
  if (endOf(later.records) < endOf(earlier.records) || isFork) {
    return { ...first, recovered: 0, diverged: second.entries, isNews: false, isDoubtful: false };
  }
  if (ahead) {
    // Whether all that the first one holds went into the compaction cannot be seen any more.
    const recovered = endOf(second.records) - endOf(first.records);
    return { ...second, recovered, diverged: first.entries, isNews: true, isDoubtful: false };
  }
  return { ...first, recovered: 0, diverged: null, isNews: false, isDoubtful: false };
}

export function disagree(one: readonly JournalRecord[], other: readonly JournalRecord[]): boolean {
  const sealed = new Map(other.map((record) => [record.number, record.sealed]));
  return one.some((record) => {
    const same = sealed.get(record.number);
    return same !== undefined && !equalBytes(same, record.sealed);
  });
}

/** The usual case: what one of them lacks or has damaged, the other one gives. */
function mergeJournals(first: OpenedCopy, second: OpenedCopy): Outcome {
  const { header, base } = first.records;
  const [ours, theirs] = [byNumber(first), byNumber(second)];
  const isFork = [...ours].some(([number, { sealed }]) => {
    const other = theirs.get(number);
    return other !== undefined && !equalBytes(other.sealed, sealed);
  });
  if (isFork) {
    const [one, other] = [whole(first), whole(second)];
    if (one && other)
      return { ...one, recovered: 0, diverged: other.entries, isNews: false, isDoubtful: false };
    if (one) return { ...one, recovered: 0, diverged: null, isNews: false, isDoubtful: false };
    if (!other || endOf(other.records) < endOf(first.records)) throw damaged();
    return fromSecond(other);
  }
  let recovered = 0;
  const pages = base.pages.map((sealed, i) => {
    const plain = first.pages[i];
    if (plain) return { sealed, plain };
    const other = second.pages[i];
    if (!other) throw damaged();
    recovered++;
    return { sealed: second.records.base.pages[i]!, plain: other };
  });
  const journal: {
    readonly number: number;
    readonly sealed: Uint8Array;
    readonly plain: Uint8Array;
  }[] = [];
  // What is no record of the second copy says nothing, not even by its number.
  const last = Math.max(endOf(first.records), ...theirs.keys());
  for (let number = base.last + 1; number <= last; number++) {
    const one = ours.get(number);
    const found = one ?? theirs.get(number);
    if (!found) throw damaged();
    if (!one) recovered++;
    journal.push({ number, ...found });
  }
  return {
    records: {
      header,
      base: { ...base, pages: pages.map(({ sealed }) => sealed) },
      journal: journal.map(({ number, sealed }) => ({ number, sealed })),
      unmerged: first.records.unmerged,
    },
    entries: [...pages, ...journal].map(({ plain }) => plain),
    recovered,
    diverged: null,
    isNews: recovered > 0,
    isDoubtful: false,
  };
}

/** The records that are whole. */
function byNumber({ records, journal }: OpenedCopy) {
  const found = new Map<number, { readonly sealed: Uint8Array; readonly plain: Uint8Array }>();
  records.journal.forEach(({ number, sealed }, i) => {
    const plain = journal[i];
    if (plain) found.set(number, { sealed, plain });
  });
  return found;
}

function damaged(): VaultError {
  return new VaultError(
    'damaged',
    'A record of this wallet is damaged, and there is no second copy of it. Nothing was changed. ' +
      'Restore the wallet from a backup file, or from its words and list of coins.',
  );
}
