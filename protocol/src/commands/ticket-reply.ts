import { copyBytes } from '../bytes.ts';
import { bitfieldBytes, type BitOrder, packBits, unpackBits } from '../bitfield.ts';
import type { Refused, ReplyBody, ReplyContext } from '../command.ts';
import { DecodeError } from '../errors.ts';
import { TICKET_BYTES } from '../limits.ts';
import { STATUS } from '../status.ts';
import { EMPTY, expectBodyBytes, refused, statusOfPasses } from './layout.ts';

/** A ticket for the tokens that passed, or none when none did. */
export interface TicketReply {
  readonly kind: 'ticket';
  /** One byte a token: 1 = the ticket covers it. */
  readonly passes: Uint8Array;
  /** 4 bytes, or null when no token passed. */
  readonly ticket: Uint8Array | null;
}

/** S0's answer: a ticket of 16 bytes for each token that passed (section 9). */
export interface TokenTicketsReply {
  readonly kind: 'token tickets';
  /** 16 bytes a token, null where it did not pass. */
  readonly tickets: readonly (Uint8Array | null)[];
}

export type AnyTicketReply = TicketReply | TokenTicketsReply;

/** The size of a ticket in S0. */
const TOKEN_TICKET_BYTES = 16;
/** S3's bitfield has this size whatever the number of tokens. */
const S3_BITFIELD_BYTES = 5;

export function encodeTicketReply(reply: AnyTicketReply, bitOrder?: BitOrder): ReplyBody {
  if (reply.kind === 'token tickets') return encodeTokenTickets(reply.tickets, bitOrder);
  const status = reply.ticket ? statusOfPasses(reply.passes) : STATUS.allFail;
  if (!reply.ticket || status === STATUS.allFail) return { status: STATUS.allFail, body: EMPTY };
  if (status === STATUS.allPass) return { status, body: copyBytes(reply.ticket) };
  return { status, body: concat([packBits(reply.passes, bitOrder), reply.ticket]) };
}

function encodeTokenTickets(
  tickets: readonly (Uint8Array | null)[],
  bitOrder?: BitOrder,
): ReplyBody {
  const passes = Uint8Array.from(tickets, (ticket) => (ticket ? 1 : 0));
  const status = statusOfPasses(passes);
  const given = tickets.filter((ticket) => ticket !== null);
  if (status !== STATUS.mixed) return { status, body: concat(given) };
  return { status, body: concat([packBits(passes, bitOrder), ...given]) };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** Reads our form, S0's and S3's, told apart by length (section 9). */
export function decodeTicketReply(
  reply: ReplyBody,
  context: ReplyContext,
): AnyTicketReply | Refused {
  if (reply.status === STATUS.allFail) {
    expectBodyBytes('ticket', reply.body, 0);
    return { kind: 'ticket', passes: new Uint8Array(context.tokenCount), ticket: null };
  }
  if (reply.status === STATUS.allPass) return decodeAllPass(reply.body, context.tokenCount);
  if (reply.status === STATUS.mixed) return decodeMixed(reply.body, context);
  return refused(reply.status);
}

function decodeAllPass(body: Uint8Array, tokenCount: number): AnyTicketReply {
  const passes = new Uint8Array(tokenCount).fill(1);
  if (body.length === TICKET_BYTES) return { kind: 'ticket', passes, ticket: body };
  expectBodyBytes('ticket', body, tokenCount * TOKEN_TICKET_BYTES);
  return { kind: 'token tickets', tickets: splitTickets(body, passes) };
}

function decodeMixed(body: Uint8Array, { tokenCount, bitOrder }: ReplyContext): AnyTicketReply {
  const fieldBytes = bitfieldBytes(tokenCount);
  if (body.length < fieldBytes + TICKET_BYTES) {
    const expected = `at least ${fieldBytes + TICKET_BYTES} body bytes`;
    throw new DecodeError('ticket reply', 0, expected, `${body.length}`);
  }
  const passes = unpackBits(body, tokenCount, bitOrder);
  if (body.length === fieldBytes + TICKET_BYTES) {
    return { kind: 'ticket', passes, ticket: body.subarray(fieldBytes) };
  }
  const isS3 = body.length === S3_BITFIELD_BYTES + TICKET_BYTES;
  if (isS3) return { kind: 'ticket', passes, ticket: body.subarray(S3_BITFIELD_BYTES) };
  const given = passes.reduce((sum, pass) => sum + pass, 0);
  expectBodyBytes('ticket', body, fieldBytes + given * TOKEN_TICKET_BYTES);
  return { kind: 'token tickets', tickets: splitTickets(body.subarray(fieldBytes), passes) };
}

function splitTickets(body: Uint8Array, passes: Uint8Array): (Uint8Array | null)[] {
  let offset = 0;
  return Array.from(passes, (pass) => {
    if (!pass) return null;
    offset += TOKEN_TICKET_BYTES;
    return body.subarray(offset - TOKEN_TICKET_BYTES, offset);
  });
}
