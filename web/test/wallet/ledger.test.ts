import { QUORUM, RAIDA_COUNT, tokenKey } from '@raida-wallet/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Entry } from '../../src/wallet/journal.ts';
import { apply } from '../../src/wallet/ledger-apply.ts';
import { check } from '../../src/wallet/ledger-check.ts';
import { bringsNews, type Ledger, packIds } from '../../src/wallet/ledger.ts';
import { SETTLE_AFTER_MS } from '../../src/wallet/limits.ts';
import { secretAt } from '../../src/wallet/secrets.ts';
import { NONE, type TokenRecord } from '../../src/wallet/token-record.ts';
import {
  armEntry,
  history,
  importEntry,
  ledgerOf,
  planEntry,
  proveEntry,
  SEED,
} from '../support/ledgers.ts';

const ID = { dn: 1, sn: 102_205 };
const AT = 1_000_000;

function planned(): { ledger: Ledger; token: TokenRecord } {
  const ledger = ledgerOf([{ kind: 'seed', seed: SEED }, importEntry(1, [ID])]);
  const token = ledger.tokens.get(tokenKey(ID))!;
  apply(ledger, planEntry([token]));
  return { ledger, token };
}

function own(token: TokenRecord, from: number, to: number, atMs: number): Entry {
  const cells = Array.from({ length: to - from }, (_, i) => [from + i, token.ownRow] as const);
  return proveEntry(token, cells, atMs);
}

test('claimed with the 13th proof, and not with the 12th', () => {
  const { ledger, token } = planned();
  apply(ledger, own(token, 0, QUORUM - 1, AT));
  expect(token.claimedAtMs).toBe(0);
  apply(ledger, own(token, QUORUM - 1, QUORUM, AT + 5));
  expect(token.claimedAtMs).toBe(AT + 5);
  expect(token.settledAtMs).toBe(0);
});

test('settled when 13 are proven again after the ticket lifetime, not by old proofs', () => {
  const { ledger, token } = planned();
  apply(ledger, own(token, 0, RAIDA_COUNT, AT));
  apply(ledger, own(token, 0, QUORUM, AT + SETTLE_AFTER_MS - 1));
  expect(token.settledAtMs).toBe(0);
  apply(ledger, own(token, 0, QUORUM - 1, AT + SETTLE_AFTER_MS));
  expect(token.settledAtMs).toBe(0);
  apply(ledger, own(token, QUORUM, QUORUM + 1, AT + SETTLE_AFTER_MS + 9));
  expect(token.settledAtMs).toBe(AT + SETTLE_AFTER_MS + 9);
});

test('13 proofs that were not true at once start no wait: it begins when 13 are ours together', () => {
  const { ledger, token } = planned();
  apply(ledger, own(token, 0, QUORUM, AT));
  // Three were taken back, and three others became ours a minute later.
  const laterMs = AT + 60_000;
  apply(ledger, own(token, QUORUM, QUORUM + 3, laterMs));
  const dueMs = AT + SETTLE_AFTER_MS;
  apply(ledger, own(token, 3, QUORUM + 3, dueMs));
  expect([token.settledAtMs, token.claimedAtMs]).toEqual([0, laterMs]);
  apply(ledger, own(token, 3, QUORUM + 3, laterMs + SETTLE_AFTER_MS));
  expect(token.settledAtMs).toBe(laterMs + SETTLE_AFTER_MS);
});

test('proofs that are young enough for a wait that began later settle at once', () => {
  const { ledger, token } = planned();
  apply(ledger, own(token, 0, QUORUM, AT));
  apply(ledger, own(token, QUORUM, QUORUM + 3, AT + 100));
  apply(ledger, own(token, 3, QUORUM + 3, AT + SETTLE_AFTER_MS + 200));
  expect(token.claimedAtMs).toBe(AT + 100);
  expect(token.settledAtMs).toBe(AT + SETTLE_AFTER_MS + 200);
});

test('a mutation stays open when the old AN is proven, and closes when the new one is', () => {
  const { ledger, token } = planned();
  apply(ledger, armEntry(token, [4]));
  expect([token.target[4], token.doubt[4]]).toEqual([token.ownRow, 1]);
  apply(ledger, proveEntry(token, [[4, 0]], AT));
  expect([token.target[4], token.doubt[4]]).toEqual([token.ownRow, 0]);
  apply(ledger, proveEntry(token, [[4, token.ownRow]], AT));
  expect([token.target[4], token.doubt[4]]).toEqual([NONE, 0]);
});

test('a mutation cannot be opened before its PANs are stored', () => {
  const ledger = ledgerOf([{ kind: 'seed', seed: SEED }, importEntry(1, [ID])]);
  const token = ledger.tokens.get(tokenKey(ID))!;
  expect(() => apply(ledger, armEntry(token, [4]))).toThrow('a row that is stored');
});

test('a token that comes again belongs to the newest deposit only, and keeps its old secrets', () => {
  const ledger = ledgerOf([importEntry(1, [ID, { dn: 0, sn: 1 }]), importEntry(2, [ID], 1, 99)]);
  expect(ledger.operations.get(1)!.tokens.map(({ sn }) => sn)).toEqual([1]);
  expect(ledger.operations.get(2)!.tokens.map(({ sn }) => sn)).toEqual([ID.sn]);
  expect(ledger.tokens.get(tokenKey(ID))!.rows).toHaveLength(2);
});

test('an entry that does not fit is refused before it is stored, and changes nothing', () => {
  const { ledger, token } = planned();
  const stranger = { dn: 0, sn: 99 };
  const misfits: Entry[] = [
    { kind: 'seed', seed: SEED },
    importEntry(1, [{ dn: 2, sn: 2 }]),
    planEntry([token]),
    { kind: 'close', deposit: 7, atMs: AT },
    proveEntry(token, [[0, 9]], AT),
    { kind: 'arm', groups: [{ ids: packIds([stranger]), raidas: 1 }] },
    { kind: 'verdict', atMs: AT, groups: [{ ids: packIds([stranger]), raidas: 1 }] },
  ];
  for (const entry of misfits) {
    const before = structuredClone(ledger);
    expect(() => check(ledger, entry), entry.kind).toThrow('assertion failed');
    expect(() => apply(ledger, entry), entry.kind).toThrow('assertion failed');
    expect(structuredClone(ledger)).toEqual(before);
  }
});

test('the same secrets again add no row; a coin of a huge deposit can come again', () => {
  const ids = Array.from({ length: 150_000 }, (_, sn) => ({ dn: 0, sn }));
  const huge: Entry = {
    kind: 'import',
    deposit: 1,
    atMs: 1,
    names: [],
    ids: packIds(ids),
    rowCounts: new Uint8Array(ids.length),
    secrets: new Uint8Array(0),
  };
  const ledger = ledgerOf([huge, importEntry(2, [ids[3]!]), importEntry(3, [ids[3]!])]);
  expect(ledger.tokens.get(tokenKey(ids[3]!))!.rows).toHaveLength(1);
  expect(ledger.operations.get(1)!.tokens).toHaveLength(ids.length - 1);
  expect(ledger.operations.get(2)!.tokens).toHaveLength(0);
});

test('AN xor PAN is computed from its rows, at every RAIDA', () => {
  const { token } = planned();
  const tampered = token.rows.findIndex(({ origin }) => origin.kind === 'tampered');
  for (let raida = 0; raida < RAIDA_COUNT; raida++) {
    const an = secretAt(token, 0, raida);
    const pan = secretAt(token, token.ownRow, raida);
    expect(secretAt(token, tampered, raida)).toEqual(an.map((byte, i) => byte ^ pan[i]!));
  }
});

test('candidates never shrink and never change (I2)', () => {
  fc.assert(
    fc.property(history, ({ entries }) => {
      const ledger = ledgerOf([]);
      const seen = new Map<string, string[]>();
      for (const entry of entries) {
        apply(ledger, entry);
        for (const token of ledger.tokens.values()) {
          const rows = token.rows.map(({ secrets }) => String(secrets));
          const before = seen.get(token.key) ?? [];
          expect(rows.slice(0, before.length)).toEqual(before);
          seen.set(token.key, rows);
        }
      }
    }),
  );
});

test('settled never comes before claimed and the ticket lifetime (I7)', () => {
  fc.assert(
    fc.property(history, ({ ledger }) => {
      for (const { claimedAtMs, settledAtMs } of ledger.tokens.values()) {
        if (settledAtMs === 0) continue;
        expect(claimedAtMs).not.toBe(0);
        expect(settledAtMs).toBeGreaterThanOrEqual(claimedAtMs + SETTLE_AFTER_MS);
      }
    }),
  );
});

test('a coin that comes in again and again with other secrets is refused before rows run out', () => {
  const ledger = ledgerOf([{ kind: 'seed', seed: SEED }]);
  let deposits = 0;
  const secrets = (fill: number) => new Uint8Array(RAIDA_COUNT * 16).fill(fill);
  for (let fill = 1; fill <= 200; fill++) {
    const known = ledger.tokens.get(tokenKey(ID));
    if (known && !bringsNews(known, secrets(fill))) continue;
    apply(ledger, importEntry(++deposits, [ID], 1, fill));
  }
  const token = ledger.tokens.get(tokenKey(ID))!;
  expect(deposits).toBe(50);
  apply(ledger, planEntry([token]));
  const last = token.rows.length - 1;
  apply(ledger, proveEntry(token, [[0, last]], AT));
  expect(token.proven[0]).toBe(last);
});
