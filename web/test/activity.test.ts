import { beforeEach, describe, expect, it } from 'vitest';
import { watchActivity } from '../src/state/activity.ts';

let told: (string | boolean)[];
let nowMs: number;
let happens: (type: string) => void;
let visibilityState: 'visible' | 'hidden';

beforeEach(() => {
  told = [];
  nowMs = 0;
  visibilityState = 'visible';
  const listeners = new Map<string, () => void>();
  happens = (type) => listeners.get(type)?.();
  const page = {
    get visibilityState() {
      return visibilityState;
    },
    addEventListener: (type: string, listen: () => void) => void listeners.set(type, listen),
  };
  const wallet = {
    active: () => void told.push('active'),
    visible: (visible: boolean) => void told.push(visible),
  };
  watchActivity(wallet, page, () => nowMs);
});

describe('touches', () => {
  it('are told at once, and then at most every ten seconds', () => {
    happens('pointerdown');
    happens('keydown');
    nowMs = 9_999;
    happens('keydown');
    expect(told).toEqual(['active']);
    nowMs = 10_000;
    happens('pointerdown');
    expect(told).toEqual(['active', 'active']);
  });
});

describe('a page that nobody sees', () => {
  it('is told each time, however soon', () => {
    visibilityState = 'hidden';
    happens('visibilitychange');
    visibilityState = 'visible';
    happens('visibilitychange');
    expect(told).toEqual([false, true]);
  });
});
