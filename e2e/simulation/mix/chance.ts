/**
 * A repeatable source of chance (sfc32): 32 good bits for a handful of additions, because a run
 * draws tens of thousands of nonces and delays.
 */
export class Chance {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = Math.imul(seed, 0x9e3779b1) ^ stream;
    this.#c = Math.imul(stream + 1, 0x85ebca6b);
    for (let i = 0; i < 12; i++) this.word();
  }

  /** 32 bits, as a signed number. */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum;
  }

  /** 0 up to, but not including, 1. */
  next(): number {
    return (this.word() >>> 0) / 0x1_0000_0000;
  }

  hits(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** A whole number below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** A whole number from `first` to `last`. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** So many different ones of these, in an order of chance. */
  sample<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    const chosen: T[] = [];
    while (chosen.length < count && left.length > 0) {
      chosen.push(...left.splice(this.below(left.length), 1));
    }
    return chosen;
  }

  fill(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i += 4) {
      const word = this.word();
      bytes[i] = word;
      bytes[i + 1] = word >>> 8;
      bytes[i + 2] = word >>> 16;
      bytes[i + 3] = word >>> 24;
    }
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    this.fill(bytes);
    return bytes;
  }
}
