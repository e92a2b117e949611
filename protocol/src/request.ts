import { cryptInPlace, cryptRange } from './cipher.ts';
import type { Command } from './command.ts';
import { assert, RequestError } from './errors.ts';
import {
  CHALLENGE_BYTES,
  MAX_REQUEST_BYTES,
  MIN_BODY_BYTES,
  NONCE_BYTES,
  REQUEST_HEADER_BYTES,
  TERMINATOR_BYTES,
} from './limits.ts';
import {
  ECHO_OFFSET,
  ENCRYPTION_TYPE,
  NONCE_OFFSET,
  PROTOCOL_VERSION,
  type RequestHeader,
  writeRequestHeader,
} from './request-header.ts';
import { STATUS } from './status.ts';
import type { TokenId } from './token.ts';

/**
 * A request (section 2): header (32, clear) || challenge (16) || payload || 3E 3E (clear).
 * Challenge and payload are encrypted, but for encryption type 0.
 */

export const TERMINATOR_BYTE = 0x3e;

/** Under which key a request travels. */
export type Encryption =
  | { readonly kind: 'none' }
  /** Type 1: the AN (16 bytes) that the addressed RAIDA holds for the key token. */
  | { readonly kind: 'token'; readonly token: TokenId; readonly key: Uint8Array }
  /** Type 2: a locker's key (16 bytes); the header's key token field holds the locker's id. */
  | { readonly kind: 'locker'; readonly token: TokenId; readonly key: Uint8Array };

export interface RequestEnvelope {
  readonly raida: number;
  readonly coinId: number;
  readonly encryption: Encryption;
  /** 16 bytes, sealed (see challenge.ts). Fresh for each request and each RAIDA. */
  readonly challenge: Uint8Array;
  /** 8 bytes, fresh for each request; the last two are the echo. Type 0 sends only those two. */
  readonly nonce: Uint8Array;
}

/** Bytes of a whole request frame with this payload. */
export function requestBytes(payloadBytes: number): number {
  return REQUEST_HEADER_BYTES + MIN_BODY_BYTES + payloadBytes;
}

/**
 * Builds a frame in one buffer and encrypts it in place. `headroomBytes` leaves room before the
 * frame, for a transport's own envelope.
 */
export function encodeRequest<Request>(
  command: Command<Request, unknown>,
  request: Request,
  envelope: RequestEnvelope,
  headroomBytes = 0,
): Uint8Array {
  const payloadBytes = command.payloadBytes(request);
  const frameBytes = requestBytes(payloadBytes);
  assert(frameBytes <= MAX_REQUEST_BYTES, 'a request fits 16 bits of body length');
  const buffer = new Uint8Array(headroomBytes + frameBytes);
  const frame = headroomBytes === 0 ? buffer : buffer.subarray(headroomBytes);
  const { encryption, nonce } = envelope;
  writeRequestHeader(frame, requestHeader(command, envelope, frameBytes));
  frame.set(envelope.challenge, REQUEST_HEADER_BYTES);
  const payloadStart = REQUEST_HEADER_BYTES + CHALLENGE_BYTES;
  command.encodeRequest(request, frame.subarray(payloadStart, payloadStart + payloadBytes));
  const end = frameBytes - TERMINATOR_BYTES;
  if (encryption.kind === 'none') frame.fill(0, NONCE_OFFSET, ECHO_OFFSET);
  else cryptRange(frame, REQUEST_HEADER_BYTES, end, encryption.key, nonce, 0);
  frame[end] = TERMINATOR_BYTE;
  frame[end + 1] = TERMINATOR_BYTE;
  return buffer;
}

function requestHeader(
  command: { readonly group: number; readonly code: number },
  envelope: RequestEnvelope,
  frameBytes: number,
): RequestHeader {
  const { encryption, nonce } = envelope;
  const keyed = encryption.kind !== 'none';
  return {
    version: PROTOCOL_VERSION,
    splitId: 0,
    raida: envelope.raida,
    shardId: 0,
    group: command.group,
    code: command.code,
    coinId: envelope.coinId,
    encryptionType: ENCRYPTION_TYPE[encryption.kind],
    keyDn: keyed ? encryption.token.dn : 0,
    keySn: keyed ? encryption.token.sn : 0,
    bodyBytes: frameBytes - REQUEST_HEADER_BYTES,
    nonce,
    echo: (nonce[NONCE_BYTES - 2]! << 8) | nonce[NONCE_BYTES - 1]!,
  };
}

/**
 * The server's view of a body: checks terminator and length (section 7), decrypts in place when
 * there is a key, and returns views of challenge and payload. Throws RequestError with the status
 * to answer. The challenge's CRC is the caller's to check, because what a failure means depends on
 * the key.
 */
export function openRequestBody(
  frame: Uint8Array,
  header: RequestHeader,
  key: Uint8Array | null,
): { readonly challenge: Uint8Array; readonly payload: Uint8Array } {
  const end = frame.length - TERMINATOR_BYTES;
  const terminated =
    end >= REQUEST_HEADER_BYTES &&
    frame[end] === TERMINATOR_BYTE &&
    frame[end + 1] === TERMINATOR_BYTE;
  if (!terminated)
    throw new RequestError(STATUS.badTerminator, 'the request does not end in 3E 3E');
  const bodyBytes = frame.length - REQUEST_HEADER_BYTES;
  if (header.bodyBytes !== bodyBytes || bodyBytes < MIN_BODY_BYTES) {
    throw new RequestError(
      STATUS.badPacketLength,
      `the header says ${header.bodyBytes} body bytes, the request has ${bodyBytes}`,
    );
  }
  const body = frame.subarray(REQUEST_HEADER_BYTES, end);
  if (key) cryptInPlace(body, key, header.nonce);
  return {
    challenge: body.subarray(0, CHALLENGE_BYTES),
    payload: body.subarray(CHALLENGE_BYTES),
  };
}
