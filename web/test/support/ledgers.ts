import { type TokenId, RAIDA_COUNT } from '@raida-wallet/protocol';
import fc from 'fast-check';

import type { Entry } from '../../src/wallet/journal.ts';
import { apply } from '../../src/wallet/ledger-apply.ts';
import { check } from '../../src/wallet/ledger-check.ts';
import {
  groupCells,
  type Ledger,
  newLedger,
  nextOperation,
  packIds,
} from '../../src/wallet/ledger.ts';
import { ROW_BYTES, SEED_BYTES, SETTLE_AFTER_MS } from '../../src/wallet/limits.ts';
import type { TokenRecord } from '../../src/wallet/token-record.ts';
import { Vault } from '../../src/wallet/vault.ts';

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

/** When the coins of `settledLedger` were claimed. */
export const CLAIMED_AT = 1_000_000;

/** A ledger whose coins are settled on the first `servers` servers. */
export function settledLedger(ids: readonly TokenId[], servers = RAIDA_COUNT): Ledger {
  const ledger = ledgerOf([{ kind: 'seed', seed: SEED }, importEntry(1, ids)]);
  const tokens = [...ledger.tokens.values()];
  if (tokens.length > 0) apply(ledger, planEntry(tokens));
  for (const token of tokens) {
    const own = Array.from({ length: servers }, (_, id) => [id, token.ownRow] as const);
    apply(ledger, proveEntry(token, own, CLAIMED_AT));
    apply(ledger, proveEntry(token, own, CLAIMED_AT + SETTLE_AFTER_MS));
  }
  return ledger;
}

const raida = fc.integer({ min: 0, max: RAIDA_COUNT - 1 });

const STEPS = [
  'arm',
  'prove',
  'prove all',
  'fix',
  'lapse',
  'verdict',
  'repair',
  'send',
  'hand over',
  'take back',
  'wait',
  'close',
  'words',
  'saved',
  'verified',
  'learn',
] as const;

interface Step {
  readonly kind: (typeof STEPS)[number];
  readonly token: number;
  readonly raida: number;
  readonly row: number;
  readonly number: number;
  readonly afterMs: number;
}

const ALL_RAIDA = Array.from({ length: RAIDA_COUNT }, (_, id) => id);

/** An entry of this kind, whether or not it is allowed now. */
function entryOf(step: Step, token: TokenRecord, operation: number, atMs: number): Entry {
  const ids = packIds([token]);
  const groups = [{ ids, raidas: 1 << step.raida }];
  const row = step.row % token.rows.length;
  switch (step.kind) {
    case 'arm':
      return armEntry(token, [step.raida]);
    case 'prove':
      return proveEntry(token, [[step.raida, row]], atMs);
    case 'prove all': {
      const own = Math.max(token.ownRow, 0);
      return proveEntry(
        token,
        ALL_RAIDA.map((id) => [id, own]),
        atMs,
      );
    }
    case 'fix': {
      const pgs = new Vault(SEED).pgs(step.number);
      return {
        kind: 'fix',
        atMs,
        groups: [{ ids, raidas: 1 << step.raida, counter: step.number, pgs }],
      };
    }
    case 'lapse':
      return { kind: 'lapse', groups };
    case 'verdict':
      return { kind: 'verdict', atMs, groups: [{ ids, raidas: 0x1fff << (step.raida % 12) }] };
    case 'repair':
      return { kind: 'repair', operation, atMs, ids };
    case 'send': {
      const bytes = Uint8Array.of(step.number);
      return { kind: 'send', operation, atMs, ids, name: 'a.bin', memo: 'b', bytes };
    }
    case 'hand over':
      return { kind: 'hand over', operation: step.number + 1, atMs };
    case 'take back':
      return { kind: 'take back', operation, send: step.number + 1, atMs };
    case 'words':
      return { kind: 'words', atMs };
    case 'saved': {
      const what = step.row % 2 === 0 ? 'backup' : 'list';
      const digest = what === 'backup' ? Uint8Array.of(step.number) : null;
      return { kind: 'saved', atMs, what, digest, ids, rows: [step.number] };
    }
    case 'verified':
      return { kind: 'verified', atMs, digest: Uint8Array.of(step.number) };
    case 'learn': {
      const secrets = new Uint8Array(ROW_BYTES).fill(step.number);
      const floors = { pan: step.number, fix: step.row };
      return { kind: 'learn', ids, rowCounts: Uint8Array.of(1), secrets, floors };
    }
    case 'wait':
      return { kind: 'wait', atMs };
    case 'close':
      return { kind: 'close', deposit: step.number + 1, repairs: step.row % 2, atMs };
  }
}

function isAllowed(ledger: Ledger, entry: Entry): boolean {
  try {
    check(ledger, entry);
    return true;
  } catch {
    return false;
  }
}

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(...STEPS),
    token: fc.nat({ max: 3 }),
    raida,
    row: fc.nat({ max: 4 }),
    number: fc.nat({ max: 4 }),
    afterMs: fc.nat({ max: 400_000 }),
  }),
  { maxLength: 120 },
);

/** A history that operations could write: import, plan, then whatever is allowed, in any order. */
export const history = fc
  .record({
    sns: fc.uniqueArray(fc.nat({ max: 0xffffffff }), { minLength: 1, maxLength: 4 }),
    rows: fc.integer({ min: 1, max: 2 }),
    steps,
    planned: fc.boolean(),
  })
  .map(({ sns, rows, steps: taken, planned }) => {
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
    for (const step of taken) {
      atMs += step.afterMs;
      const token = tokens[step.token % tokens.length]!;
      const entry = entryOf(step, token, nextOperation(ledger), atMs);
      if (isAllowed(ledger, entry)) add(entry);
    }
    return { entries, ledger };
  });
