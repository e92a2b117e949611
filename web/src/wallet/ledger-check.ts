import { assert } from '@raida-wallet/protocol';

import type { ArmEntry, Entry, FixEntry, SavedEntry } from './journal.ts';
import {
  findFixRow,
  findOperation,
  findSend,
  findToken,
  forEachRaida,
  forEachToken,
  type Ledger,
  unpackIds,
} from './ledger.ts';
import { isSpendable, NONE } from './token-record.ts';

/**
 * Throws unless the entry can be added. Asked before an entry is stored: one that is stored and
 * then cannot be applied would close the wallet for good.
 */
export function check(ledger: Ledger, entry: Entry): void {
  switch (entry.kind) {
    case 'seed':
      return assert(ledger.seed === null, 'a wallet has one seed');
    case 'import':
      return checkNumber(ledger, entry.deposit);
    case 'plan':
      for (const id of unpackIds(entry.ids)) {
        assert(findToken(ledger, id).ownRow === NONE, 'a token is planned once');
      }
      return;
    case 'arm':
      return checkArm(ledger, entry);
    case 'fix':
      return checkFix(ledger, entry);
    case 'repair':
      checkNumber(ledger, entry.operation);
      for (const id of unpackIds(entry.ids)) {
        assert(findToken(ledger, id).sent === 0, 'what is repaired is here');
      }
      return;
    case 'send':
      checkNumber(ledger, entry.operation);
      for (const id of unpackIds(entry.ids)) {
        assert(
          isSpendable(findToken(ledger, id)),
          'what is sent is ours, and nothing is open (I10)',
        );
      }
      return;
    case 'hand over':
      findSend(ledger, entry.operation);
      return;
    case 'take back': {
      checkNumber(ledger, entry.operation);
      const { takenBackBy } = findSend(ledger, entry.send);
      const before = ledger.operations.get(takenBackBy);
      return assert(before?.closedAtMs !== 0, 'a send is taken back once at a time');
    }
    case 'prove':
      for (const group of entry.groups) {
        forEachToken(ledger, group, ({ rows }) => {
          assert(rows[group.row], 'a proven row is one that is stored');
        });
      }
      return;
    case 'verdict':
      for (const id of unpackIds(entry.acquitted ?? NO_IDS)) findToken(ledger, id);
      for (const group of entry.groups) forEachToken(ledger, group, () => undefined);
      return;
    case 'lapse':
      for (const group of entry.groups) forEachToken(ledger, group, () => undefined);
      return;
    case 'close':
      findOperation(ledger, entry.deposit);
      return;
    case 'learn':
    case 'key':
      for (const id of unpackIds(entry.ids)) findToken(ledger, id);
      return;
    case 'saved':
      return checkSaved(ledger, entry);
    case 'words':
    case 'verified':
    case 'wait':
    case 'tokens':
      return;
  }
}

const NO_IDS = new Uint8Array();

function checkSaved(ledger: Ledger, { ids, rows }: SavedEntry): void {
  unpackIds(ids).forEach((id, i) => {
    const count = rows[i] ?? -1;
    const there = count >= 0 && count <= findToken(ledger, id).rows.length;
    assert(there, 'what is saved are rows that are stored');
  });
}

function checkNumber(ledger: Ledger, id: number): void {
  assert(id > 0 && !ledger.operations.has(id), 'an operation has a number of its own');
}

/** A Fix leads to a row of its own, and may take the place of a POWN that came to nothing. */
function checkFix(ledger: Ledger, { groups }: FixEntry): void {
  for (const group of groups) {
    forEachToken(ledger, group, (token) => {
      const here = token.sent === 0 || token.claimedAtMs === 0;
      assert(token.ownRow !== NONE && here, 'what is fixed is ours');
      const row = findFixRow(token, group.counter);
      forEachRaida(group.raidas, (raida) => {
        const open = token.target[raida]!;
        const free = open === NONE || open === token.ownRow || open === row;
        assert(free, 'an open Fix keeps its PG');
      });
    });
  }
}

function checkArm(ledger: Ledger, entry: ArmEntry): void {
  for (const group of entry.groups) {
    forEachToken(ledger, group, (token) => {
      assert(token.ownRow !== NONE, 'a mutation leads to a row that is stored');
      forEachRaida(group.raidas, (raida) => {
        const open = token.target[raida]!;
        assert(open === NONE || open === token.ownRow, 'an open mutation keeps its target');
      });
    });
  }
}
