import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { equalBytes } from '@raida-wallet/protocol';
import { base32nopad } from '@scure/base';

import { RequestRefused } from '../wallet/refusal.ts';
import type { TokenList } from '../wallet/restore.ts';
import { DamagedList, readTokenList, writeTokenList } from './token-list-bytes.ts';

/**
 * What has to be kept beside the words, as text: `RAIDA-COINS:1:` and base32 of the list (see
 * token-list-bytes.ts) and the first 4 bytes of SHA-256 over all that stands before them, then `.`. Only
 * characters of a QR code's alphanumeric mode, so that it takes 5.5 bits a character there. No secret.
 */
const MARK = 'RAIDA-COINS';
const VERSION = 1;
const PREFIX = `${MARK}:${VERSION}:`;
/** Where the list ends, for text that goes on. */
const END = '.';
const CHECKSUM_BYTES = 4;

/** A list of this length holds more tokens than a wallet may; what is longer is none. */
const MAX_TEXT_LENGTH = 64 * 1024 * 1024;

const START = new RegExp(`${MARK}\\s*:\\s*(\\d{1,9})\\s*:`, 'i');
const BODY = /[A-Z2-7\s]*/iy;

/** Throws RequestRefused for more than a million tokens. */
export function encodeCoinList(list: TokenList): string {
  const bytes = writeTokenList(list);
  return PREFIX + base32nopad.encode(concatBytes(bytes, checksum(bytes))) + END;
}

/**
 * Takes any text that holds a list, in any case, with white space and line breaks in it, and with
 * other text before and after. Tokens come by denomination, then by serial number. Throws
 * RequestRefused.
 */
export function decodeCoinList(text: string): TokenList {
  if (text.length > MAX_TEXT_LENGTH) throw notAList();
  const start = START.exec(text);
  if (!start) throw notAList();
  const version = Number(start[1]);
  if (version > VERSION) {
    throw new RequestRefused(
      'This list of coins was made by a newer version of this page. Reload the page to update it.',
    );
  }
  BODY.lastIndex = start.index + start[0].length;
  const body = BODY.exec(text)?.[0] ?? '';
  const bytes = bytesOf(body.replace(/\s+/g, '').toUpperCase());
  const list = bytes.subarray(0, -CHECKSUM_BYTES);
  const isRight = version === VERSION && bytes.length > CHECKSUM_BYTES;
  if (!isRight || !equalBytes(bytes.subarray(-CHECKSUM_BYTES), checksum(list))) throw mistyped();
  try {
    return readTokenList(list);
  } catch (error) {
    if (error instanceof DamagedList) throw mistyped();
    throw error;
  }
}

function checksum(list: Uint8Array): Uint8Array {
  return sha256(concatBytes(utf8ToBytes(PREFIX), list)).subarray(0, CHECKSUM_BYTES);
}

/** Only base32 gets here, but it may end between two bytes. */
function bytesOf(body: string): Uint8Array {
  try {
    return base32nopad.decode(body);
  } catch {
    throw mistyped();
  }
}

function notAList(): RequestRefused {
  return new RequestRefused(`This is not a list of coins. One begins with ${PREFIX}`);
}

function mistyped(): RequestRefused {
  return new RequestRefused(
    'This list of coins was mistyped or cut off. Compare it with the one that was saved, or scan it again.',
  );
}
