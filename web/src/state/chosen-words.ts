/** Which of the words are asked for, so that somebody who has not written them down notices it now. */

const CHECKED_WORDS = 3;

/** Different positions, from 0, in ascending order. `random`: below 2^32. */
export function choosePositions(words: number, random: () => number): readonly number[] {
  const chosen = new Set<number>();
  while (chosen.size < Math.min(CHECKED_WORDS, words)) chosen.add(random() % words);
  return [...chosen].sort((a, b) => a - b);
}

export function isSameWord(typed: string, word: string): boolean {
  return typed.trim().toLowerCase().normalize('NFKD') === word.normalize('NFKD');
}
