import { readUint16, writeUint16 } from '../bytes.ts';
import { assert } from '../errors.ts';
import {
  COIN_FILE_HEADER_BYTES,
  MAX_TOKENS_PER_FILE,
  RAIDA_COUNT,
  SECRET_BYTES,
  TOKEN_ID_BYTES,
} from '../limits.ts';
import {
  isDenomination,
  isSerialNumber,
  readTokenId,
  type Token,
  tokenKey,
  writeTokenId,
} from '../token.ts';
import { CoinFileError } from './coin-file-error.ts';
import { type CoinFileToken, place } from './coin-file.ts';
import { packPown, unpackPown } from './pown-string.ts';

/**
 * Coin file `.bin`, format 9 (section 8): a header of 32 bytes, then the tokens.
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 2 | format and version, 09 01 |
 * | 2 | 2 | coin id |
 * | 4 | 1 | zero |
 * | 5 | 1 | encryption, 0 none |
 * | 6 | 2 | number of tokens |
 * | 8 | 7 | password hash, zero without encryption |
 * | 15 | 1 | flags, bit 0: PANs follow the ANs |
 * | 16 | 16 | one token: its POWN string (pown-string.ts); several: `Live Free Or Die` |
 *
 * | offset in a token | size | field |
 * |---|---|---|
 * | 0 | 2 | split and shard; nobody has used them, and neither do we |
 * | 2 | 1 | DN |
 * | 3 | 4 | SN |
 * | 7 | 25 x 16 | ANs by RAIDA |
 * | 407 | 25 x 16 | PANs by RAIDA, with flag bit 0 |
 */
export const BIN_FORMAT = 9;
export const BIN_VERSION = 1;

const POWN_OFFSET = 16;
const FLAGS_OFFSET = 15;
const FLAG_PANS = 1;
const SPLIT_AND_SHARD_BYTES = 2;
const ID_BYTES = SPLIT_AND_SHARD_BYTES + TOKEN_ID_BYTES;
const SECRETS_BYTES = RAIDA_COUNT * SECRET_BYTES;
const SEVERAL_TOKENS = Uint8Array.from('Live Free Or Die', (letter) => letter.charCodeAt(0));

/** Reads a `.bin`; the secrets are views of `bytes`. Throws CoinFileError. */
export function readBin(bytes: Uint8Array, coinId: number): CoinFileToken[] {
  if (bytes.length < COIN_FILE_HEADER_BYTES) {
    throw new CoinFileError('truncated', `${bytes.length} of ${COIN_FILE_HEADER_BYTES} bytes`);
  }
  const found = readUint16(bytes, 2);
  if (found !== coinId) throw new CoinFileError('other-coin', `${found}, not ${coinId}`);
  if (bytes[5] !== 0) throw new CoinFileError('encrypted');
  const count = readUint16(bytes, 6);
  if (count === 0) throw new CoinFileError('no-tokens');
  const withPans = (bytes[FLAGS_OFFSET]! & FLAG_PANS) !== 0;
  const tokenBytes = ID_BYTES + SECRETS_BYTES * (withPans ? 2 : 1);
  const fileBytes = COIN_FILE_HEADER_BYTES + count * tokenBytes;
  const sizes = `${bytes.length} bytes, not ${fileBytes}`;
  if (bytes.length < fileBytes) throw new CoinFileError('truncated', sizes);
  if (bytes.length > fileBytes) throw new CoinFileError('trailing-bytes', sizes);
  const pown = count === 1 ? unpackPown(bytes.subarray(POWN_OFFSET)) : null;
  return Array.from({ length: count }, (_, i) => {
    const start = COIN_FILE_HEADER_BYTES + i * tokenBytes;
    const id = readTokenId(bytes, start + SPLIT_AND_SHARD_BYTES);
    if (!isDenomination(id.dn)) throw new CoinFileError('denomination', place(i, count));
    return {
      ...id,
      ans: secretsAt(bytes, start + ID_BYTES),
      ...(withPans && { pans: secretsAt(bytes, start + ID_BYTES + SECRETS_BYTES) }),
      ...(pown !== null && { pown }),
    };
  });
}

function secretsAt(bytes: Uint8Array, start: number): Uint8Array[] {
  return Array.from({ length: RAIDA_COUNT }, (_, raida) => {
    const offset = start + raida * SECRET_BYTES;
    return bytes.subarray(offset, offset + SECRET_BYTES);
  });
}

export interface EncodeCoinFileOptions {
  readonly coinId: number;
  /** For each token 25 x 16 bytes. */
  readonly pans?: readonly (readonly Uint8Array[])[];
  /** For a file of one token: 25 letters, see CoinFileToken. Unknown without it. */
  readonly pown?: string;
}

/** A `.bin` of these tokens, 1 to 65535, each of them once. */
export function encodeCoinFile(
  tokens: readonly Token[],
  { coinId, pans, pown }: EncodeCoinFileOptions,
): Uint8Array {
  assert(
    tokens.length >= 1 && tokens.length <= MAX_TOKENS_PER_FILE,
    'a file has 1 to 65535 tokens',
  );
  assert(!pans || pans.length === tokens.length, 'every token has PANs, or none has');
  assert(new Set(tokens.map(tokenKey)).size === tokens.length, 'no token is in a file twice');
  const tokenBytes = ID_BYTES + SECRETS_BYTES * (pans ? 2 : 1);
  const bytes = new Uint8Array(COIN_FILE_HEADER_BYTES + tokens.length * tokenBytes);
  bytes[0] = BIN_FORMAT;
  bytes[1] = BIN_VERSION;
  writeUint16(bytes, 2, coinId);
  writeUint16(bytes, 6, tokens.length);
  bytes[FLAGS_OFFSET] = pans ? FLAG_PANS : 0;
  bytes.set(tokens.length === 1 ? packPown(pown) : SEVERAL_TOKENS, POWN_OFFSET);
  tokens.forEach((token, i) => {
    assert(isDenomination(token.dn) && isSerialNumber(token.sn), 'a token has an identity');
    const start = COIN_FILE_HEADER_BYTES + i * tokenBytes;
    writeTokenId(bytes, start + SPLIT_AND_SHARD_BYTES, token);
    writeSecrets(bytes, start + ID_BYTES, token.ans);
    if (pans) writeSecrets(bytes, start + ID_BYTES + SECRETS_BYTES, pans[i]!);
  });
  return bytes;
}

function writeSecrets(bytes: Uint8Array, start: number, secrets: readonly Uint8Array[]): void {
  const complete =
    secrets.length === RAIDA_COUNT && secrets.every((secret) => secret.length === SECRET_BYTES);
  assert(complete, 'a token has 25 secrets of 16 bytes');
  secrets.forEach((secret, raida) => bytes.set(secret, start + raida * SECRET_BYTES));
}
