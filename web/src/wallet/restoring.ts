import { readUint32 } from '@raida-wallet/protocol';

import type { ImportEntry } from './journal.ts';
import type { JournalQueue } from './journal-queue.ts';
import type { Ledger, OperationRecord } from './ledger.ts';
import { learnEntry, missedSend, sendsOf } from './merge.ts';
import type { Operation } from './operation-state.ts';
import { busyTokens, handOverEntry } from './orders.ts';
import type { ClockPort, RandomPort } from './ports.ts';
import { NothingToRestore, RequestRefused } from './refusal.ts';
import {
  openBackup,
  type Restorable,
  restoreFromBackup,
  restoreFromSeed,
  type TokenList,
} from './restore.ts';
import type { TokenRecord } from './token-record.ts';

/** What a restore needs of the wallet that it fills. */
export interface RestoringWallet {
  readonly ledger: Ledger;
  readonly journal: JournalQueue;
  readonly clock: ClockPort;
  readonly random: RandomPort;
  readonly running: ReadonlyMap<number, Operation>;
  /** Being put into a file: no operation begins anything with them. */
  readonly leaving: Set<TokenRecord>;
  /** An operation is stored, and may begin. */
  readonly stored: (operation: number) => void;
}

/** Looks for the tokens of a list under every secret that these words may have proposed. */
export function restoreList(
  wallet: RestoringWallet,
  seed: Uint8Array,
  list: TokenList,
): Promise<number> {
  const { clock } = wallet;
  return look(wallet, (chance) =>
    restoreFromSeed(restorable(wallet), seed, list, chance, clock.now()),
  );
}

/**
 * The same with a backup, or with another copy of this wallet that has gone its own way. Never
 * overwrites what is newer here. Refused when it brings no coin; what it says otherwise is stored all the same.
 */
export async function restoreBackup(
  wallet: RestoringWallet,
  entries: readonly Uint8Array[],
): Promise<number> {
  const backup = openBackup(entries);
  const { clock, journal } = wallet;
  const found = await look(wallet, (chance) =>
    restoreFromBackup(restorable(wallet), backup, chance, clock.now()),
  ).catch(toNothing);
  await journal.commit(() => learnEntry(restorable(wallet), backup, draw(wallet)));
  for (const send of sendsOf(backup)) await adopt(wallet, backup, send).catch(toRefusal);
  if (found instanceof RequestRefused) throw found;
  return found;
}

/**
 * Of a copy that may lack the last commits, only the counters: those that it does not know of any more
 * are never used again (I11).
 */
export async function leaveCounters(
  wallet: RestoringWallet,
  entries: readonly Uint8Array[],
): Promise<void> {
  const backup = openBackup(entries);
  await wallet.journal.commit(() => learnEntry(restorable(wallet), backup, draw(wallet)));
}

function toNothing(error: unknown): NothingToRestore {
  if (error instanceof NothingToRestore) return error;
  throw error;
}

function toRefusal(error: unknown): RequestRefused {
  if (error instanceof RequestRefused) return error;
  throw error;
}

async function look(
  wallet: RestoringWallet,
  make: (chance: number) => ImportEntry,
): Promise<number> {
  const { deposit } = await wallet.journal.commit(() => {
    const entry = make(draw(wallet));
    if (entry.ids.length > 0) return entry;
    throw new NothingToRestore('All of these coins are in this wallet already.');
  });
  wallet.stored(deposit);
  return deposit;
}

/** From now on these coins are in a file for somebody here, too. */
async function adopt(
  wallet: RestoringWallet,
  backup: Ledger,
  send: OperationRecord,
): Promise<number> {
  const { ledger, journal, leaving, clock } = wallet;
  let tokens: readonly TokenRecord[] = [];
  try {
    const { operation } = await journal.commit(() => {
      const missed = missedSend(restorable(wallet), backup, send);
      ({ tokens } = missed);
      for (const token of tokens) leaving.add(token);
      return missed.entry;
    });
    await journal.commit(() => handOverEntry(ledger, operation, clock.now()));
    wallet.stored(operation);
    return operation;
  } finally {
    for (const token of tokens) leaving.delete(token);
  }
}

function restorable({ ledger, running }: RestoringWallet): Restorable {
  const busy = new Set(busyTokens(running.values()));
  if (running.size > 0) return { ledger, busy };
  // Before the wallet is connected: what will go on then is in hand already.
  for (const { closedAtMs, tokens } of ledger.operations.values()) {
    if (closedAtMs === 0) for (const token of tokens) busy.add(token);
  }
  return { ledger, busy };
}

/** 24 random bits. */
function draw({ random }: RestoringWallet): number {
  const bytes = new Uint8Array(4);
  random.fill(bytes.subarray(1));
  return readUint32(bytes, 0);
}
