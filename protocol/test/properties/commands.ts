import assert from 'node:assert/strict';

import fc from 'fast-check';

import {
  type AnyCommand,
  type BitOrder,
  type CommandName,
  COMMANDS,
  DecodeError,
  RequestError,
  STATUS,
  unpackBits,
} from '@raida-wallet/protocol';

import { anyBytes, bitOrder, byte, oneOrMore, record, wireTokenId } from './arbitraries.ts';
import {
  type BodyFacts,
  type CommandCase,
  CASES,
  type PayloadShape,
  tokenCountOf,
} from './command-cases.ts';
import { named, type NamedProperty } from './property.ts';

/** One harness for all commands: it walks the registry. */

const GUARD_BYTES = 64;
/** Each of these runs decodes up to three thousand times. */
const EVERY_SIZE_RUNS = 30;
const GUARD = 0xa5;

/** The status that section 7 has for a payload of this size, or null when the size is right. */
function statusOfSize({ recordBytes, tailBytes }: PayloadShape, size: number): number | null {
  if (recordBytes === 0) {
    if (size === tailBytes) return null;
    return size === 0 ? STATUS.emptyRequest : STATUS.badPacketLength;
  }
  if (size === 0) return STATUS.emptyRequest;
  if (size < recordBytes + tailBytes) return STATUS.badPacketLength;
  return (size - tailBytes) % recordBytes === 0 ? null : STATUS.badDivision;
}

/** Writes a request between guards, over dirt, and returns exactly its payload. */
function encode(command: AnyCommand, request: unknown): Uint8Array {
  const size = command.payloadBytes(request);
  const buffer = new Uint8Array(size + 2 * GUARD_BYTES).fill(GUARD);
  const payload = buffer.subarray(GUARD_BYTES, GUARD_BYTES + size);
  command.encodeRequest(request, payload);
  const outside = [buffer.subarray(0, GUARD_BYTES), buffer.subarray(GUARD_BYTES + size)];
  for (const guard of outside) assert.ok(guard.every((one) => one === GUARD));
  return payload;
}

/** A payload of any content must be turned down with the right status, or be read losslessly. */
function expectJudgedBySize(command: AnyCommand, shape: PayloadShape, payload: Uint8Array): void {
  const status = statusOfSize(shape, payload.length);
  if (status === null) {
    assert.deepEqual(encode(command, command.decodeRequest(payload)), payload);
    return;
  }
  assert.throws(
    () => command.decodeRequest(payload),
    (error) => error instanceof RequestError && error.status === status,
    `${payload.length} bytes must be answered with ${status}`,
  );
}

/** Every Uint8Array within a decoded value. */
function arraysIn(value: unknown): Uint8Array[] {
  if (value instanceof Uint8Array) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(arraysIn);
}

function requestProperties(
  command: AnyCommand,
  { shape, request }: CommandCase<CommandName>,
): NamedProperty[] {
  const prefix = `command ${command.name}`;
  return [
    named(`${prefix}: request round trip, exact length, views`, request, (value) => {
      const payload = encode(command, value);
      const records = tokenCountOf(value) * shape.recordBytes;
      assert.equal(payload.length, records + shape.tailBytes);
      const decoded: unknown = command.decodeRequest(payload);
      assert.deepEqual(decoded, value);
      for (const view of arraysIn(decoded)) assert.equal(view.buffer, payload.buffer);
    }),
    named(
      `${prefix}: every truncation of a request, and trailing bytes`,
      request,
      (value) => {
        const payload = encode(command, value);
        for (let size = 0; size < payload.length; size++) {
          expectJudgedBySize(command, shape, payload.subarray(0, size));
        }
        for (let more = 1; more <= shape.recordBytes + 1; more++) {
          const longer = new Uint8Array(payload.length + more);
          longer.set(payload);
          expectJudgedBySize(command, shape, longer);
        }
      },
      EVERY_SIZE_RUNS,
    ),
    named(`${prefix}: any bytes as a request`, anyBytes, (payload) => {
      expectJudgedBySize(command, shape, payload);
    }),
  ];
}

function factsOf(body: Uint8Array, tokenCount: number, order: BitOrder): BodyFacts {
  const isFieldThere = body.length >= Math.ceil(tokenCount / 8);
  const bits = isFieldThere ? unpackBits(body, tokenCount, order) : new Uint8Array(0);
  return { body, tokenCount, passCount: bits.reduce((sum, bit) => sum + bit, 0) };
}

/** A reply of any status and content is read, refused, or a DecodeError, as the case foretells. */
function expectJudgedByBody(
  command: AnyCommand,
  { bodies }: CommandCase<CommandName>,
  reply: { readonly status: number; readonly body: Uint8Array },
  context: { readonly tokenCount: number; readonly bitOrder: BitOrder },
): void {
  const decode = (): unknown => command.decodeReply(reply, context);
  const isAllowed = bodies[reply.status];
  if (!isAllowed) {
    assert.deepEqual(decode(), { kind: 'refused', status: reply.status });
    return;
  }
  const facts = factsOf(reply.body, context.tokenCount, context.bitOrder);
  if (!isAllowed(facts)) {
    const where = `${reply.status}, ${reply.body.length} bytes, ${context.tokenCount} tokens`;
    assert.throws(decode, DecodeError, where);
    return;
  }
  assert.notEqual((decode() as { kind: string }).kind, 'refused');
}

/** The arrays of a decoded reply that stand in its body as they are, and need no copy. */
function verbatimIn(decoded: unknown, status: number): Uint8Array[] {
  const { ticket, tickets, found } = decoded as Record<string, unknown>;
  return arraysIn([ticket, tickets, status === STATUS.findMixed ? found : null]);
}

const changes = fc.array(fc.tuple(fc.nat(), byte), { minLength: 1, maxLength: 3 });

function replyProperties(command: AnyCommand, oneCase: CommandCase<CommandName>): NamedProperty[] {
  const prefix = `command ${command.name}`;
  const hasTokens = oneCase.shape.recordBytes > 0;
  const tokenCount = hasTokens
    ? oneOrMore(wireTokenId).map(({ length }) => length)
    : fc.constant(0);
  const exchange = tokenCount.chain((count) =>
    record({
      reply: oneCase.reply(count),
      context: record({ tokenCount: fc.constant(count), bitOrder }),
    }),
  );
  const statuses = Object.keys(oneCase.bodies).map(Number);
  const anyReply = record({
    reply: record({
      status: fc.oneof(fc.constantFrom(...statuses), byte),
      body: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 300, max: 3 })),
    }),
    context: record({ tokenCount, bitOrder }),
  });
  return [
    named(`${prefix}: reply round trip, views`, exchange, ({ reply, context }) => {
      const encoded = command.encodeReply(reply, context.bitOrder);
      assert.ok(statuses.includes(encoded.status));
      const decoded: unknown = command.decodeReply(encoded, context);
      assert.deepEqual(decoded, reply);
      for (const view of verbatimIn(decoded, encoded.status)) {
        assert.equal(view.buffer, encoded.body.buffer);
      }
    }),
    named(
      `${prefix}: every truncation of a reply, and trailing bytes`,
      exchange,
      (drawn) => {
        const { reply, context } = drawn;
        const { status, body } = command.encodeReply(reply, context.bitOrder);
        for (let size = 0; size < body.length; size++) {
          const shorter = { status, body: body.subarray(0, size) };
          expectJudgedByBody(command, oneCase, shorter, context);
        }
        for (let more = 1; more <= 20; more++) {
          const longer = { status, body: new Uint8Array(body.length + more) };
          longer.body.set(body);
          expectJudgedByBody(command, oneCase, longer, context);
        }
      },
      EVERY_SIZE_RUNS,
    ),
    named(`${prefix}: changed bytes of a reply`, fc.tuple(exchange, changes), (drawn) => {
      const [{ reply, context }, all] = drawn;
      const { status, body } = command.encodeReply(reply, context.bitOrder);
      const changed = body.slice();
      for (const [position, value] of all) changed[position % changed.length] = value;
      expectJudgedByBody(command, oneCase, { status, body: changed }, context);
    }),
    named(`${prefix}: any status and body as a reply`, anyReply, ({ reply, context }) => {
      expectJudgedByBody(command, oneCase, reply, context);
    }),
  ];
}

export const COMMAND_PROPERTIES: readonly NamedProperty[] = (
  Object.keys(COMMANDS) as CommandName[]
).flatMap((name) => {
  const oneCase = CASES[name] as CommandCase<CommandName>;
  return [
    ...requestProperties(COMMANDS[name], oneCase),
    ...replyProperties(COMMANDS[name], oneCase),
  ];
});
