import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** WCAG 2.2, 1.4.3 and 1.4.11. */
const TEXT = 4.5;
const SHAPE = 3;

const css = readFileSync(new URL('../src/styles/tokens.css', import.meta.url), 'utf8');

function colours(block: string): Map<string, string> {
  return new Map(
    [...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name = '', hex = '']) => [
      name,
      hex,
    ]),
  );
}

const [lightBlock = '', darkBlock = ''] = css.split('@media (prefers-color-scheme: dark)');
const schemes = { light: colours(lightBlock), dark: colours(darkBlock) };

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const PAIRS: readonly [front: string, backs: readonly string[], least: number][] = [
  ['ink', ['page', 'surface', 'sunken'], TEXT],
  ['ink-soft', ['page', 'surface', 'sunken'], TEXT],
  ['accent', ['page', 'surface', 'accent-wash'], TEXT],
  ['on-accent', ['accent', 'accent-strong'], TEXT],
  ['moving', ['page', 'surface'], TEXT],
  ['warn', ['page', 'surface', 'warn-wash'], TEXT],
  ['bad', ['page', 'surface', 'bad-wash'], TEXT],
  ['idle', ['page', 'surface', 'sunken'], SHAPE],
  ['line-strong', ['page', 'surface'], SHAPE],
];

describe.each(['light', 'dark'] as const)('colours, %s', (scheme) => {
  const all = schemes[scheme];
  const hex = (name: string) => {
    const found = all.get(name);
    if (found === undefined) throw new Error(`tokens.css has no --${name} for ${scheme}`);
    return found;
  };
  it.each(PAIRS)('%s is legible', (front, backs, least) => {
    for (const back of backs) {
      expect(contrast(hex(front), hex(back)), `${front} on ${back}`).toBeGreaterThanOrEqual(least);
    }
  });
});

it('knows black on white', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
});
