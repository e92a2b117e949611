import { createCipheriv } from 'node:crypto';

/** What the properties of requests, replies and the cipher share. */

export const HEADER_BYTES = 32;
/** A run that opens a frame once for each of its bits is long. */
export const EVERY_BIT_RUNS = 20;

/** What AES-128-CTR of OpenSSL makes of `clear`, with the counter block that section 2 says. */
export function opensslCtr(
  clear: Uint8Array,
  key: Uint8Array,
  nonce: Uint8Array,
  startBlock: number,
): Uint8Array {
  const counter = Buffer.alloc(16);
  counter.set(nonce);
  counter.writeBigUInt64BE(BigInt(startBlock), 8);
  return new Uint8Array(createCipheriv('aes-128-ctr', key, counter).update(clear));
}

/** `bytes` at `offset` in a larger buffer, as a frame lies in a WebSocket message. */
export function shifted(value: Uint8Array, offset: number): Uint8Array {
  const buffer = new Uint8Array(offset + value.length + 8).fill(0xa5);
  buffer.set(value, offset);
  return buffer.subarray(offset, offset + value.length);
}
