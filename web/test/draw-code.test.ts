import { decodeQR } from 'qr/decode.js';
import { describe, expect, it } from 'vitest';
import { drawCode, type Code } from '../src/ui/safety/draw-code.ts';

/** The drawing, filled in as a screen would, four pixels a module. */
function fill({ side, path }: Code) {
  const scale = 4;
  const width = side * scale;
  const data = new Uint8Array(width * width * 4).fill(255);
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/gu)) {
    for (let row = 0; row < scale; row++) {
      const from = (Number(y) * scale + row) * width + Number(x) * scale;
      for (let at = 0; at < Number(length) * scale; at++)
        data.fill(0, (from + at) * 4, (from + at) * 4 + 3);
    }
  }
  return { width, height: width, data };
}

describe('the QR code of a list', () => {
  it.each([
    ['in capitals', 'RAIDA1:0/1.2.3+1/4'],
    ['in other letters', 'raida1:ä'],
    ['as long as it may be', 'A1'.repeat(1260)],
  ])('%s says what the list says', async (_, text) => {
    expect(decodeQR(fill((await drawCode(text))!))).toBe(text);
  });

  it('is left out when it would be too fine to scan', async () => {
    expect((await drawCode('A'.repeat(2521))) === null).toBe(true);
    expect((await drawCode('a'.repeat(1733))) === null).toBe(true);
    // Few letters, and many bytes.
    expect((await drawCode('ä'.repeat(900))) === null).toBe(true);
  });
});
