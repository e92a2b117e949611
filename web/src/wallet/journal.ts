import { decode, encode } from 'cborg';

/**
 * What the wallet writes down, as one CBOR map an entry. The ledger is nothing but the sum of its
 * entries, so whatever was committed before a kill is what the next start knows.
 *
 * Tokens are named by `ids`: N x (DN (1) || SN (4)). RAIDA are named by a mask: bit r is RAIDA r.
 */
export type Entry =
  | SeedEntry
  | ImportEntry
  | LearnEntry
  | PlanEntry
  | ArmEntry
  | FixEntry
  | ProveEntry
  | LapseEntry
  | VerdictEntry
  | RepairEntry
  | SendEntry
  | HandOverEntry
  | TakeBackEntry
  | CloseEntry
  | WaitEntry
  | KeyEntry
  | WordsEntry
  | SavedEntry
  | VerifiedEntry
  | TokensEntry;

/** The seed of the vault: the first entry of every wallet. */
export interface SeedEntry {
  readonly kind: 'seed';
  readonly seed: Uint8Array;
  /** After a restore: see ImportEntry. */
  readonly floors?: CounterFloors;
}

/**
 * Tokens accepted from files. `rowCounts`: one byte a token, how many rows of candidates its file
 * gave, oldest first (ANs, then the PANs of a file that has them). `secrets`: 25 x 16 bytes a row.
 */
export interface ImportEntry {
  readonly kind: 'import';
  readonly deposit: number;
  readonly atMs: number;
  readonly names: readonly string[];
  readonly ids: Uint8Array;
  readonly rowCounts: Uint8Array;
  readonly secrets: Uint8Array;
  /** For a restore: the least counters that may be used next, of PANs and of PGs. */
  readonly restored?: CounterFloors;
}

/** Counters below these may have been used on another device, or before something was lost (I11). */
export interface CounterFloors {
  readonly pan: number;
  readonly fix: number;
}

/**
 * Secrets that another copy of this wallet knew of tokens that are here: appended, and nothing else. `rowCounts`
 * and `secrets` as in ImportEntry; `floors` are raised even where there is no token.
 */
export interface LearnEntry {
  readonly kind: 'learn';
  readonly ids: Uint8Array;
  readonly rowCounts: Uint8Array;
  readonly secrets: Uint8Array;
  readonly floors: CounterFloors;
}

/** PANs proposed, each with its counter: stored in full before any of them may be sent (I1). */
export interface PlanEntry {
  readonly kind: 'plan';
  readonly ids: Uint8Array;
  readonly counters: readonly number[];
  readonly secrets: Uint8Array;
}

/** Mutations towards the own row opened: from now on these RAIDA are in doubt (I4, I6). */
export interface ArmEntry {
  readonly kind: 'arm';
  readonly groups: readonly CellGroup[];
}

/**
 * Fixes about to be sent: from now on these RAIDA may hold what derives from these PGs (I1, I4). The
 * same counter names the same PGs, so that a Fix that is tried again leads to the same secret.
 */
export interface FixEntry {
  readonly kind: 'fix';
  readonly atMs: number;
  /** `pgs`: 25 x 16 bytes. */
  readonly groups: readonly (CellGroup & {
    readonly counter: number;
    readonly pgs: Uint8Array;
  })[];
}

/** RAIDA that were proven once and now deny every candidate: nothing is known of them any more. */
export interface LapseEntry {
  readonly kind: 'lapse';
  readonly groups: readonly CellGroup[];
}

/** A person asked for these tokens to be checked and repaired. */
export interface RepairEntry {
  readonly kind: 'repair';
  readonly operation: number;
  readonly atMs: number;
  readonly ids: Uint8Array;
}

/** Tokens put into a file for somebody else: not ours to spend from now on (I10). */
export interface SendEntry {
  readonly kind: 'send';
  readonly operation: number;
  readonly atMs: number;
  readonly ids: Uint8Array;
  readonly name: string;
  readonly memo: string;
  /** Exactly what is handed over, every time. */
  readonly bytes: Uint8Array;
}

/** The file of a send is about to be shown: the other side may have it. */
export interface HandOverEntry {
  readonly kind: 'hand over';
  readonly operation: number;
  readonly atMs: number;
}

/** What the other side has not taken is moved to new secrets of ours. */
export interface TakeBackEntry {
  readonly kind: 'take back';
  readonly operation: number;
  readonly send: number;
  readonly atMs: number;
}

/** Candidates that a signature proved. */
export interface ProveEntry {
  readonly kind: 'prove';
  readonly atMs: number;
  readonly groups: readonly (CellGroup & { readonly row: number })[];
}

/** RAIDA that said, authentically, that none of our candidates is theirs. */
export interface VerdictEntry {
  readonly kind: 'verdict';
  readonly atMs: number;
  readonly groups: readonly CellGroup[];
  /** Of these tokens nothing counts that was said before: somebody had a RAIDA deny what it must know. */
  readonly acquitted?: Uint8Array;
}

/** Nothing is left to do for this operation. */
export interface CloseEntry {
  readonly kind: 'close';
  readonly deposit: number;
  /** Repairs that were asked for when this was decided; one more since, and it stays open. */
  readonly repairs?: number;
  readonly atMs: number;
}

/** Tokens that are about to key requests: whoever gets one of them could read what it keyed. */
export interface KeyEntry {
  readonly kind: 'key';
  readonly ids: Uint8Array;
}

/** So far the wallet has waited, by its own clock (steady-clock.ts): the next start goes on from here. */
export interface WaitEntry {
  readonly kind: 'wait';
  readonly atMs: number;
}

/** A person has written the words down. This and the two below are what is kept outside of the device. */
export interface WordsEntry {
  readonly kind: 'words';
  readonly atMs: number;
}

/** A backup, or a list of tokens, was handed out. */
export interface SavedEntry {
  readonly kind: 'saved';
  readonly atMs: number;
  readonly what: 'backup' | 'list';
  /** Of the backup's plain text; null for a list. */
  readonly digest: Uint8Array | null;
  /** What it covers, and by token how many of its rows, oldest first. */
  readonly ids: Uint8Array;
  readonly rows: readonly number[];
}

/** The newest backup was read back, and is this one. */
export interface VerifiedEntry {
  readonly kind: 'verified';
  readonly digest: Uint8Array;
  readonly atMs: number;
}

/** Whole records, as compaction writes them. Later than any entry that they replace. */
export interface TokensEntry {
  readonly kind: 'tokens';
  readonly deposits: readonly StoredOperation[];
  readonly tokens: readonly StoredToken[];
}

export interface CellGroup {
  readonly ids: Uint8Array;
  readonly raidas: number;
}

export interface StoredOperation {
  readonly id: number;
  /** These three are missing in format 1, which knew deposits only. */
  readonly kind?: OperationKind;
  readonly repairs?: number;
  readonly send?: StoredSend | null;
  readonly names: readonly string[];
  readonly startedAtMs: number;
  readonly closedAtMs: number;
  readonly ids: Uint8Array;
}

/** What an operation is about. */
export type OperationKind =
  'deposit' | 'restore' | 'repair' | 'send' | 'take back' | 'find' | 'check';

export interface StoredSend {
  readonly memo: string;
  readonly bytes: Uint8Array;
  readonly handedOverAtMs: number;
  /** The operation that takes it back, or 0. */
  readonly takenBackBy: number;
}

export interface StoredToken {
  readonly id: Uint8Array;
  /**
   * `i`, `p<counter>`, `f<counter>` or `t<row>,<row>`, and the secrets of the first two, the PGs of
   * the third.
   */
  readonly rows: readonly (readonly [string, Uint8Array | null])[];
  /** Row + 1 by RAIDA, 0 for none; bytes in format 1. */
  readonly proven: readonly number[] | Uint8Array;
  readonly provenAtMs: readonly number[];
  readonly target: readonly number[] | Uint8Array;
  readonly doubt: Uint8Array;
  readonly verdicts: Uint8Array;
  readonly lastVerdictAtMs: number;
  readonly ownRow: number;
  /** These are missing in format 1. */
  readonly fixArmedAtMs?: number;
  readonly sent?: number;
  readonly keyed?: boolean;
  readonly ownSinceMs?: readonly number[];
  /** These are missing in formats 1 and 2. */
  readonly savedRows?: number;
  readonly listedRows?: number;
  readonly claimedAtMs: number;
  readonly settledAtMs: number;
}

/** The version of this format; older ones are read, a newer one is refused and left untouched. */
const FORMAT = 3;
const OLDEST_FORMAT = 1;

const KINDS: ReadonlySet<string> = new Set<Entry['kind']>([
  'seed',
  'import',
  'learn',
  'plan',
  'arm',
  'fix',
  'prove',
  'lapse',
  'verdict',
  'repair',
  'send',
  'hand over',
  'take back',
  'close',
  'wait',
  'key',
  'words',
  'saved',
  'verified',
  'tokens',
]);

export function encodeEntry(entry: Entry): Uint8Array {
  return encode({ v: FORMAT, ...entry });
}

/** The store held something that this version did not write. Nothing is overwritten. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}

export function decodeEntry(bytes: Uint8Array): Entry {
  let value: unknown;
  try {
    value = decode(bytes);
  } catch {
    throw new JournalError('A record of this wallet is damaged. Nothing was changed.');
  }
  const entry = value as { v?: unknown; kind?: unknown } | null;
  if (typeof entry !== 'object' || entry === null || typeof entry.kind !== 'string') {
    throw new JournalError('A record of this wallet is damaged. Nothing was changed.');
  }
  const version = typeof entry.v === 'number' ? entry.v : Infinity;
  if (version < OLDEST_FORMAT || version > FORMAT || !KINDS.has(entry.kind)) {
    throw new JournalError(
      'This wallet was written by a newer version of this page. Reload the page to update it.',
    );
  }
  return value as Entry;
}
