/**
 * Bitfields of mixed replies (section 5): token i is bit (i mod 8) of byte (i div 8), least
 * significant first; 1 = pass, unused bits zero. Another public text counts from the most
 * significant bit, so the order is a network setting (section 9).
 */
export type BitOrder = 'least-significant-first' | 'most-significant-first';

export function bitfieldBytes(count: number): number {
  return Math.ceil(count / 8);
}

function mask(index: number, order: BitOrder): number {
  return order === 'least-significant-first' ? 1 << (index & 7) : 0x80 >> (index & 7);
}

/** `flags` holds one byte a token, 0 or 1. */
export function packBits(
  flags: Uint8Array,
  order: BitOrder = 'least-significant-first',
): Uint8Array {
  const bits = new Uint8Array(bitfieldBytes(flags.length));
  for (let i = 0; i < flags.length; i++) if (flags[i]) bits[i >> 3]! |= mask(i, order);
  return bits;
}

/** One byte a token, 0 or 1. Reads the first ceil(count / 8) bytes of `bits`. */
export function unpackBits(
  bits: Uint8Array,
  count: number,
  order: BitOrder = 'least-significant-first',
): Uint8Array {
  const flags = new Uint8Array(count);
  for (let i = 0; i < count; i++) flags[i] = bits[i >> 3]! & mask(i, order) ? 1 : 0;
  return flags;
}
