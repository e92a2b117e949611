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
  | PlanEntry
  | ArmEntry
  | ProveEntry
  | VerdictEntry
  | CloseEntry
  | TokensEntry;

/** The seed of the vault: the first entry of every wallet. */
export interface SeedEntry {
  readonly kind: 'seed';
  readonly seed: Uint8Array;
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
}

/** Nothing is left to do for this deposit. */
export interface CloseEntry {
  readonly kind: 'close';
  readonly deposit: number;
  readonly atMs: number;
}

/** Whole records, as compaction writes them. Later than any entry that they replace. */
export interface TokensEntry {
  readonly kind: 'tokens';
  readonly deposits: readonly StoredDeposit[];
  readonly tokens: readonly StoredToken[];
}

export interface CellGroup {
  readonly ids: Uint8Array;
  readonly raidas: number;
}

export interface StoredDeposit {
  readonly id: number;
  readonly names: readonly string[];
  readonly startedAtMs: number;
  readonly closedAtMs: number;
  readonly ids: Uint8Array;
}

export interface StoredToken {
  readonly id: Uint8Array;
  /** `i`, `p<counter>` or `t<row>,<row>`, and the secrets of the first two. */
  readonly rows: readonly (readonly [string, Uint8Array | null])[];
  readonly proven: Uint8Array;
  readonly provenAtMs: readonly number[];
  readonly target: Uint8Array;
  readonly doubt: Uint8Array;
  readonly verdicts: Uint8Array;
  readonly lastVerdictAtMs: number;
  readonly ownRow: number;
  readonly claimedAtMs: number;
  readonly settledAtMs: number;
}

/** The version of this format; a newer one is refused and left untouched. */
const FORMAT = 1;

const KINDS: ReadonlySet<string> = new Set<Entry['kind']>([
  'seed',
  'import',
  'plan',
  'arm',
  'prove',
  'verdict',
  'close',
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
  if (entry.v !== FORMAT || !KINDS.has(entry.kind)) {
    throw new JournalError(
      'This wallet was written by a newer version of this page. Reload the page to update it.',
    );
  }
  return value as Entry;
}
