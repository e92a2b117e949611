/**
 * Whole numbers from 0 to 2^53 - 1 in as few bytes as they need: 7 bits a byte, low ones first, and the
 * highest bit says that more follow. Signed ones alternate: 0, -1, 1, -2, ...
 */

/** Bytes that end too early, or a number that this file does not write. */
export class VarintError extends Error {
  override readonly name = 'VarintError';
}

export class VarintWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  byte(value: number): void {
    if (this.#length === this.#bytes.length) {
      const wider = new Uint8Array(2 * this.#length);
      wider.set(this.#bytes);
      this.#bytes = wider;
    }
    this.#bytes[this.#length++] = value;
  }

  unsigned(value: number): void {
    let rest = value;
    // Not by shifts: those have 32 bits.
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80);
    this.byte(rest);
  }

  signed(value: number): void {
    this.unsigned(zigzag(value));
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Throws VarintError, and reads no further than the bytes go. */
export class VarintReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  byte(): number {
    if (this.left === 0) throw new VarintError('the bytes end too early');
    return this.#bytes[this.#offset++]!;
  }

  unsigned(): number {
    let value = 0;
    for (let weight = 1; ; weight *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * weight;
      if (!Number.isSafeInteger(value)) throw new VarintError('a number is too large');
      if (byte >= 0x80) continue;
      if (byte === 0 && weight > 1) throw new VarintError('a number has more bytes than it needs');
      return value;
    }
  }

  signed(): number {
    return unzigzag(this.unsigned());
  }
}

export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
