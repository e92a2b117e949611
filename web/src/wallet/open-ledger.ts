import { apply } from './ledger-apply.ts';
import { type CounterFloors, decodeEntry, encodeEntry, type SeedEntry } from './journal.ts';
import { type Ledger, newLedger } from './ledger.ts';
import { COMPACT_AFTER_ENTRIES, SEED_BYTES } from './limits.ts';
import type { RandomPort, StorePort } from './ports.ts';
import { compact } from './snapshot.ts';

/** For a wallet that is made from words. Without floors its counters begin at 0: a seed that is new. */
export interface GivenSeed {
  readonly seed: Uint8Array;
  /** Beyond all that these words may have proposed elsewhere (I11): `engine.floorsUnknown`. */
  readonly floors?: CounterFloors;
}

/** Reads everything that is stored; the first time, stores a seed: the given one, or a new one. */
export async function openLedger(
  store: StorePort,
  random: RandomPort,
  given: GivenSeed | undefined,
): Promise<Ledger> {
  const stored = await store.load();
  const ledger = newLedger();
  for (const bytes of stored.entries) apply(ledger, decodeEntry(bytes));
  if (ledger.seed === null) {
    const entry = seedEntry(random, given);
    await store.append(encodeEntry(entry));
    apply(ledger, entry);
  }
  if (stored.journalEntries > COMPACT_AFTER_ENTRIES) await compact(store, ledger);
  return ledger;
}

function seedEntry(random: RandomPort, given: GivenSeed | undefined): SeedEntry {
  const seed = given?.seed.slice() ?? new Uint8Array(SEED_BYTES);
  if (!given) random.fill(seed);
  return { kind: 'seed', seed, ...(given?.floors ? { floors: given.floors } : {}) };
}
