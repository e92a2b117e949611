import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MARKS, stripPaths, stripWidth } from '../src/state/strip.ts';

/** Subpaths of a path: one or more a shape, by kind. */
const SUBPATHS = { c: 1, m: 3, k: 2, r: 1, s: 1, u: 1 } as const;

describe('the strip of 25 shapes', () => {
  it('draws every server once, by the shape of its mark', () => {
    const strip = fc.array(fc.constantFrom(...MARKS), { minLength: 25, maxLength: 25 });
    fc.assert(
      fc.property(strip, (marks) => {
        const paths = stripPaths(marks.join(''));
        for (const mark of MARKS) {
          const count = marks.filter((each) => each === mark).length;
          const d = paths.find((path) => path.mark === mark)?.d ?? '';
          expect((d.match(/M/g) ?? []).length).toBe(count * SUBPATHS[mark]);
        }
      }),
    );
  });

  it('gives every mark a shape of its own', () => {
    const shapes = MARKS.map((mark) => stripPaths(mark)[0]?.d);
    expect(new Set(shapes).size).toBe(MARKS.length);
  });

  it('claims nothing for a letter that it does not know', () => {
    expect(stripPaths('?').map(({ mark }) => mark)).toEqual(['u']);
  });

  it('fits 25 servers into a narrow phone', () => {
    expect(stripWidth(25)).toBe(266);
    expect(stripWidth(1)).toBe(10);
  });
});
