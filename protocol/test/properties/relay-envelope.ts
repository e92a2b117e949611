import assert from 'node:assert/strict';

import fc from 'fast-check';

import {
  decodeRelayAnswers,
  decodeRelayRequests,
  DecodeError,
  encodeRelayAnswers,
  encodeRelayRequests,
  RELAY_STATUS,
  type RelayAnswer,
  type RelayRequest,
  type RelayStatus,
} from '@raida-wallet/protocol';

import { anyBytes, byte, record, uint32 } from './arbitraries.ts';
import { named, type NamedProperty } from './property.ts';

/** The envelope between wallet and relay, both ways, single and in batches. */

const frame = fc.uint8Array({ maxLength: 90 });
const request: fc.Arbitrary<RelayRequest> = record<RelayRequest>({
  raida: byte,
  tcp: fc.boolean(),
  deadlineMs: fc.integer({ min: 1, max: 255 }).map((units) => units * 250),
  exchange: uint32,
  frame,
});
const statuses = Object.keys(RELAY_STATUS) as RelayStatus[];
const answer: fc.Arbitrary<RelayAnswer> = record<RelayAnswer>({
  raida: byte,
  status: fc.constantFrom(...statuses),
  exchange: uint32,
  frame,
}).map((one) => (one.status === 'ok' ? one : { ...one, frame: new Uint8Array(0) }));

interface Direction {
  readonly name: string;
  readonly message: fc.Arbitrary<{ parts: readonly unknown[]; bytes: Uint8Array }>;
  decode(message: Uint8Array): readonly { readonly frame: Uint8Array }[];
}

const few = { minLength: 1, maxLength: 6 } as const;
const DIRECTIONS: readonly Direction[] = [
  {
    name: 'requests',
    message: fc.array(request, few).map((parts) => ({ parts, bytes: encodeRelayRequests(parts) })),
    decode: decodeRelayRequests,
  },
  {
    name: 'answers',
    message: fc.array(answer, few).map((parts) => ({ parts, bytes: encodeRelayAnswers(parts) })),
    decode: decodeRelayAnswers,
  },
];

/** Any failure but a DecodeError is one of ours. */
function decodes(direction: Direction, message: Uint8Array): boolean {
  try {
    const parts = direction.decode(message);
    let frameBytes = 0;
    for (const { frame: one } of parts) frameBytes += one.length;
    assert.ok(parts.length >= 1 && frameBytes + 8 * parts.length <= message.length);
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

function properties(direction: Direction): NamedProperty[] {
  const { name, message } = direction;
  const altered = fc.tuple(message, fc.array(fc.tuple(fc.nat(), byte), few));
  return [
    named(`relay ${name}: round trip, frames are aligned views`, message, ({ parts, bytes }) => {
      const decoded = direction.decode(bytes);
      assert.deepEqual(decoded, parts);
      for (const { frame: one } of decoded) {
        assert.equal(one.buffer, bytes.buffer);
        assert.equal(one.byteOffset % 4, 0);
      }
    }),
    named(`relay ${name}: every truncation`, message, ({ parts, bytes }) => {
      for (let size = 0; size < bytes.length; size++) {
        const isShorterFrame = parts.length === 1 && size >= 8;
        assert.equal(decodes(direction, bytes.subarray(0, size)), isShorterFrame, `${size} bytes`);
      }
    }),
    named(`relay ${name}: trailing bytes after a batch`, message, ({ parts, bytes }) => {
      fc.pre(parts.length > 1);
      for (let more = 1; more <= 24; more++) {
        const longer = new Uint8Array(bytes.length + more);
        longer.set(bytes);
        assert.equal(decodes(direction, longer), false);
      }
    }),
    named(`relay ${name}: changed bytes`, altered, ([{ bytes }, changes]) => {
      const changed = bytes.slice();
      for (const [position, value] of changes) changed[position % changed.length] = value;
      decodes(direction, changed);
    }),
    named(`relay ${name}: any bytes`, anyBytes, (garbage) => {
      decodes(direction, garbage);
      for (const kind of [0x11, 0x12, 0x13, 0x14]) {
        decodes(direction, Uint8Array.from([kind, ...garbage]));
      }
    }),
  ];
}

const deadlines = named(
  'relay requests: a deadline is rounded up to 250 ms, within 250 ms and 63.75 s',
  fc.nat(100_000),
  (deadlineMs) => {
    const one = { raida: 0, tcp: false, deadlineMs, exchange: 0, frame: new Uint8Array(0) };
    const [decoded] = decodeRelayRequests(encodeRelayRequests([one]));
    const rounded = Math.ceil(deadlineMs / 250) * 250;
    assert.equal(decoded?.deadlineMs, Math.min(Math.max(rounded, 250), 63_750));
  },
);

export const RELAY_ENVELOPE_PROPERTIES: readonly NamedProperty[] = [
  ...DIRECTIONS.flatMap(properties),
  deadlines,
];
