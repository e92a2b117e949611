/**
 * A set of 64-bit values, kept as pairs of 32-bit words in an open hash table: a run draws thousands
 * of nonces and challenges, and a `Map` of large numbers would box each of them.
 */
export class SeenWords {
  #slots: Int32Array;
  #used = 0;

  constructor() {
    this.#slots = FREE.pop() ?? new Int32Array(SLOT_WORDS);
  }

  /** Gives its table to the next one: clearing it costs less than another. */
  release(): void {
    if (this.#slots.length === SLOT_WORDS) FREE.push(this.#slots.fill(0));
    this.#slots = EMPTY;
  }

  /** Adds the value. Whether it was there before. */
  add(first: number, second: number): boolean {
    // Two zero words mark an empty slot; the one value that looks like it is taken for another.
    const low = (first | second) === 0 ? 1 : first | 0;
    const high = second | 0;
    if (this.#used * 4 > this.#slots.length) this.#grow();
    const at = this.#find(low, high);
    if (this.#slots[at] === low && this.#slots[at + 1] === high) return true;
    this.#slots[at] = low;
    this.#slots[at + 1] = high;
    this.#used++;
    return false;
  }

  #find(low: number, high: number): number {
    const slots = this.#slots;
    const mask = slots.length - 2;
    let at = (Math.imul(low ^ high, 0x9e3779b1) >>> 8) & mask;
    while (
      (slots[at] !== 0 || slots[at + 1] !== 0) &&
      (slots[at] !== low || slots[at + 1] !== high)
    ) {
      at = (at + 2) & mask;
    }
    return at;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Int32Array(2 * before.length);
    for (let i = 0; i < before.length; i += 2) {
      if (before[i] === 0 && before[i + 1] === 0) continue;
      const at = this.#find(before[i]!, before[i + 1]!);
      this.#slots[at] = before[i]!;
      this.#slots[at + 1] = before[i + 1]!;
    }
  }
}

const SLOT_WORDS = 2 * 2048;
const FREE: Int32Array[] = [];
const EMPTY = new Int32Array(0);
