import { RAIDA_COUNT } from '@raida-wallet/protocol';
import { expect, test } from 'vitest';

import { encodeEntry } from '../../src/wallet/journal.ts';
import { chooseKeys } from '../../src/wallet/key-tokens.ts';
import { apply } from '../../src/wallet/ledger-apply.ts';
import type { Ledger } from '../../src/wallet/ledger.ts';
import { SETTLE_AFTER_MS } from '../../src/wallet/limits.ts';
import { startFinding, startJudging } from '../../src/wallet/operation-verdicts.ts';
import {
  HINT,
  hintsOf,
  newOperation,
  type OperationContext,
} from '../../src/wallet/operation-state.ts';
import { StoreError } from '../../src/wallet/ports.ts';
import { viewWallet } from '../../src/wallet/view.ts';
import { Wallet } from '../../src/wallet/wallet.ts';
import {
  armEntry,
  CLAIMED_AT,
  importEntry,
  ledgerOf,
  planEntry,
  proveEntry,
  SEED,
  settledLedger,
} from '../support/ledgers.ts';

const AT = CLAIMED_AT;

/** Settled coins, all of them unknown to the last RAIDA; and one deposit that holds them. */
function large(count: number): Ledger {
  const ids = Array.from({ length: count }, (_, i) => ({ dn: 0, sn: i + 1 }));
  return settledLedger(ids, RAIDA_COUNT - 1);
}

function timed(action: () => unknown): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

/** Of a wallet in which one RAIDA has lost every coin. */
function viewMs(coins: number): number {
  const ledger = large(coins);
  const op = newOperation(ledger.operations.get(1)!);
  for (const token of op.record.tokens) hintsOf(op, token)[RAIDA_COUNT - 1] = HINT.denied;
  const running = new Map([[1, op]]);
  const source = {
    ledger,
    running,
    lastRepair: null,
    doubted: new Map(),
    nowMs: AT * 2,
    toDeviceMs: (ms: number) => ms,
  };
  viewWallet(source);
  return Math.min(...[1, 2, 3].map(() => timed(() => viewWallet(source))));
}

test('a view takes as many times as long as there are more coins, not the square of it', () => {
  // 16 times as many coins: about 16 when it is linear, 256 when it is not.
  expect(viewMs(8_000) / viewMs(500)).toBeLessThan(64);
});

/** Counts how often a key is looked for: each look goes over all coins. */
function countKeys(ledger: Ledger, ask: (context: OperationContext) => unknown): number {
  let looks = 0;
  const keys = [...ledger.tokens.values()]
    .slice(-3)
    .map((token) => ({ token, an: token.rows[0]!.secrets! }));
  const keysAt = () => {
    looks++;
    return keys;
  };
  ask({ udpMaxBytes: 1_400, keyAt: () => keysAt()[0]!, keysAt } as unknown as OperationContext);
  return looks;
}

test('asking about 2,000 denied coins looks for keys once a RAIDA, not once a question', () => {
  const ledger = ledgerOf([
    { kind: 'seed', seed: SEED },
    importEntry(
      1,
      Array.from({ length: 2_000 }, (_, i) => ({ dn: 0, sn: i + 1 })),
    ),
  ]);
  const op = newOperation(ledger.operations.get(1)!);
  for (const token of op.record.tokens) hintsOf(op, token).fill(HINT.denied);
  const looks = countKeys(ledger, (context) => startJudging(op, context, AT));
  expect(looks).toBeLessThanOrEqual(10 * RAIDA_COUNT);
});

test('finding 2,000 open POWNs looks for keys once a RAIDA', () => {
  const ledger = ledgerOf([
    { kind: 'seed', seed: SEED },
    importEntry(
      1,
      Array.from({ length: 2_000 }, (_, i) => ({ dn: 0, sn: i + 1 })),
    ),
  ]);
  apply(ledger, planEntry([...ledger.tokens.values()]));
  const op = newOperation(ledger.operations.get(1)!);
  for (const token of op.record.tokens) {
    apply(ledger, proveEntry(token, [[3, 0]], AT));
    apply(ledger, armEntry(token, [3]));
    hintsOf(op, token).fill(HINT.denied);
  }
  const looks = countKeys(ledger, (context) => startFinding(op, context));
  expect(looks).toBeLessThanOrEqual(10 * RAIDA_COUNT);
});

test('a store that has no room to be compacted is opened all the same', async () => {
  const ledger = large(1);
  const entries = [{ kind: 'seed', seed: SEED } as const, importEntry(1, [{ dn: 0, sn: 1 }])];
  const store = {
    load: () => Promise.resolve({ entries: entries.map(encodeEntry), journalEntries: 5_000 }),
    append: () => Promise.resolve(),
    compact: () => Promise.reject(new StoreError('There is no room left on this device.')),
  };
  const clock = { now: () => AT, steadyMs: () => 0, sleep: () => new Promise<void>(() => {}) };
  const random = { fill: (bytes: Uint8Array) => bytes.fill(1) };
  const events = { changed: () => undefined, failed: () => undefined };
  const wallet = await Wallet.open({ store, clock, random }, events);
  expect(wallet.view().coins).toHaveLength(ledger.tokens.size);
});

test('the second and third key are of the least value, too', () => {
  const dns = [0, 6, 6, 6, 1, 2];
  const ledger = ledgerOf([
    { kind: 'seed', seed: SEED },
    importEntry(
      1,
      dns.map((dn, i) => ({ dn, sn: i + 1 })),
    ),
  ]);
  const tokens = [...ledger.tokens.values()];
  apply(ledger, planEntry(tokens));
  const cells = Array.from({ length: RAIDA_COUNT }, (_, raida) => [raida, 1] as const);
  for (const token of tokens) {
    apply(ledger, proveEntry(token, cells, AT));
    apply(ledger, proveEntry(token, cells, AT + SETTLE_AFTER_MS));
  }
  const wish = {
    raida: 3,
    need: 'settled',
    avoid: new Set<string>(),
    leaving: new Set<never>(),
    doubted: () => false,
    turn: 0,
  } as const;
  expect(chooseKeys(ledger, wish, 3).map(({ token }) => token.dn)).toEqual([0, 1, 2]);
});
