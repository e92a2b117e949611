import type { RandomPort } from './ports.ts';

/** In an order that nobody can guess: Fisher and Yates, with 16 bits for each place. */
export function shuffled<T>(items: readonly T[], random: RandomPort): T[] {
  const left = [...items];
  const bytes = new Uint8Array(left.length * 2);
  random.fill(bytes);
  for (let i = left.length - 1; i > 0; i--) {
    const other = ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!) % (i + 1);
    [left[i], left[other]] = [left[other]!, left[i]!];
  }
  return left;
}
