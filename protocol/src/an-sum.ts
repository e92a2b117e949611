import { xorInto } from './bytes.ts';
import { SECRET_BYTES } from './limits.ts';

/** The XOR of 16-byte ANs (section 5, S2). Of none: zero. */
export function sumAns(ans: Iterable<Uint8Array>): Uint8Array {
  const sum = new Uint8Array(SECRET_BYTES);
  for (const an of ans) xorInto(sum, an);
  return sum;
}
