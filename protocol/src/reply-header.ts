import {
  readUint16,
  readUint24,
  readUint32,
  writeUint16,
  writeUint24,
  writeUint32,
} from './bytes.ts';
import { DecodeError } from './errors.ts';
import { REPLY_HEADER_BYTES, SIGNATURE_BYTES } from './limits.ts';

/**
 * Reply header (section 3), 32 bytes, always in the clear and, but for the signature,
 * authenticated by nothing.
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 1 | RAIDA id |
 * | 1 | 1 | shard id |
 * | 2 | 1 | status |
 * | 3 | 1 | command group |
 * | 4 | 2 | UDP frame count, 1 |
 * | 6 | 2 | echo of request bytes 30-31 |
 * | 8 | 1 | reserved |
 * | 9 | 3 | body size, terminator included; 0 without a body |
 * | 12 | 4 | execution time, microseconds |
 * | 16 | 16 | signature |
 */
export interface ReplyHeader {
  readonly raida: number;
  readonly shardId: number;
  readonly status: number;
  readonly group: number;
  readonly frameCount: number;
  readonly echo: number;
  readonly bodyBytes: number;
  readonly executionMicroseconds: number;
  /** A view of 16 bytes. */
  readonly signature: Uint8Array;
}

export const REPLY_ECHO_OFFSET = 6;
export const REPLY_BODY_SIZE_OFFSET = 9;

export function writeReplyHeader(bytes: Uint8Array, header: ReplyHeader): void {
  bytes[0] = header.raida;
  bytes[1] = header.shardId;
  bytes[2] = header.status;
  bytes[3] = header.group;
  writeUint16(bytes, 4, header.frameCount);
  writeUint16(bytes, REPLY_ECHO_OFFSET, header.echo);
  bytes[8] = 0;
  writeUint24(bytes, REPLY_BODY_SIZE_OFFSET, header.bodyBytes);
  writeUint32(bytes, 12, header.executionMicroseconds);
  bytes.set(header.signature, 16);
}

/** Reads any header without judging it. Throws DecodeError when there are fewer than 32 bytes. */
export function readReplyHeader(bytes: Uint8Array): ReplyHeader {
  if (bytes.length < REPLY_HEADER_BYTES) {
    throw new DecodeError('reply', bytes.length, '32 header bytes', `${bytes.length}`);
  }
  return {
    raida: bytes[0]!,
    shardId: bytes[1]!,
    status: bytes[2]!,
    group: bytes[3]!,
    frameCount: readUint16(bytes, 4),
    echo: readUint16(bytes, REPLY_ECHO_OFFSET),
    bodyBytes: readUint24(bytes, REPLY_BODY_SIZE_OFFSET),
    executionMicroseconds: readUint32(bytes, 12),
    signature: bytes.subarray(16, 16 + SIGNATURE_BYTES),
  };
}
