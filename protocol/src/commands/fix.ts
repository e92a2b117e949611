import type { Command, Passes } from '../command.ts';
import { RAIDA_COUNT, SECRET_BYTES, TICKET_BYTES, TOKEN_ID_BYTES } from '../limits.ts';
import { type TokenId, writeTokenId } from '../token.ts';
import { countRecords, decodePasses, encodePasses, readTokenIds } from './layout.ts';

/**
 * Fix, 2/80 (section 5, S2, S3): set new ANs where enough other RAIDA vouch for the tokens.
 *
 * | request offset | size | field | source |
 * |---|---|---|---|
 * | 5 i | 1 | DN of token i | S2, S3 |
 * | 5 i + 1 | 4 | SN | S2, S3 |
 * | 5 N | 16 | PG, another one for every RAIDA | S2, S3 |
 * | 5 N + 16 | 25 x 4 | tickets by RAIDA, zero where there is none | S2 |
 *
 * Reply: 241 all pass, 242 all fail, without a body.
 *
 * | reply offset (243) | size | field | source |
 * |---|---|---|---|
 * | 0 | ceil(N/8) | bitfield; S3: always 5 | live; S3 |
 * | after it | 0; S3: 4 | master ticket, told by the body's length, unused | S3 |
 */
export interface FixRequest {
  readonly tokens: readonly TokenId[];
  /** PAN generator, 16 bytes. */
  readonly pg: Uint8Array;
  /** 25 tickets of 4 bytes; null where there is none. */
  readonly tickets: readonly (Uint8Array | null)[];
}

const TAIL_BYTES = SECRET_BYTES + RAIDA_COUNT * TICKET_BYTES;
const S3_BODY_BYTES = 9;
const S3_BITFIELD_BYTES = 5;

export const fix: Command<FixRequest, Passes> = {
  name: 'fix',
  group: 2,
  code: 80,
  carriesSecrets: true,
  payloadBytes: ({ tokens }) => tokens.length * TOKEN_ID_BYTES + TAIL_BYTES,
  encodeRequest({ tokens, pg, tickets }, payload) {
    tokens.forEach((token, i) => writeTokenId(payload, i * TOKEN_ID_BYTES, token));
    const pgStart = tokens.length * TOKEN_ID_BYTES;
    payload.set(pg, pgStart);
    const ticketsStart = pgStart + SECRET_BYTES;
    payload.fill(0, ticketsStart);
    tickets.forEach((ticket, raida) => {
      if (ticket) payload.set(ticket, ticketsStart + raida * TICKET_BYTES);
    });
  },
  decodeRequest(payload) {
    const count = countRecords(payload, TOKEN_ID_BYTES, TAIL_BYTES);
    const pgStart = count * TOKEN_ID_BYTES;
    const tickets = Array.from({ length: RAIDA_COUNT }, (_, raida) => {
      const start = pgStart + SECRET_BYTES + raida * TICKET_BYTES;
      const ticket = payload.subarray(start, start + TICKET_BYTES);
      return ticket.some((byte) => byte !== 0) ? ticket : null;
    });
    return {
      tokens: readTokenIds(payload, count),
      pg: payload.subarray(pgStart, pgStart + SECRET_BYTES),
      tickets,
    };
  },
  encodeReply: encodePasses,
  decodeReply(reply, context) {
    const { body } = reply;
    const isS3 = body.length === S3_BODY_BYTES && context.tokenCount <= S3_BITFIELD_BYTES * 8;
    if (!isS3) return decodePasses('fix', reply, context);
    const fieldBytes = Math.ceil(context.tokenCount / 8);
    return decodePasses('fix', { ...reply, body: body.subarray(0, fieldBytes) }, context);
  },
};
