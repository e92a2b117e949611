/**
 * What a vault needs from a place where bytes last. Everything in it is sealed (sealed.ts), but for
 * the header, which says how the vault key is wrapped, and what a version before the vault left.
 */

/** A whole wallet as it lies in one place. */
export interface StoredRecords {
  readonly header: Uint8Array;
  readonly base: Base;
  /** Sealed entries since the base, by their numbers, which go on from `base.last`. */
  readonly journal: readonly JournalRecord[];
  /** Whether it came from a second copy, and nobody has said yet that it was merged. */
  readonly unmerged: boolean;
}

/** Compacted entries: all that was known up to the journal record with the number `last`. */
export interface Base {
  /** Goes up with each compaction. */
  readonly generation: number;
  readonly last: number;
  readonly pages: readonly Uint8Array[];
}

export interface JournalRecord {
  readonly number: number;
  readonly sealed: Uint8Array;
}

/** What there is, seen without taking the wallet over. */
export interface Glance {
  readonly header: Uint8Array | null;
  /** Whether a version before the vault left entries in the clear. */
  readonly hasPlain: boolean;
}

/** The first copy: IndexedDB. Every method rejects with StoreError; then nothing of it was written. */
export interface RecordStore {
  glance(): Promise<Glance>;
  /** Takes the wallet over: from now on nobody who opened it before can write. Null when there is none. */
  load(): Promise<StoredRecords | null>;
  /** What is stored now, for the one who has the wallet. */
  reread(): Promise<StoredRecords>;
  /** Entries that a version before the vault left in the clear, oldest first. */
  loadPlain(): Promise<Uint8Array[]>;
  /** Makes the wallet where there is none, and clears what was left in the clear. Takes it over. */
  create(records: StoredRecords): Promise<void>;
  append(record: JournalRecord): Promise<void>;
  replace(base: Base, journal: readonly JournalRecord[], unmerged: boolean): Promise<void>;
  /** From now on it is not `unmerged` any more. */
  setMerged(): Promise<void>;
  putHeader(header: Uint8Array): Promise<void>;
  /** Lets go; what is being written is finished. */
  close(): void;
}

/**
 * The second copy, of use when the first one lost something that it had confirmed. Never in the way:
 * no method rejects, and what could not be written is said by `state`.
 */
export interface SecondCopy {
  readonly state: 'kept' | 'unavailable' | 'failed';
  /** Whether there may be something that could not be read just now. It is left alone. */
  readonly hasUnread: boolean;
  /** The whole ones that there are, the one that goes furthest first. */
  read(): Promise<readonly StoredRecords[]>;
  /**
   * Writes everything anew; what was there before goes once this is complete. When that fails, the one
   * before is gone on with, if it was begun here; with `replaces`, there is no copy then.
   */
  begin(records: StoredRecords, replaces?: boolean): Promise<void>;
  append(record: JournalRecord): Promise<void>;
  close(): void;
}

/** What a sealed record is bound to: where it stands. */
export function journalPlace(number: number): string {
  return `journal/${number}`;
}

export function pagePlace({ generation, last, pages }: Base, index: number): string {
  return `page/${generation}/${last}/${index}/${pages.length}`;
}

/** The number of the last record, whether or not it and those before it are whole. */
export function endOf({ base, journal }: StoredRecords): number {
  return Math.max(base.last, ...journal.map(({ number }) => number));
}

/** The number of the last record before the first one that is missing. */
export function unbrokenEnd({ base, journal }: StoredRecords): number {
  let end = base.last;
  for (const { number } of journal) if (number === end + 1) end = number;
  return end;
}
