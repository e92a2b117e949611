import { QUORUM, RAIDA_COUNT } from '@raida-wallet/protocol';
import { describe, expect, test } from 'vitest';

import { MAX_RAIDA_PER_RELAY, planRelays } from '../../src/wallet/relay-plan.ts';

const COUNTS = Array.from({ length: 29 }, (_, i) => i + 2);

/** How many RAIDA each relay may carry, counting the places from `from` up to `to`. */
function loads(count: number, from = 0, to = Infinity): number[] {
  const result = new Array<number>(count).fill(0);
  for (const relays of planRelays(count)) {
    for (const relay of relays.slice(from, to)) result[relay]!++;
  }
  return result;
}

const spread = (numbers: readonly number[]): number => Math.max(...numbers) - Math.min(...numbers);
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

describe.each(COUNTS)('%i relays', (count) => {
  test('no relay may ever carry more than 12 RAIDA, so 13 never pass it (I8)', () => {
    expect(MAX_RAIDA_PER_RELAY).toBe(12);
    for (let relay = 0; relay < count; relay++) {
      const others = planRelays(count).filter((relays) => !relays.includes(relay));
      expect(others.length).toBeGreaterThanOrEqual(QUORUM);
    }
  });

  test('names relays that exist, none twice for a RAIDA', () => {
    const plan = planRelays(count);
    expect(plan).toHaveLength(RAIDA_COUNT);
    for (const relays of plan) {
      expect(new Set(relays).size).toBe(relays.length);
      for (const relay of relays) expect(relay >= 0 && relay < count).toBe(true);
    }
  });

  test('leaves no room unused, up to three relays for a RAIDA', () => {
    expect(sum(loads(count))).toBe(Math.min(12 * count, 3 * RAIDA_COUNT));
  });

  test('shares first places and all places evenly', () => {
    expect(spread(loads(count, 0, 1))).toBeLessThanOrEqual(1);
    expect(spread(loads(count, 1, 2))).toBeLessThanOrEqual(2);
    expect(spread(loads(count))).toBeLessThanOrEqual(1);
  });

  test('is the same each time', () => {
    expect(planRelays(count)).toEqual(planRelays(count));
  });
});

/** RAIDA that are still reached when these relays are gone. */
function reached(count: number, gone: readonly number[]): number {
  return planRelays(count).filter((relays) => relays.some((relay) => !gone.includes(relay))).length;
}

test('a single relay carries all 25', () => {
  expect(planRelays(1)).toEqual(new Array(25).fill([0]));
});

test('two relays leave the last RAIDA alone, and none stands in for another', () => {
  expect(reached(2, [])).toBe(24);
  expect(planRelays(2)[24]).toEqual([]);
  expect(reached(2, [0])).toBe(12);
});

test.each(COUNTS.slice(1))('%i relays reach all 25', (count) => {
  expect(reached(count, [])).toBe(25);
});

test.each([
  [3, 20],
  [4, 24],
])('of %i relays, any one may go and a quorum is left: %i RAIDA at least', (count, least) => {
  const left = Array.from({ length: count }, (_, relay) => reached(count, [relay]));
  expect(Math.min(...left)).toBe(least);
});

test.each(COUNTS.slice(3))('of %i relays, any one may go and all 25 are reached', (count) => {
  for (let relay = 0; relay < count; relay++) expect(reached(count, [relay])).toBe(25);
});

test.each(COUNTS.slice(5))('of %i relays, any two may go and all 25 are reached', (count) => {
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < a; b++) expect(reached(count, [a, b])).toBe(25);
  }
});

test.each(COUNTS.slice(3))('of %i relays, no other takes over all the work of one', (count) => {
  const firstChoices = planRelays(count).filter(([first]) => first === 0);
  const seconds = firstChoices.map(([, second]) => second);
  if (firstChoices.length > 2) expect(new Set(seconds).size).toBeGreaterThan(1);
});
