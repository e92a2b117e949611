import { RAIDA_COUNT, type Token } from '@raida-wallet/protocol';
import { encodeEntry } from '@raida-wallet/web/wallet/journal';
import { snapshot } from '@raida-wallet/web/wallet/snapshot';

import { CALM, MANY_COINS, type Plan } from './plan.ts';
import { Violation } from './violation.ts';
import { World } from './world.ts';

/** A wallet that has settled coins already, and the RAIDA that know them. */
export interface Template {
  readonly nowMs: number;
  readonly tokens: readonly Token[];
  /** What each RAIDA holds, by coin. */
  readonly held: readonly (readonly Uint8Array[])[];
  readonly entries: readonly Uint8Array[];
  /** How many of them are compacted. */
  readonly compacted: number;
}

const TEMPLATES = new Map<number, Promise<Template | Violation>>();
const SETTLED_MS = 20 * 60_000;

/**
 * The same for all runs: it is made by a run of its own, a calm deposit from its first request to
 * its settling, so that most seeds need not spend their time on it again. A violation in it is one of
 * every run that would begin with it.
 */
export function templateOf(coins: number): Promise<Template | Violation> {
  const made = TEMPLATES.get(coins) ?? makeTemplate(coins);
  TEMPLATES.set(coins, made);
  return made;
}

async function makeTemplate(coins: number): Promise<Template | Violation> {
  const plan: Plan = {
    seed: coins,
    start: 0,
    relays: 3,
    hostile: null,
    network: CALM,
    restartMask: 0,
    noSumMask: 0,
    down: [],
    lying: [],
    store: { errors: 0, quota: 0, loseLast: 0 },
    lives: [],
    actions: [],
  };
  const world = new World(plan, null);
  world.device.open();
  const tokens = world.issue(coins, [], false);
  const many = coins >= MANY_COINS;
  for (const part of many ? tokens.map((token) => [token]) : [tokens]) {
    await world.deposit(part, world.file(part, false));
    await world.wait(SETTLED_MS);
  }
  if (world.failure) return world.failure;
  const { imported } = world.oracle;
  if (imported.length !== coins || !imported.every((coin) => coin.spendable)) {
    return new Violation('I12', 'the coins of a calm deposit do not settle');
  }
  const held = tokens.map((token) =>
    Array.from({ length: RAIDA_COUNT }, (_, raida) => world.servers.read(raida, token)!),
  );
  const entries = many ? world.store.entries : snapshot(world.reader.ledger).map(encodeEntry);
  return { nowMs: world.time.nowMs, tokens, held, entries, compacted: many ? 0 : entries.length };
}
