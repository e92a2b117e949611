/** Bytes that do not mean what they should. Holds positions and sizes, never contents. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly offset: number;
  readonly expected: string;
  readonly actual: string;

  constructor(what: string, offset: number, expected: string, actual: string) {
    super(`${what}: expected ${expected} at byte ${offset}, found ${actual}`);
    this.offset = offset;
    this.expected = expected;
    this.actual = actual;
  }
}

/** A request that a RAIDA turns down, with the status code that it answers (section 4 and 7). */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A broken promise between our own modules. Nothing that comes from outside may cause one. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
