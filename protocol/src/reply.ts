import { copyBytes, equalBytes, xorInto } from './bytes.ts';
import { type CounterMode, cryptInPlace, replyStartBlock } from './cipher.ts';
import { assert, DecodeError } from './errors.ts';
import {
  MAX_REPLY_BODY_BYTES,
  REPLY_HEADER_BYTES,
  SIGNATURE_BYTES,
  TERMINATOR_BYTES,
} from './limits.ts';
import { readReplyHeader, type ReplyHeader, writeReplyHeader } from './reply-header.ts';
import { TERMINATOR_BYTE } from './request.ts';

/** A reply (section 3): header (32, clear) [|| body || 3E 3E]. */

/** The signature that a RAIDA owes for this challenge: XOR its AN, when the request had a key. */
export function signatureFor(challenge: Uint8Array, key: Uint8Array | null): Uint8Array {
  const signature = copyBytes(challenge.subarray(0, SIGNATURE_BYTES));
  if (key) xorInto(signature, key);
  return signature;
}

export interface ReplyFields {
  readonly raida: number;
  readonly status: number;
  readonly group: number;
  readonly echo: number;
  readonly executionMicroseconds: number;
  readonly signature: Uint8Array;
}

/** How a reply's body is encrypted; null for a request of type 0. */
export interface ReplyCipher {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly requestBodyBytes: number;
  readonly counterMode: CounterMode;
}

/** Builds a reply. An empty body leaves the terminator out, and a size of 0. */
export function encodeReply(
  fields: ReplyFields,
  body: Uint8Array,
  cipher: ReplyCipher | null,
): Uint8Array {
  const bodyBytes = body.length === 0 ? 0 : body.length + TERMINATOR_BYTES;
  assert(bodyBytes <= MAX_REPLY_BODY_BYTES, 'a reply fits the largest body that clients read');
  const bytes = new Uint8Array(REPLY_HEADER_BYTES + bodyBytes);
  // Field by field: engines build an object from a spread and more a hundred times slower.
  const { raida, status, group, echo, executionMicroseconds, signature } = fields;
  writeReplyHeader(bytes, {
    raida,
    shardId: 0,
    status,
    group,
    frameCount: 1,
    echo,
    bodyBytes,
    executionMicroseconds,
    signature,
  });
  if (bodyBytes === 0) return bytes;
  const end = bytes.length - TERMINATOR_BYTES;
  bytes.set(body, REPLY_HEADER_BYTES);
  if (cipher) cryptReplyBody(bytes.subarray(REPLY_HEADER_BYTES, end), cipher);
  bytes[end] = TERMINATOR_BYTE;
  bytes[end + 1] = TERMINATOR_BYTE;
  return bytes;
}

/** Decrypts (or encrypts) a reply's body in place, without its terminator. */
export function cryptReplyBody(body: Uint8Array, cipher: ReplyCipher): void {
  const startBlock = replyStartBlock(cipher.counterMode, cipher.requestBodyBytes);
  cryptInPlace(body, cipher.key, cipher.nonce, startBlock);
}

export interface Reply {
  readonly header: ReplyHeader;
  /** A view of the body without its terminator, still encrypted; empty without a body. */
  readonly body: Uint8Array;
}

/** Splits a reply. Throws DecodeError when the size or the terminator does not fit. */
export function readReply(bytes: Uint8Array): Reply {
  const header = readReplyHeader(bytes);
  const bodyBytes = bytes.length - REPLY_HEADER_BYTES;
  if (bodyBytes > MAX_REPLY_BODY_BYTES) {
    throw new DecodeError('reply', 9, `at most ${MAX_REPLY_BODY_BYTES} bytes`, `${bodyBytes}`);
  }
  if (header.bodyBytes !== bodyBytes) {
    throw new DecodeError('reply', 9, `a body size of ${bodyBytes}`, `${header.bodyBytes}`);
  }
  if (bodyBytes === 0) return { header, body: bytes.subarray(REPLY_HEADER_BYTES) };
  const end = bytes.length - TERMINATOR_BYTES;
  const terminated =
    bodyBytes >= TERMINATOR_BYTES &&
    bytes[end] === TERMINATOR_BYTE &&
    bytes[end + 1] === TERMINATOR_BYTE;
  if (!terminated) throw new DecodeError('reply', Math.max(end, 0), '3E 3E', 'other bytes');
  return { header, body: bytes.subarray(REPLY_HEADER_BYTES, end) };
}

/** The request that a reply must fit (section 3, last rule). */
export interface ReplyExpectation {
  readonly raida: number;
  readonly group: number;
  readonly echo: number;
  readonly challenge: Uint8Array;
  /** The AN of the key token, or null for encryption type 0. */
  readonly key: Uint8Array | null;
}

/**
 * What a reply is worth. `authentic`: RAIDA, echo, group and signature fit, so this RAIDA holds the
 * key token's AN now, and nothing more than that. `hint`: addressed to us, but anybody could have
 * written it. `foreign`: the answer to something else.
 */
export type ReplyWorth = 'authentic' | 'hint' | 'foreign';

export function judgeReply(header: ReplyHeader, expected: ReplyExpectation): ReplyWorth {
  if (header.raida !== expected.raida) return 'foreign';
  const signed = equalBytes(header.signature, signatureFor(expected.challenge, expected.key));
  if (header.echo !== expected.echo) return 'foreign';
  return signed && header.group === expected.group ? 'authentic' : 'hint';
}
