import { QUORUM, RAIDA_COUNT } from '@raida-wallet/protocol';

import { Chance } from './chance.ts';
import {
  type Action,
  ALL_RAIDA,
  CALM,
  type Hostile,
  MANY_COINS,
  type NetworkFaults,
  type Plan,
  type PreviousOwner,
  type StoreFaults,
  type Trick,
} from './plan.ts';
import type { Lie } from './servers.ts';

/** How often what happens: the mix of all operations, and of all that can go wrong. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MOST_FAULTY = RAIDA_COUNT - QUORUM;
const TRICKS: readonly Trick[] = [
  'flips',
  'flips pans',
  'forges',
  'restates',
  'replays',
  'swaps',
  'holds',
  'mixes',
];
const SPOILING: readonly Trick[] = ['flips pans', 'holds'];
const LIES: readonly Lie[] = ['denies', 'wrong statuses', 'mute'];

/**
 * The plan of a seed. Most are short and have one or two kinds of trouble; a few have all. `only`
 * names an action that has to be in it.
 */
export function makePlan(seed: number, only: string | null = null): Plan {
  const chance = new Chance(seed, 1);
  const weather = chance.next();
  // Half of all runs have a good network, so that what else is wrong is seen clearly.
  const stormy = weather > 0.9;
  const faulty = planFaulty(chance, stormy);
  const relays = chance.hits(0.4) ? 1 : chance.between(3, 5);
  const hostile = chance.hits(0.2) ? planHostile(chance, relays) : null;
  const story = planActions(chance, faulty, only);
  return {
    seed,
    start: story.start,
    relays,
    hostile,
    network: weather > 0.5 ? planNetwork(chance, stormy) : CALM,
    restartMask: chance.word() & 0x1ffffff,
    noSumMask: chance.hits(0.3) ? chance.word() & 0x1ffffff : 0,
    down: faulty.down,
    lying: faulty.lying,
    store: planStore(chance),
    lives: planLives(chance, stormy),
    actions: story.actions,
  };
}

function planNetwork(chance: Chance, stormy: boolean): NetworkFaults {
  return {
    loss: stormy ? chance.next() * 0.6 : chance.next() * 0.15,
    duplicates: chance.hits(0.5) ? chance.next() * 0.2 : 0,
    latencyMs: chance.pick([1, 20, 20, 80, 300]),
    jitter: chance.hits(0.3) ? 1 : 0,
    slow: chance.hits(0.3) ? chance.next() * 0.2 : 0,
    held: chance.hits(0.2) ? 0.02 : 0,
    busy: chance.hits(0.1) ? 0.05 : 0,
  };
}

/** At most 12 RAIDA are not as they should be at once: down, lying, rolled back or without a coin. */
interface Faulty {
  readonly down: readonly number[];
  readonly lying: Plan['lying'];
  /** So many more may be. */
  readonly budget: number;
}

function planFaulty(chance: Chance, stormy: boolean): Faulty {
  const trouble = chance.hits(stormy ? 0.8 : 0.25);
  const count = trouble ? chance.between(1, MOST_FAULTY) : 0;
  const raidas = chance.sample(ALL_RAIDA, count);
  const down: number[] = [];
  const lying: { raida: number; lie: Lie }[] = [];
  let budget = MOST_FAULTY - count;
  for (const raida of raidas) {
    const what = chance.next();
    if (what < 0.4) down.push(raida);
    else if (what < 0.7) lying.push({ raida, lie: chance.pick(LIES) });
    else budget++;
  }
  return { down, lying, budget };
}

function planHostile(chance: Chance, relays: number): Hostile {
  // Alone with a giver who tells him the secrets, a relay can take what it carries (WALLET.md,
  // "Key token"): he is told nothing here when he is the only one.
  const known = TRICKS.filter((trick) => trick !== 'mixes' || relays > 1);
  const relay = chance.below(relays);
  // Some do one thing, and always: what a POWN leads to is spoilt or kept back.
  if (chance.hits(0.12)) return { relay, tricks: [chance.pick(SPOILING)], rate: 1 };
  return {
    relay,
    tricks: chance.sample(known, chance.between(1, 3)),
    rate: chance.hits(0.2) ? 1 : chance.next() * 0.5,
  };
}

function planStore(chance: Chance): StoreFaults {
  const failing = chance.hits(0.1);
  return {
    errors: failing ? 0.01 : 0,
    quota: failing ? 0.01 : 0,
    loseLast: chance.hits(0.3) ? 0.5 : 0,
  };
}

/** Up to 40 kills, each after some moments. Few runs have many: they take long. */
function planLives(chance: Chance, stormy: boolean): number[] {
  const kind = chance.next();
  const most = kind < 0.6 ? 0 : kind < 0.9 ? 2 : stormy && kind > 0.97 ? 40 : 6;
  const count = chance.below(most + 1);
  return Array.from({ length: count }, () => chance.between(1, chance.hits(0.3) ? 60 : 400));
}

interface Story {
  readonly start: number;
  readonly actions: readonly Action[];
}

function planActions(chance: Chance, faulty: Faulty, only: string | null): Story {
  for (let tries = 0; tries < MOST_DRAWS; tries++) {
    const story = drawStory(chance, faulty);
    if (only === null || story.actions.some((action) => action.do === only)) return story;
  }
  throw new Error(`no plan has the action "${only ?? ''}"`);
}

/** Drawings after which an action is one that no plan has. */
const MOST_DRAWS = 50_000;

/**
 * Mostly short: a wallet that has settled coins, and one thing that a person does; then deposits;
 * seldom what takes hundreds of requests, or many things in any order.
 */
function drawStory(chance: Chance, faulty: Faulty): Story {
  const many = chance.hits(0.004) ? MANY_COINS : chance.pick([1, 1, 1, 2, 2, 3]);
  const start = chance.hits(0.96) ? many : 0;
  const begin: Action[] = start > 0 ? [] : [planDeposit(chance, faulty)];
  const kind = chance.next();
  if (kind < 0.1) return { start, actions: planIncoming(chance, faulty) };
  if (kind > 0.997) return { start: 3, actions: planTwoDevices(chance, faulty) };
  if (kind < 0.107) return { start: 3, actions: planTheft(chance, faulty) };
  if (kind < 0.111) return { start: 2, actions: [planFrack(chance, faulty), { do: 'repair' }] };
  if (kind < 0.98) {
    if (start === 0 && chance.hits(0.7)) return { start, actions: begin };
    if (start === 0) begin.push({ do: 'settle' });
    const heavy = chance.hits(0.02);
    const story = heavy ? planLong(chance, faulty) : planShort(chance);
    return { start, actions: [...begin, ...story] };
  }
  const actions = begin;
  while (actions.length < 8 && (actions.length === 0 || chance.hits(0.6))) {
    actions.push(planAny(chance, faulty));
  }
  return { start, actions };
}

/** A coin comes in. One that is called counterfeit is looked for again at the next start. */
function planIncoming(chance: Chance, faulty: Faulty): Action[] {
  const deposit = planDeposit(chance, faulty);
  if (deposit.kind !== 'counterfeit' || chance.hits(0.5)) return [deposit];
  const judged: Action = { do: 'wait', ms: 8 * MINUTE_MS };
  return [deposit, judged, { do: 'kill' }, { do: 'wait', ms: SECOND_MS }];
}

/**
 * A previous owner who waits until the coin is ours, and takes it back before it has settled; or who
 * takes back what has been moved while the rest is still on its way, because few RAIDA are there.
 */
function planTheft(chance: Chance, faulty: Faulty): Action[] {
  const early = chance.hits(0.5);
  const attackMs = early
    ? chance.pick([200, 300, 500, SECOND_MS])
    : chance.pick([20 * SECOND_MS, 100 * SECOND_MS, 200 * SECOND_MS]);
  const raidas = early ? chance.between(2, 9) : RAIDA_COUNT;
  const owner: PreviousOwner = { ticketsMs: 0, attackMs, how: 'fix', raidas };
  const theft: Action[] = [
    { do: 'deposit', coins: 1, fracked: [], kind: 'good', owner },
    { do: 'wait', ms: 8 * MINUTE_MS },
  ];
  if (!early) return theft;
  const { down, lying, budget } = faulty;
  const away = new Set([...down, ...lying.map(({ raida }) => raida)]);
  const up = ALL_RAIDA.filter((raida) => !away.has(raida));
  // He needs 13 tickets of others.
  const more = chance.sample(up, budget - chance.between(1, 6));
  return [{ do: 'servers', down: [...down, ...more] }, ...theft];
}

/** The same words on two devices. Mostly some coins are left here, under which the others are asked about. */
function planTwoDevices(chance: Chance, faulty: Faulty): Action[] {
  const there: Action = { do: 'other device', coins: chance.pick([1, 1, 2, 3]) };
  const later: Action = chance.pick<Action>([
    { do: 'kill' },
    { do: 'wait', ms: chance.pick([SECOND_MS, 20 * SECOND_MS, 8 * MINUTE_MS]) },
    { do: 'lock' },
    { do: 'repair' },
    { do: 'send', coins: 1 },
    planDeposit(chance, faulty),
  ]);
  const back: Action = { do: 'back from there' };
  return chance.pick<Action[]>([
    [there],
    [there, later],
    [there, { do: 'kill' }, { do: 'wait', ms: 2 * MINUTE_MS }, later],
    [there, { do: 'wait', ms: 8 * MINUTE_MS }, back],
    [there, later, { ...there, coins: 3 }],
    [{ do: 'send', coins: 1 }, { do: 'hand over' }, there, { do: 'take back' }],
  ]);
}

/** What a wallet with coins does all day. */
function planShort(chance: Chance): Action[] {
  const coins = chance.hits(0.7) ? 1 : 2;
  const some = chance.hits(0.5) ? RAIDA_COUNT : chance.below(RAIDA_COUNT);
  const out: Action[] = [{ do: 'send', coins }, { do: 'hand over' }];
  const takes: Action = { do: 'recipient takes', raidas: some };
  const short: Action = chance.pick<Action>([
    { do: 'kill' },
    { do: 'lock' },
    { do: 'set the clock', ms: chance.pick(CLOCK_JUMPS) },
    { do: 'suspend', ms: chance.pick(SUSPENSIONS) },
    { do: 'open a second tab' },
    { do: 'wait', ms: chance.pick([100, SECOND_MS, 20 * SECOND_MS]) },
    { do: 'hand over' },
  ]);
  return chance.pick<Action[]>([
    [{ do: 'send', coins }, short],
    [{ do: 'send', coins }, short, { do: 'hand over' }],
    [...out, short, takes],
    [...out, takes],
    [...out, takes],
    [...out, takes, short],
    [short, { do: 'send', coins }, { do: 'hand over' }],
    [{ do: 'keep list' }, short],
    [{ do: 'keep list' }, { do: 'send', coins }, short],
    [{ do: 'send', coins }, short, { do: 'send', coins }, { do: 'hand over' }],
    [
      { do: 'send', coins },
      { do: 'wait', ms: 3 * SECOND_MS },
      { do: 'send', coins: 0 },
    ],
    chance.hits(0.25) ? [...out, takes, { do: 'take back' }] : [...out, { do: 'take back' }, short],
    [{ do: 'keep backup' }, { do: 'restore here' }],
  ]);
}

/** What takes hundreds of requests. */
function planLong(chance: Chance, faulty: Faulty): Action[] {
  const any = planAny(chance, faulty);
  const coins = chance.between(1, 2);
  const out: Action[] = [{ do: 'send', coins }, { do: 'hand over' }];
  const takes: Action = { do: 'recipient takes', raidas: RAIDA_COUNT };
  const some: Action = { do: 'recipient takes', raidas: chance.below(RAIDA_COUNT) };
  const sameSeed = chance.hits(0.5);
  return chance.pick<Action[]>([
    [planFrack(chance, faulty), { do: 'repair' }],
    [planFrack(chance, faulty), { do: 'repair' }, any],
    [planRollBack(chance, faulty), { do: 'repair' }],
    [...out, some, { do: 'wait', ms: MINUTE_MS }, { do: 'take back' }],
    [...out, takes, { do: 'wait', ms: MINUTE_MS }, { do: 'recipient returns' }],
    [{ do: 'keep list' }, { do: 'restore', from: 'list', sameSeed }],
    [{ do: 'keep list' }, any, { do: 'restore', from: 'list', sameSeed }],
    [{ do: 'keep backup' }, { do: 'restore', from: 'backup', sameSeed }],
    [
      { do: 'keep list' },
      { do: 'send', coins },
      { do: 'take back' },
      { do: 'settle' },
      { do: 'restore', from: 'list', sameSeed },
    ],
    [{ do: 'keep backup' }, any, { do: 'restore', from: 'backup', sameSeed }],
    [planDeposit(chance, faulty), any],
  ]);
}

function planAny(chance: Chance, faulty: Faulty): Action {
  switch (chance.below(16)) {
    case 0:
    case 1:
      return planDeposit(chance, faulty);
    case 2:
      return { do: 'wait', ms: chance.pick(WAITS) };
    case 3:
      return { do: 'kill' };
    case 4:
      return { do: 'set the clock', ms: chance.pick(CLOCK_JUMPS) };
    case 5:
      return { do: 'suspend', ms: chance.pick(SUSPENSIONS) };
    case 6:
      return { do: 'open a second tab' };
    case 7:
      return { do: 'servers', down: [] };
    case 8:
      return { do: 'relays', down: [chance.below(5)] };
    case 9:
      return { do: 'retry' };
    case 10:
      return planRollBack(chance, faulty);
    case 11:
      return { do: 'repair' };
    case 12:
      return { do: 'send', coins: chance.between(1, 2) };
    case 13:
      return { do: 'hand over' };
    case 14:
      return { do: 'take back' };
    default:
      return { do: 'restore here' };
  }
}

/** RAIDA that hold something else for the coins that are there: what only a Fix puts right. */
function planFrack(chance: Chance, faulty: Faulty): Action {
  const most = Math.max(1, faulty.budget);
  const raidas = chance.sample(ALL_RAIDA, chance.between(1, most));
  return { do: 'frack', raidas, all: chance.hits(0.3) };
}

const WAITS = [100, SECOND_MS, 20 * SECOND_MS, 5 * MINUTE_MS, 8 * MINUTE_MS];
const CLOCK_JUMPS = [HOUR_MS, -HOUR_MS, 7 * DAY_MS, -7 * DAY_MS];
const SUSPENSIONS = [MINUTE_MS, 6 * MINUTE_MS, HOUR_MS, 30 * DAY_MS];

function planRollBack(chance: Chance, faulty: Faulty): Action {
  const raidas = chance.sample(ALL_RAIDA, chance.below(faulty.budget + 1));
  return { do: 'roll back', raidas, actions: chance.between(0, 2) };
}

function planDeposit(chance: Chance, faulty: Faulty): Action & { readonly do: 'deposit' } {
  const coins = chance.hits(0.9) ? 1 : chance.hits(0.995) ? chance.between(2, 3) : 40;
  const { budget, down } = faulty;
  const may = ALL_RAIDA.filter((raida) => !down.includes(raida));
  // Often as many as there may be: with 13 that know it, a coin is at its most fragile.
  const most = chance.hits(0.4) ? budget : chance.below(budget + 1);
  const fracked = chance.hits(0.06) ? chance.sample(may, most) : [];
  const what = chance.next();
  const kind = what < 0.06 ? 'counterfeit' : what < 0.1 ? 'with pans' : 'good';
  return { do: 'deposit', coins, fracked, kind, owner: planOwner(chance) };
}

function planOwner(chance: Chance): PreviousOwner | null {
  if (!chance.hits(0.12)) return null;
  return {
    ticketsMs: chance.pick([0, 10 * SECOND_MS, 200 * SECOND_MS]),
    attackMs: chance.pick([
      50,
      500,
      5 * SECOND_MS,
      100 * SECOND_MS,
      290 * SECOND_MS,
      20 * MINUTE_MS,
    ]),
    how: chance.hits(0.7) ? 'fix' : 'pown',
    raidas: chance.hits(0.5) ? RAIDA_COUNT : chance.between(1, RAIDA_COUNT),
  };
}
