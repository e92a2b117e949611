import { readUint16, readUint32, writeUint16, writeUint32 } from './bytes.ts';
import { assert, DecodeError } from './errors.ts';

/**
 * What travels between wallet and relay, in binary WebSocket messages of the subprotocol
 * `raida-relay.v1` (docs/relay.md). A frame travels behind an envelope of 8 bytes:
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 1 | version (high nibble, 1) and kind (low nibble: 1 request, 2 answer) |
 * | 1 | 1 | RAIDA number |
 * | 2 | 1 | request: flags, bit 0 = TCP. Answer: status |
 * | 3 | 1 | request: deadline in units of 250 ms, 1 to 255. Answer: 0 |
 * | 4 | 4 | exchange number, chosen by the wallet; the answer repeats it |
 * | 8 | n | frame, to the end of the message; none in an answer that is not `ok` |
 *
 * Several share a message of a batch kind (3 requests, 4 answers):
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 1 | version and kind |
 * | 1 | 1 | zero |
 * | 2 | 2 | number of parts, at least 1 |
 * | 4 | | the parts, each: size n of its frame (4), its envelope (8), its frame (n), |
 * | | | zero to three zero bytes up to a multiple of four |
 *
 * The padding keeps every frame aligned, for whoever reads it in words where it lies.
 */
export const RELAY_SUBPROTOCOL = 'raida-relay.v1';
export const RELAY_PATH = '/relay';
export const ENVELOPE_BYTES = 8;
export const DEADLINE_UNIT_MS = 250;
export const MAX_DEADLINE_UNITS = 255;

const VERSION = 1;
const KIND_REQUEST = (VERSION << 4) | 1;
const KIND_ANSWER = (VERSION << 4) | 2;
const KIND_REQUEST_BATCH = (VERSION << 4) | 3;
const KIND_ANSWER_BATCH = (VERSION << 4) | 4;
const FLAG_TCP = 1;
const BATCH_HEADER_BYTES = 4;
const PART_SIZE_BYTES = 4;
/** The part count of a batch has 16 bits. */
export const MAX_PARTS_PER_MESSAGE = 65_535;

/** Why an answer has no frame, or `ok` when it has one. The codes travel; the names do not. */
export const RELAY_STATUS = {
  ok: 0,
  timeout: 1,
  refused: 2,
  rate: 3,
  overload: 4,
  tooBig: 5,
  malformed: 6,
  forbidden: 7,
} as const;

export type RelayStatus = keyof typeof RELAY_STATUS;

const STATUS_NAMES = Object.keys(RELAY_STATUS) as RelayStatus[];

export interface RelayRequest {
  readonly raida: number;
  readonly tcp: boolean;
  readonly deadlineMs: number;
  readonly exchange: number;
  readonly frame: Uint8Array;
}

export interface RelayAnswer {
  readonly raida: number;
  readonly status: RelayStatus;
  readonly exchange: number;
  /** Empty unless the status is `ok`. */
  readonly frame: Uint8Array;
}

/** Bytes that a frame adds to a batch, envelope and padding included. */
export function batchedBytes(frameBytes: number): number {
  return PART_SIZE_BYTES + ENVELOPE_BYTES + Math.ceil(frameBytes / 4) * 4;
}

/** One message that holds all of these requests, at least one. */
export function encodeRelayRequests(requests: readonly RelayRequest[]): Uint8Array {
  return pack(requests, KIND_REQUEST_BATCH, (message, offset, request) => {
    const units = Math.ceil(request.deadlineMs / DEADLINE_UNIT_MS);
    message[offset] = KIND_REQUEST;
    message[offset + 1] = request.raida;
    message[offset + 2] = request.tcp ? FLAG_TCP : 0;
    message[offset + 3] = Math.min(Math.max(units, 1), MAX_DEADLINE_UNITS);
    writeUint32(message, offset + 4, request.exchange);
  });
}

/** One message that holds all of these answers, at least one. */
export function encodeRelayAnswers(answers: readonly RelayAnswer[]): Uint8Array {
  return pack(answers, KIND_ANSWER_BATCH, (message, offset, answer) => {
    message[offset] = KIND_ANSWER;
    message[offset + 1] = answer.raida;
    message[offset + 2] = RELAY_STATUS[answer.status];
    message[offset + 3] = 0;
    writeUint32(message, offset + 4, answer.exchange);
  });
}

function pack<Part extends { readonly frame: Uint8Array }>(
  parts: readonly Part[],
  batchKind: number,
  writeEnvelope: (message: Uint8Array, offset: number, part: Part) => void,
): Uint8Array {
  const [first] = parts;
  assert(first && parts.length <= MAX_PARTS_PER_MESSAGE, 'a message has 1 to 65535 parts');
  if (parts.length === 1) {
    const message = new Uint8Array(ENVELOPE_BYTES + first.frame.length);
    writeEnvelope(message, 0, first);
    message.set(first.frame, ENVELOPE_BYTES);
    return message;
  }
  let size = BATCH_HEADER_BYTES;
  for (const part of parts) size += batchedBytes(part.frame.length);
  const message = new Uint8Array(size);
  message[0] = batchKind;
  writeUint16(message, 2, parts.length);
  let offset = BATCH_HEADER_BYTES;
  for (const part of parts) {
    writeUint32(message, offset, part.frame.length);
    writeEnvelope(message, offset + PART_SIZE_BYTES, part);
    message.set(part.frame, offset + PART_SIZE_BYTES + ENVELOPE_BYTES);
    offset += batchedBytes(part.frame.length);
  }
  return message;
}

/** The requests of a message, with views of their frames. Throws DecodeError. */
export function decodeRelayRequests(message: Uint8Array): RelayRequest[] {
  return unpack(message, KIND_REQUEST, KIND_REQUEST_BATCH, (offset, frame) => ({
    raida: message[offset + 1]!,
    tcp: (message[offset + 2]! & FLAG_TCP) !== 0,
    deadlineMs: Math.max(message[offset + 3]!, 1) * DEADLINE_UNIT_MS,
    exchange: readUint32(message, offset + 4),
    frame,
  }));
}

/** The answers of a message, with views of their frames. Throws DecodeError. */
export function decodeRelayAnswers(message: Uint8Array): RelayAnswer[] {
  return unpack(message, KIND_ANSWER, KIND_ANSWER_BATCH, (offset, frame) => {
    const code = message[offset + 2]!;
    const status = STATUS_NAMES[code];
    if (status === undefined) {
      throw new DecodeError('relay message', offset + 2, 'a known status', `${code}`);
    }
    if (status !== 'ok' && frame.length > 0) {
      const frameOffset = frame.byteOffset - message.byteOffset;
      throw new DecodeError('relay message', frameOffset, 'no frame', `${frame.length} bytes`);
    }
    return {
      raida: message[offset + 1]!,
      status,
      exchange: readUint32(message, offset + 4),
      frame,
    };
  });
}

function unpack<Part>(
  message: Uint8Array,
  kind: number,
  batchKind: number,
  read: (envelopeOffset: number, frame: Uint8Array) => Part,
): Part[] {
  if (message[0] !== batchKind) {
    expectEnvelope(message, 0, kind);
    return [read(0, message.subarray(ENVELOPE_BYTES))];
  }
  expectRoom(message, 0, BATCH_HEADER_BYTES);
  const count = readUint16(message, 2);
  const parts: Part[] = [];
  let offset = BATCH_HEADER_BYTES;
  for (let i = 0; i < count; i++) {
    expectRoom(message, offset, PART_SIZE_BYTES + ENVELOPE_BYTES);
    const frameBytes = readUint32(message, offset);
    const envelope = offset + PART_SIZE_BYTES;
    expectEnvelope(message, envelope, kind);
    expectRoom(message, offset, batchedBytes(frameBytes));
    const frameStart = envelope + ENVELOPE_BYTES;
    parts.push(read(envelope, message.subarray(frameStart, frameStart + frameBytes)));
    offset += batchedBytes(frameBytes);
  }
  if (count === 0 || offset !== message.length) {
    const expected = `${count} parts (at least 1) and then nothing`;
    throw new DecodeError('relay message', offset, expected, `${message.length - offset} bytes`);
  }
  return parts;
}

function expectRoom(message: Uint8Array, offset: number, bytes: number): void {
  const left = message.length - offset;
  if (left < bytes) throw new DecodeError('relay message', offset, `${bytes} bytes`, `${left}`);
}

function expectEnvelope(message: Uint8Array, offset: number, kind: number): void {
  expectRoom(message, offset, ENVELOPE_BYTES);
  if (message[offset] !== kind) {
    throw new DecodeError('relay message', offset, `kind ${kind}`, `${message[offset]}`);
  }
}
