/** A window of this many bytes of a secret is enough to recognise it, and to call it a leak. */
const WINDOW_BYTES = 4;

/** Ways in which four bytes could stand in a text. */
function spellings(window: Uint8Array): string[] {
  const buffer = Buffer.from(window);
  const hex = buffer.toString('hex');
  const spaced = Array.from(window, (byte) => byte.toString(16).padStart(2, '0'));
  return [
    hex,
    spaced.join(' '),
    spaced.join(','),
    Array.from(window).join(','),
    Array.from(window).join(', '),
    Array.from(window).join(' '),
    buffer.toString('latin1').toLowerCase(),
    `${buffer.readUInt32BE()}`,
    `${buffer.readUInt32LE()}`,
  ];
}

/** Base64 of each alignment, without the characters that depend on the bytes around. */
function base64Spellings(secret: Uint8Array): string[] {
  return [0, 1, 2].flatMap((skip) => {
    const text = Buffer.from(secret.subarray(skip)).toString('base64').replace(/=+$/, '');
    const pieces: string[] = [];
    for (let i = 0; i + 6 <= text.length - 2; i++) pieces.push(text.slice(i, i + 6));
    return pieces;
  });
}

interface Needles {
  /** To be sought in the text in lower case. */
  readonly lower: readonly string[];
  readonly exact: readonly string[];
}

function needlesOf(secret: Uint8Array): Needles {
  const count = secret.length - WINDOW_BYTES + 1;
  const windows = Array.from({ length: count }, (_, i) => secret.subarray(i, i + WINDOW_BYTES));
  return { lower: windows.flatMap(spellings), exact: base64Spellings(secret) };
}

/** Answers, for a text, whether it holds a part of a secret in any spelling we could think of. */
export function leakDetector(secrets: readonly Uint8Array[]): (text: string) => boolean {
  const needles = secrets.map(needlesOf);
  return (text) => {
    const inLowerCase = text.toLowerCase();
    return needles.some(
      ({ lower, exact }) =>
        lower.some((needle) => inLowerCase.includes(needle)) ||
        exact.some((needle) => text.includes(needle)),
    );
  };
}

/** All that an error could tell: message, stack, causes and its own fields. */
export function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const fields = Object.getOwnPropertyNames(error).map((name) => {
    const value = (error as unknown as Record<string, unknown>)[name];
    return `${name}: ${value instanceof Uint8Array ? Array.from(value).join(',') : String(value)}`;
  });
  const cause = error.cause === undefined ? '' : everythingIn(error.cause);
  return [String(error), error.stack, JSON.stringify(error), ...fields, cause].join('\n');
}
