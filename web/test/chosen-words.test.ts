import { describe, expect, it } from 'vitest';
import { choosePositions, isSameWord } from '../src/state/chosen-words.ts';

describe('words that are asked for', () => {
  it('are three different ones, in order', () => {
    const random = [30, 6, 47, 5][Symbol.iterator]();
    expect(choosePositions(24, () => random.next().value ?? 0)).toEqual([5, 6, 23]);
  });

  it('are never more than there are', () => {
    let next = 0;
    expect(choosePositions(2, () => next++)).toEqual([0, 1]);
  });

  it('may be typed with any case and spaces', () => {
    expect(isSameWord(' Zebra ', 'zebra')).toBe(true);
    expect(isSameWord('zebr', 'zebra')).toBe(false);
    expect(isSameWord('', 'zebra')).toBe(false);
  });
});
