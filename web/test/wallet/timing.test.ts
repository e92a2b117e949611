import fc from 'fast-check';
import { expect, test } from 'vitest';

import { MAX_TIMEOUT_MS, MIN_TIMEOUT_MS } from '../../src/wallet/limits.ts';
import { Timing } from '../../src/wallet/timing.ts';

test('before anything is known: 2 s for an Echo, 3 s otherwise, 10 ms a token', () => {
  const timing = new Timing();
  expect(timing.timeoutMs(0, 0)).toBe(2_000);
  expect(timing.timeoutMs(36, 0)).toBe(3_360);
});

test('each retry waits half as long again, up to 10 s', () => {
  const timing = new Timing();
  expect([0, 1, 2, 3, 4].map((attempt) => timing.timeoutMs(0, attempt))).toEqual([
    2_000,
    3_000,
    4_500,
    6_750,
    MAX_TIMEOUT_MS,
  ]);
});

test('a RAIDA that answers fast is given up fast, one that answers slowly is waited for', () => {
  const fast = new Timing();
  const slow = new Timing();
  for (let i = 0; i < 50; i++) {
    fast.observe(20);
    slow.observe(i % 2 ? 4_000 : 3_000);
  }
  expect(fast.timeoutMs(0, 0)).toBe(MIN_TIMEOUT_MS);
  expect(slow.timeoutMs(0, 0)).toBeGreaterThan(4_000);
});

test('whatever is observed, a time-out stays within its bounds and grows with the tokens', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true })),
      fc.nat({ max: 2_000 }),
      fc.nat({ max: 5 }),
      (roundTrips, tokens, attempt) => {
        const timing = new Timing();
        for (const ms of roundTrips) timing.observe(ms);
        const timeout = timing.timeoutMs(tokens, attempt);
        expect(timeout).toBeGreaterThanOrEqual(MIN_TIMEOUT_MS);
        expect(timeout).toBeLessThanOrEqual(MAX_TIMEOUT_MS);
        expect(timing.timeoutMs(tokens + 1, attempt)).toBeGreaterThanOrEqual(timeout);
      },
    ),
  );
});
