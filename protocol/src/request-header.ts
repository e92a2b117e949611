import { readInt8, readUint16, readUint32, writeUint16, writeUint32 } from './bytes.ts';
import { DecodeError } from './errors.ts';
import { NONCE_BYTES, REQUEST_HEADER_BYTES } from './limits.ts';

/**
 * Request header (section 2), 32 bytes, always in the clear.
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 1 | version, 1 |
 * | 1 | 1 | split id, 0 |
 * | 2 | 1 | RAIDA id, 0 to 24 |
 * | 3 | 1 | shard id, 0 |
 * | 4 | 1 | command group |
 * | 5 | 1 | command code |
 * | 6 | 2 | coin id |
 * | 8 | 8 | presentation, 01 00 00 00 00 00 00 01; servers ignore it |
 * | 16 | 1 | encryption type |
 * | 17 | 5 | key token DN, SN; zero for type 0 |
 * | 22 | 2 | body length, terminator included |
 * | 24 | 8 | nonce |
 * | 30 | 2 | echo: the last two bytes of the nonce |
 */
export interface RequestHeader {
  readonly version: number;
  readonly splitId: number;
  readonly raida: number;
  readonly shardId: number;
  readonly group: number;
  readonly code: number;
  readonly coinId: number;
  readonly encryptionType: number;
  readonly keyDn: number;
  readonly keySn: number;
  readonly bodyBytes: number;
  /** A view of 8 bytes. */
  readonly nonce: Uint8Array;
  readonly echo: number;
}

/** What the header's `encryption type` says (section 2). */
export const ENCRYPTION_TYPE = { none: 0, token: 1, locker: 2 } as const;

export const PROTOCOL_VERSION = 1;
export const RAIDA_ID_OFFSET = 2;
export const NONCE_OFFSET = 24;
export const ECHO_OFFSET = 30;

export function writeRequestHeader(bytes: Uint8Array, header: RequestHeader): void {
  bytes[0] = header.version;
  bytes[1] = header.splitId;
  bytes[RAIDA_ID_OFFSET] = header.raida;
  bytes[3] = header.shardId;
  bytes[4] = header.group;
  bytes[5] = header.code;
  writeUint16(bytes, 6, header.coinId);
  bytes.fill(0, 8, 16);
  bytes[8] = 1;
  bytes[15] = 1;
  bytes[16] = header.encryptionType;
  bytes[17] = header.keyDn;
  writeUint32(bytes, 18, header.keySn);
  writeUint16(bytes, 22, header.bodyBytes);
  bytes.set(header.nonce, NONCE_OFFSET);
}

/** Reads any header without judging it. Throws DecodeError when there are fewer than 32 bytes. */
export function readRequestHeader(bytes: Uint8Array): RequestHeader {
  if (bytes.length < REQUEST_HEADER_BYTES) {
    throw new DecodeError('request', bytes.length, '32 header bytes', `${bytes.length}`);
  }
  return {
    version: bytes[0]!,
    splitId: bytes[1]!,
    raida: bytes[RAIDA_ID_OFFSET]!,
    shardId: bytes[3]!,
    group: bytes[4]!,
    code: bytes[5]!,
    coinId: readUint16(bytes, 6),
    encryptionType: bytes[16]!,
    keyDn: readInt8(bytes, 17),
    keySn: readUint32(bytes, 18),
    bodyBytes: readUint16(bytes, 22),
    nonce: bytes.subarray(NONCE_OFFSET, NONCE_OFFSET + NONCE_BYTES),
    echo: readUint16(bytes, ECHO_OFFSET),
  };
}
