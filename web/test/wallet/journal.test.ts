import { encode } from 'cborg';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { decodeEntry, encodeEntry, JournalError } from '../../src/wallet/journal.ts';
import type { Ledger } from '../../src/wallet/ledger.ts';
import { snapshot } from '../../src/wallet/snapshot.ts';
import { history, ledgerOf } from '../support/ledgers.ts';

test('a ledger is the sum of its stored entries', () => {
  fc.assert(
    fc.property(history, ({ entries, ledger }) => {
      const stored = entries.map(encodeEntry).map(decodeEntry);
      expect(ledgerOf(stored)).toEqual(ledger);
    }),
  );
});

test('a snapshot rebuilds the same ledger, and goes on like it', () => {
  fc.assert(
    fc.property(history, ({ ledger }) => {
      const stored = snapshot(ledger).map(encodeEntry).map(decodeEntry);
      expect(lasting(ledgerOf(stored))).toEqual(lasting(ledger));
    }),
  );
});

/** What is counted since the wallet was opened begins again with it. */
function lasting(ledger: Ledger): Ledger {
  for (const token of ledger.tokens.values()) token.changes = 0;
  return ledger;
}

test('a damaged record is told as that, and every truncation is one', () => {
  fc.assert(
    fc.property(history, fc.nat(), ({ entries }, cut) => {
      const bytes = encodeEntry(entries[cut % entries.length]!);
      expect(() => decodeEntry(bytes.subarray(0, cut % bytes.length))).toThrow(JournalError);
    }),
  );
});

test('a record of a newer version is refused in words', () => {
  expect(() => decodeEntry(encode({ v: 4, kind: 'seed' }))).toThrow(/newer version.*Reload/);
  expect(() => decodeEntry(encode({ v: 1, kind: 'teleport' }))).toThrow(/newer version/);
  expect(() => decodeEntry(encode([1, 2]))).toThrow(/damaged/);
});
