import { assert } from '../errors.ts';
import { RAIDA_COUNT } from '../limits.ts';

/**
 * The POWN string of a file with one token (section 8): 25 nibbles, RAIDA 0 in the high nibble of
 * the first byte, the last nibble 9, and three more bytes.
 */

const POWN_FIELD_BYTES = 16;
const NIBBLES: ReadonlyMap<string, number> = new Map([
  ['u', 0x0],
  ['p', 0xa],
  ['b', 0xb],
  ['n', 0xc],
  ['d', 0xd],
  ['e', 0xe],
  ['f', 0xf],
]);
const LETTERS: ReadonlyMap<number, string> = new Map(
  Array.from(NIBBLES, ([letter, nibble]) => [nibble, letter]),
);
/** What fills the field behind the string, the last nibble of its 13th byte included. */
const FILL = 0x99;
const UNKNOWN = 'u'.repeat(RAIDA_COUNT);

/** Whether this is a POWN string: 25 of its letters. */
export function isPown(text: unknown): text is string {
  if (typeof text !== 'string' || text.length !== RAIDA_COUNT) return false;
  return Array.from(text).every((letter) => NIBBLES.has(letter));
}

/** The field of 16 bytes. */
export function packPown(pown: string = UNKNOWN): Uint8Array {
  assert(isPown(pown), 'a POWN string has 25 of its letters');
  const field = new Uint8Array(POWN_FIELD_BYTES).fill(FILL);
  for (let raida = 0; raida < RAIDA_COUNT; raida++) {
    const nibble = NIBBLES.get(pown[raida]!)!;
    const rest = field[raida >> 1]!;
    field[raida >> 1] = raida % 2 === 0 ? (nibble << 4) | (rest & 0x0f) : (rest & 0xf0) | nibble;
  }
  return field;
}

/** The 25 letters, or null: a file may hold something else there, and the token is as good. */
export function unpackPown(field: Uint8Array): string | null {
  let pown = '';
  for (let raida = 0; raida < RAIDA_COUNT; raida++) {
    const byte = field[raida >> 1]!;
    const letter = LETTERS.get(raida % 2 === 0 ? byte >> 4 : byte & 0x0f);
    if (letter === undefined) return null;
    pown += letter;
  }
  return pown;
}
