import { MAX_COIN_FILE_BYTES } from '../limits.ts';
import { BIN_FORMAT, BIN_VERSION, readBin } from './bin.ts';
import { CoinFileError } from './coin-file-error.ts';
import { type CoinFile, type CoinFileToken, uniqueTokens } from './coin-file.ts';
import { findCoinChunks, looksLikePng } from './png.ts';
import { legacyCoins, looksLikeStack, readStack } from './stack.ts';

export interface ReadCoinFileOptions {
  /** The network's coin id: coins of another are refused. Legacy JSON names none. */
  readonly coinId: number;
}

/**
 * Reads a coin file of any format (section 8), told by what is in it, never by its name. ANs may be
 * views of `bytes`. Throws CoinFileError, and then nothing of the file is to be imported.
 */
export function readCoinFile(bytes: Uint8Array, { coinId }: ReadCoinFileOptions): CoinFile {
  if (bytes.length === 0) throw new CoinFileError('empty');
  if (bytes.length > MAX_COIN_FILE_BYTES) {
    throw new CoinFileError('too-large', `more than ${MAX_COIN_FILE_BYTES} bytes`);
  }
  if (!looksLikePng(bytes)) {
    const { format, tokens } = readPlain(bytes, coinId);
    return coinFile(format, tokens, format === 'stack');
  }
  const parts = findCoinChunks(bytes).map((chunk) => readPlain(chunk, coinId));
  const isLegacy = parts.some(({ format }) => format === 'stack');
  if (isLegacy && parts.some(({ format }) => format === 'bin')) {
    throw new CoinFileError('unknown-format', 'legacy and current coins in one picture');
  }
  return coinFile(
    'png',
    parts.flatMap(({ tokens }) => tokens),
    isLegacy,
  );
}

interface Plain {
  readonly format: 'bin' | 'stack';
  readonly tokens: readonly CoinFileToken[];
}

function readPlain(bytes: Uint8Array, coinId: number): Plain {
  if (bytes[0] === BIN_FORMAT && bytes[1] === BIN_VERSION) {
    return { format: 'bin', tokens: readBin(bytes, coinId) };
  }
  if (looksLikeStack(bytes)) return { format: 'stack', tokens: readStack(bytes) };
  throw new CoinFileError('unknown-format');
}

function coinFile(
  format: CoinFile['format'],
  all: readonly CoinFileToken[],
  isLegacy: boolean,
): CoinFile {
  const tokens = uniqueTokens(all);
  const repeated = all.length - tokens.length;
  return { format, tokens, repeated, ...(isLegacy && { legacy: legacyCoins(tokens) }) };
}
