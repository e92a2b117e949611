import { readUint32 } from '../bytes.ts';
import { crc32 } from '../crc32.ts';
import { CoinFileError } from './coin-file-error.ts';

/**
 * Coin pictures (section 8): a PNG with chunks of type `cLDc`, each of which holds a `.bin` or a
 * `.stack`. After a signature of 8 bytes a PNG is nothing but chunks, `IEND` the last:
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 4 | size n of the data |
 * | 4 | 4 | type, four letters |
 * | 8 | n | data |
 * | 8 + n | 4 | CRC-32 of type and data |
 */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** As much of the signature as nothing else begins with. */
const TELLING_BYTES = 4;
/** Bytes of size, type and CRC. */
const CHUNK_FRAME_BYTES = 12;
const TYPE_COINS = 0x634c4463;
const TYPE_END = 0x49454e44;

export function looksLikePng(bytes: Uint8Array): boolean {
  return SIGNATURE.slice(0, TELLING_BYTES).every((byte, i) => bytes[i] === byte);
}

/**
 * The data of every `cLDc` chunk, as views; at least one. Only their CRCs are checked: a damaged
 * pixel costs nobody a coin. Throws CoinFileError.
 */
export function findCoinChunks(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length < SIGNATURE.length) throw new CoinFileError('truncated');
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) {
    throw new CoinFileError('checksum', 'the signature of a PNG');
  }
  const chunks: Uint8Array[] = [];
  let offset = SIGNATURE.length;
  for (;;) {
    const left = bytes.length - offset;
    const dataBytes = left < CHUNK_FRAME_BYTES ? 0 : readUint32(bytes, offset);
    if (left < CHUNK_FRAME_BYTES + dataBytes) {
      throw new CoinFileError('truncated', `in the chunk at byte ${offset}`);
    }
    const type = readUint32(bytes, offset + 4);
    if (type === TYPE_END) break;
    if (type === TYPE_COINS) chunks.push(coinChunk(bytes, offset, dataBytes));
    offset += CHUNK_FRAME_BYTES + dataBytes;
  }
  if (chunks.length === 0) throw new CoinFileError('no-coins-in-picture');
  return chunks;
}

function coinChunk(bytes: Uint8Array, offset: number, dataBytes: number): Uint8Array {
  const end = offset + 8 + dataBytes;
  if (crc32(bytes, offset + 4, end) !== readUint32(bytes, end)) {
    throw new CoinFileError('checksum', `in the chunk at byte ${offset}`);
  }
  return bytes.subarray(offset + 8, end);
}
