import { fromHex } from '../bytes.ts';
import { MAX_TOKENS_PER_FILE, RAIDA_COUNT, SECRET_BYTES } from '../limits.ts';
import { isSerialNumber } from '../token.ts';
import { CoinFileError } from './coin-file-error.ts';
import { type CoinFileToken, type LegacyCoins, place } from './coin-file.ts';
import { isPown } from './pown-string.ts';

/**
 * Coin file `.stack` (section 8), legacy JSON:
 *
 *   { "cloudcoin": [ { "nn": 1, "sn": 7, "an": [25 x 32 hex], "ed": "12-2027", "pown": "pp..." } ] }
 *
 * Numbers may be quoted, hex may be of either case, a byte order mark may come first. `nn`, `ed` and
 * `aoid` say nothing that we need. Of a key that stands there twice the last counts, as in any
 * JSON.
 */

/** Legacy serial numbers up to `lastSn` have this value. */
const LEGACY_VALUES: readonly { readonly lastSn: number; readonly value: number }[] = [
  { lastSn: 2_097_152, value: 1 },
  { lastSn: 4_194_304, value: 5 },
  { lastSn: 6_291_456, value: 25 },
  { lastSn: 14_680_064, value: 100 },
  { lastSn: 16_777_216, value: 250 },
];

/** What a legacy coin is worth, by its serial number; 0 for one that was never issued. */
function legacyValue(sn: number): number {
  if (sn === 0) return 0;
  return LEGACY_VALUES.find(({ lastSn }) => sn <= lastSn)?.value ?? 0;
}

export function legacyCoins(tokens: readonly CoinFileToken[]): LegacyCoins {
  return { values: tokens.map(({ sn }) => legacyValue(sn)) };
}

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const JSON_SPACE: readonly number[] = [0x20, 0x09, 0x0a, 0x0d];
const OPENING_BRACE = 0x7b;

/** Whether this can only be JSON: its first byte after mark and space is a brace. */
export function looksLikeStack(bytes: Uint8Array): boolean {
  let start = textStart(bytes);
  while (start < bytes.length && JSON_SPACE.includes(bytes[start]!)) start++;
  return bytes[start] === OPENING_BRACE;
}

function textStart(bytes: Uint8Array): number {
  return BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte) ? BYTE_ORDER_MARK.length : 0;
}

/** Reads a `.stack`. Throws CoinFileError. */
export function readStack(bytes: Uint8Array): CoinFileToken[] {
  const root = parse(asciiText(bytes, textStart(bytes)));
  const coins = isRecord(root) ? root['cloudcoin'] : undefined;
  if (!Array.isArray(coins)) {
    throw new CoinFileError('unknown-format', 'JSON without a list "cloudcoin"');
  }
  if (coins.length === 0) throw new CoinFileError('no-tokens');
  if (coins.length > MAX_TOKENS_PER_FILE) {
    throw new CoinFileError('too-large', `${coins.length} coins`);
  }
  return coins.map((coin: unknown, i) => readCoin(coin, place(i, coins.length)));
}

function readCoin(coin: unknown, where: string): CoinFileToken {
  if (!isRecord(coin)) throw new CoinFileError('unknown-format', `${where} is no object`);
  const { sn, an, pown } = coin;
  if (!Array.isArray(an)) throw new CoinFileError('an-count', where);
  const ans = an.map((text: unknown) => readSecret(text, where));
  if (ans.length !== RAIDA_COUNT) throw new CoinFileError('an-count', `${where} has ${ans.length}`);
  return {
    dn: 0,
    sn: readSerialNumber(sn, where),
    ans,
    ...(isPown(pown) && { pown }),
  };
}

function readSerialNumber(value: unknown, where: string): number {
  const isDigits = typeof value === 'string' && /^\d{1,10}$/.test(value);
  const sn = isDigits ? Number(value) : value;
  if (typeof sn !== 'number' || !isSerialNumber(sn)) {
    throw new CoinFileError('serial-number', where);
  }
  return sn;
}

function readSecret(text: unknown, where: string): Uint8Array {
  const secret = typeof text === 'string' && text.length === 2 * SECRET_BYTES && fromHex(text);
  if (!secret) throw new CoinFileError('hex', where);
  return secret;
}

/** `JSON.parse` makes `__proto__` a plain key, so a file cannot reach any prototype. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * One character a byte. All that we read is ASCII; what lies beyond can only stand inside of strings
 * that we do not read, and the bytes of UTF-8 beyond ASCII never look like a quote or a brace.
 */
function asciiText(bytes: Uint8Array, start: number): string {
  const pieces: string[] = [];
  for (let offset = start; offset < bytes.length; offset += TEXT_PIECE_BYTES) {
    pieces.push(String.fromCharCode(...bytes.subarray(offset, offset + TEXT_PIECE_BYTES)));
  }
  return pieces.join('');
}

/** As many arguments as every engine takes in one call, with room to spare. */
const TEXT_PIECE_BYTES = 8192;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own words quote the text around the fault, which holds ANs: they end here.
    throw endsInside(text)
      ? new CoinFileError('truncated')
      : new CoinFileError('unknown-format', 'not valid JSON');
  }
}

/** Whether a text ends within a string, a list or an object: its end was cut off. */
function endsInside(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (inString) {
      if (character === '\\') i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
  }
  return inString || depth > 0;
}
