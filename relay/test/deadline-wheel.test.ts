import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { DeadlineWheel } from '../src/deadline-wheel.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

interface Entry {
  dueTick: number;
  readonly name: string;
}

const entry = (name: string): Entry => ({ dueTick: 0, name });

it('expires nothing early, and all within two ticks after the deadline', () => {
  const deadlines = fc.array(fc.tuple(fc.integer({ min: 250, max: 63_750 }), fc.nat(3000)), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(deadlines, (entries) => {
      const expired = new Map<Entry, number>();
      const wheel = new DeadlineWheel<Entry>((one) => {
        expect(expired.has(one)).toBe(false);
        expired.set(one, performance.now());
      });
      const added = entries.map(([deadlineMs, pauseMs], i) => {
        vi.advanceTimersByTime(pauseMs);
        const one = entry(String(i));
        wheel.add(one, deadlineMs);
        return { one, due: performance.now() + deadlineMs };
      });
      vi.advanceTimersByTime(65_000);
      for (const { one, due } of added) {
        expect(expired.get(one)).toBeGreaterThanOrEqual(due);
        expect(expired.get(one)).toBeLessThanOrEqual(due + 500);
      }
      expect(vi.getTimerCount()).toBe(0);
    }),
    { numRuns: 200 },
  );
});

it('forgets what is removed, and stops its timer when nothing is left', () => {
  const expired: string[] = [];
  const wheel = new DeadlineWheel<Entry>(({ name }) => expired.push(name));
  const [kept, removed] = [entry('kept'), entry('removed')];
  wheel.add(kept, 1000);
  wheel.add(removed, 1000);
  wheel.remove(removed);
  wheel.remove(removed);
  vi.advanceTimersByTime(2000);
  expect(expired).toEqual(['kept']);
  expect(vi.getTimerCount()).toBe(0);
  wheel.add(removed, 250);
  vi.advanceTimersByTime(750);
  expect(expired).toEqual(['kept', 'removed']);
});

it('survives a pause of the process that is longer than its ring', () => {
  const expired: string[] = [];
  const wheel = new DeadlineWheel<Entry>(({ name }) => expired.push(name));
  let pausedMs = 0;
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + pausedMs);
  wheel.add(entry('before'), 60_000);
  pausedMs = 3_600_000;
  wheel.add(entry('after'), 60_000);
  vi.advanceTimersByTime(500);
  expect(expired).toEqual(['before']);
  vi.advanceTimersByTime(59_000);
  expect(expired).toEqual(['before']);
  vi.advanceTimersByTime(1000);
  expect(expired).toEqual(['before', 'after']);
  vi.restoreAllMocks();
});

it('lets what was removed while it swept stay quiet', () => {
  const expired: string[] = [];
  const [first, second] = [entry('first'), entry('second')];
  const wheel = new DeadlineWheel<Entry>(({ name }) => {
    expired.push(name);
    wheel.remove(second);
  });
  wheel.add(first, 250);
  wheel.add(second, 250);
  vi.advanceTimersByTime(1000);
  expect(expired).toEqual(['first']);
});
