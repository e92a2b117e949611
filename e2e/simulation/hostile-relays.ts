import {
  CHALLENGE_BYTES,
  COMMANDS,
  encodeReply,
  readRequestHeader,
  REQUEST_HEADER_BYTES,
  SECRET_BYTES,
  SIGNATURE_BYTES,
  STATUS,
  TERMINATOR_BYTES,
  TOKEN_AN_PAN_BYTES,
  TOKEN_ID_BYTES,
  type TokenId,
  tokenKey,
  writeUint16,
  xorInto,
} from '@raida-wallet/protocol';

import type { HostileRelay } from './faults.ts';

/** What a relay, or whoever sits between it and a RAIDA, can do without knowing any secret. */

const GROUP_OFFSET = 4;
const CODE_OFFSET = 5;
const BODY_BYTES_OFFSET = 22;
const STATUS_OFFSET = 2;
const PAYLOAD_OFFSET = REQUEST_HEADER_BYTES + CHALLENGE_BYTES;
const TERMINATOR = 0x3e;

/** A reply with any status, and without the signature that only a holder of the AN can make. */
export function unsignedReply(frame: Uint8Array, status: number): Uint8Array {
  const { raida, group, echo } = readRequestHeader(frame);
  const signature = new Uint8Array(SIGNATURE_BYTES);
  const fields = { raida, status, group, echo, executionMicroseconds: 0, signature };
  return encodeReply(fields, new Uint8Array(0), null);
}

/** A signed reply whose status, which nobody signs, is another. */
export function withStatus(reply: Uint8Array | null, status: number): Uint8Array | null {
  if (reply) reply[STATUS_OFFSET] = status;
  return reply;
}

/** Flips a bit of every PAN in an encrypted POWN: what the RAIDA then stores, nobody knows. */
export function flipPans(frame: Uint8Array): Uint8Array {
  const end = frame.length - TERMINATOR_BYTES;
  for (let pan = PAYLOAD_OFFSET + TOKEN_ID_BYTES + SECRET_BYTES; pan < end;) {
    frame[pan]! ^= 1;
    pan += TOKEN_AN_PAN_BYTES;
  }
  return frame;
}

/** With the giver, who knows the old AN: the RAIDA of a POWN of one token stores AN xor PAN. */
export function mixAnIntoPan(frame: Uint8Array, an: Uint8Array): Uint8Array {
  xorInto(frame.subarray(PAYLOAD_OFFSET + TOKEN_ID_BYTES + SECRET_BYTES), an);
  return frame;
}

/** The same encrypted payload as a POWN, cut or filled up with noise to the length of one token. */
export function asPown(frame: Uint8Array): Uint8Array {
  const bodyBytes = CHALLENGE_BYTES + TOKEN_AN_PAN_BYTES + TERMINATOR_BYTES;
  const pown = new Uint8Array(REQUEST_HEADER_BYTES + bodyBytes).fill(0x5a);
  pown.set(frame.subarray(0, Math.min(frame.length - TERMINATOR_BYTES, pown.length)));
  pown[GROUP_OFFSET] = COMMANDS.pown.group;
  pown[CODE_OFFSET] = COMMANDS.pown.code;
  writeUint16(pown, BODY_BYTES_OFFSET, bodyBytes);
  pown.fill(TERMINATOR, pown.length - TERMINATOR_BYTES);
  return pown;
}

/** Makes a coin look unknown: an Echo under its AN is answered with an error that anybody can write. */
export function denying(token: TokenId, otherwise: HostileRelay): HostileRelay {
  return (sent, frame, serve) =>
    sent.name === COMMANDS.echo.name && sent.key === tokenKey(token)
      ? unsignedReply(frame, STATUS.keyTokenNotFound)
      : otherwise(sent, frame, serve);
}
