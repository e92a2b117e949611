import { type TokenId, RAIDA_COUNT } from '@raida-wallet/protocol';
import fc from 'fast-check';

import type { Entry } from '../../src/wallet/journal.ts';
import { apply } from '../../src/wallet/ledger-apply.ts';
import { groupCells, type Ledger, newLedger, packIds } from '../../src/wallet/ledger.ts';
import { NONE, type TokenRecord } from '../../src/wallet/token-record.ts';
import { ROW_BYTES, SEED_BYTES, Vault } from '../../src/wallet/vault.ts';

export const SEED = new Uint8Array(SEED_BYTES).fill(7);
/** Of planned PANs: not the first, so that one that is forgotten shows. */
const COUNTER = 3;

export function importEntry(
  deposit: number,
  tokens: readonly TokenId[],
  rows = 1,
  fill = 1,
): Entry {
  const secrets = new Uint8Array(tokens.length * rows * ROW_BYTES);
  for (let i = 0; i < secrets.length; i++) secrets[i] = (i * 31 + fill) & 0xff;
  const rowCounts = new Uint8Array(tokens.length).fill(rows);
  const names = [`file ${deposit}.bin`];
  return { kind: 'import', deposit, atMs: 1_000, names, ids: packIds(tokens), rowCounts, secrets };
}

export function planEntry(tokens: readonly TokenRecord[]): Entry {
  const vault = new Vault(SEED);
  const secrets = new Uint8Array(tokens.length * ROW_BYTES);
  tokens.forEach((token, i) => secrets.set(vault.pans(token, COUNTER), i * ROW_BYTES));
  return { kind: 'plan', ids: packIds(tokens), counters: tokens.map(() => COUNTER), secrets };
}

/** `[raida, row]` pairs of one token, proven or armed. */
export function proveEntry(
  token: TokenRecord,
  cells: readonly (readonly [raida: number, row: number])[],
  atMs: number,
): Entry {
  const groups = groupCells(cells.map(([raida, row]) => ({ token, raida, row })));
  return { kind: 'prove', atMs, groups };
}

export function armEntry(token: TokenRecord, raidas: readonly number[]): Entry {
  return { kind: 'arm', groups: groupCells(raidas.map((raida) => ({ token, raida, row: 0 }))) };
}

export function ledgerOf(entries: readonly Entry[]): Ledger {
  const ledger = newLedger();
  for (const entry of entries) apply(ledger, entry);
  return ledger;
}

const raida = fc.integer({ min: 0, max: RAIDA_COUNT - 1 });

/** A history that a deposit could write: import, proofs, plan, then arms and proofs in any order. */
export const history = fc
  .record({
    sns: fc.uniqueArray(fc.nat({ max: 0xffffffff }), { minLength: 1, maxLength: 4 }),
    rows: fc.integer({ min: 1, max: 2 }),
    steps: fc.array(
      fc.record({
        token: fc.nat({ max: 3 }),
        arm: fc.boolean(),
        raida,
        row: fc.nat({ max: 2 }),
        afterMs: fc.nat({ max: 400_000 }),
      }),
      { maxLength: 120 },
    ),
    planned: fc.boolean(),
    closed: fc.boolean(),
  })
  .map(({ sns, rows, steps, planned, closed }) => {
    const ids = sns.map((sn, i) => ({ dn: (i % 15) - 8, sn }));
    const entries: Entry[] = [{ kind: 'seed', seed: SEED }, importEntry(1, ids, rows)];
    const ledger = ledgerOf(entries);
    const add = (entry: Entry) => {
      entries.push(entry);
      apply(ledger, entry);
    };
    const tokens = [...ledger.tokens.values()];
    if (planned) add(planEntry(tokens));
    let atMs = 2_000;
    for (const step of steps) {
      const token = tokens[step.token % tokens.length]!;
      atMs += step.afterMs;
      if (step.arm && token.ownRow !== NONE) add(armEntry(token, [step.raida]));
      else add(proveEntry(token, [[step.raida, step.row % token.rows.length]], atMs));
    }
    if (closed) add({ kind: 'close', deposit: 1, atMs });
    return { entries, ledger };
  });
