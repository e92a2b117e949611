import { bitfieldBytes, type BitOrder, packBits, unpackBits } from '../bitfield.ts';
import type { Passes, Refused, ReplyBody, ReplyContext, SumRequest } from '../command.ts';
import { DecodeError, RequestError } from '../errors.ts';
import { SECRET_BYTES, TOKEN_ID_BYTES } from '../limits.ts';
import { STATUS } from '../status.ts';
import { readTokenId, type TokenAn, type TokenAnPan, writeTokenId } from '../token.ts';

/** Layouts that several commands share. */

export const EMPTY = new Uint8Array(0);

export const TOKEN_AN_BYTES = TOKEN_ID_BYTES + SECRET_BYTES;
export const TOKEN_AN_PAN_BYTES = TOKEN_AN_BYTES + SECRET_BYTES;

/**
 * How many records of `recordBytes` lie before `tailBytes`. Throws the statuses of section 7:
 * 36 when there is nothing, 16 when it is too short, 39 when it does not divide.
 */
export function countRecords(payload: Uint8Array, recordBytes: number, tailBytes = 0): number {
  if (payload.length === 0) throw new RequestError(STATUS.emptyRequest, 'the request is empty');
  const records = payload.length - tailBytes;
  if (records < recordBytes) {
    throw new RequestError(
      STATUS.badPacketLength,
      `${payload.length} payload bytes are fewer than ${recordBytes + tailBytes}`,
    );
  }
  if (records % recordBytes !== 0) {
    throw new RequestError(
      STATUS.badDivision,
      `${records} bytes of tokens are no multiple of ${recordBytes}`,
    );
  }
  return records / recordBytes;
}

/** A command without payload must not have one. */
export function expectNoPayload(payload: Uint8Array): void {
  if (payload.length !== 0) {
    throw new RequestError(STATUS.badPacketLength, `${payload.length} payload bytes, not 0`);
  }
}

/** N x (DN SN AN), 21 bytes each. */
export function writeTokenAns(tokens: readonly TokenAn[], payload: Uint8Array): void {
  let offset = 0;
  for (const token of tokens) {
    writeTokenId(payload, offset, token);
    payload.set(token.an, offset + TOKEN_ID_BYTES);
    offset += TOKEN_AN_BYTES;
  }
}

export function readTokenAns(payload: Uint8Array): TokenAn[] {
  const count = countRecords(payload, TOKEN_AN_BYTES);
  return Array.from({ length: count }, (_, i) => {
    const offset = i * TOKEN_AN_BYTES;
    const an = payload.subarray(offset + TOKEN_ID_BYTES, offset + TOKEN_AN_BYTES);
    const { dn, sn } = readTokenId(payload, offset);
    return { dn, sn, an };
  });
}

/** N x (DN SN AN PAN), 37 bytes each. */
export function writeTokenAnPans(tokens: readonly TokenAnPan[], payload: Uint8Array): void {
  let offset = 0;
  for (const token of tokens) {
    writeTokenId(payload, offset, token);
    payload.set(token.an, offset + TOKEN_ID_BYTES);
    payload.set(token.pan, offset + TOKEN_AN_BYTES);
    offset += TOKEN_AN_PAN_BYTES;
  }
}

export function readTokenAnPans(payload: Uint8Array): TokenAnPan[] {
  const count = countRecords(payload, TOKEN_AN_PAN_BYTES);
  return Array.from({ length: count }, (_, i) => {
    const offset = i * TOKEN_AN_PAN_BYTES;
    const record = payload.subarray(offset, offset + TOKEN_AN_PAN_BYTES);
    const { dn, sn } = readTokenId(record, 0);
    return {
      dn,
      sn,
      an: record.subarray(TOKEN_ID_BYTES, TOKEN_AN_BYTES),
      pan: record.subarray(TOKEN_AN_BYTES),
    };
  });
}

export function sumPayloadBytes(request: SumRequest): number {
  return request.tokens.length * TOKEN_ID_BYTES + SECRET_BYTES;
}

/** N x (DN SN), then the XOR of the ANs (16). */
export function writeSumRequest(request: SumRequest, payload: Uint8Array): void {
  let offset = 0;
  for (const token of request.tokens) {
    writeTokenId(payload, offset, token);
    offset += TOKEN_ID_BYTES;
  }
  payload.set(request.sum, offset);
}

export function readSumRequest(payload: Uint8Array): SumRequest {
  const count = countRecords(payload, TOKEN_ID_BYTES, SECRET_BYTES);
  return {
    tokens: readTokenIds(payload, count),
    sum: payload.subarray(count * TOKEN_ID_BYTES),
  };
}

export function readTokenIds(bytes: Uint8Array, count: number) {
  return Array.from({ length: count }, (_, i) => readTokenId(bytes, i * TOKEN_ID_BYTES));
}

export function refused(status: number): Refused {
  return { kind: 'refused', status };
}

export function expectBodyBytes(what: string, body: Uint8Array, bytes: number): void {
  if (body.length !== bytes) {
    throw new DecodeError(`${what} reply`, 0, `${bytes} body bytes`, `${body.length}`);
  }
}

function countPasses(passes: Uint8Array): number {
  let count = 0;
  for (const pass of passes) count += pass;
  return count;
}

/** 241 when all pass, 242 when none does, else 243. */
export function statusOfPasses(passes: Uint8Array): number {
  const count = countPasses(passes);
  if (count === passes.length) return STATUS.allPass;
  return count === 0 ? STATUS.allFail : STATUS.mixed;
}

export function encodePasses({ passes }: Passes, bitOrder?: BitOrder): ReplyBody {
  const status = statusOfPasses(passes);
  return { status, body: status === STATUS.mixed ? packBits(passes, bitOrder) : EMPTY };
}

/** `skipOf` says how many bytes precede the bitfield, for bodies that some servers send. */
export function decodePasses(
  what: string,
  { status, body }: ReplyBody,
  { tokenCount, bitOrder }: ReplyContext,
  skipOf: (bodyBytes: number, bitfield: number) => number = () => 0,
): Passes | Refused {
  if (status === STATUS.allPass || status === STATUS.allFail) {
    expectBodyBytes(what, body, 0);
    const passes = new Uint8Array(tokenCount).fill(status === STATUS.allPass ? 1 : 0);
    return { kind: 'passes', passes };
  }
  if (status !== STATUS.mixed) return refused(status);
  const skip = skipOf(body.length, bitfieldBytes(tokenCount));
  return { kind: 'passes', passes: readBitfield(what, body.subarray(skip), tokenCount, bitOrder) };
}

/** The bitfield that fills `body` exactly. */
function readBitfield(
  what: string,
  body: Uint8Array,
  tokenCount: number,
  bitOrder: BitOrder,
): Uint8Array {
  expectBodyBytes(what, body, bitfieldBytes(tokenCount));
  return unpackBits(body, tokenCount, bitOrder);
}
