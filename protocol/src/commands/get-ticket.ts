import type { Command } from '../command.ts';
import { readTokenAns, TOKEN_AN_BYTES, writeTokenAns } from './layout.ts';
import type { DetectRequest } from './detect.ts';
import { type AnyTicketReply, decodeTicketReply, encodeTicketReply } from './ticket-reply.ts';

/**
 * Get Ticket, 2/40 (section 5, S0, S2): like Detect, and a ticket for the tokens that passed.
 *
 * | request offset | size | field | source |
 * |---|---|---|---|
 * | 21 i | 1 | DN of token i | S0 |
 * | 21 i + 1 | 4 | SN | S0 |
 * | 21 i + 5 | 16 | AN | S0 |
 *
 * Reply: 242 all fail, without a body.
 *
 * | reply offset | size | field | source |
 * |---|---|---|---|
 * | 0 (241) | 4 | ticket; S0: N x 16 | S2; S0 |
 * | 0 (243) | ceil(N/8) | bitfield; S3: always 5 | live; S3 |
 * | after it | 4 | ticket; S0: 16 for each token that passed | S2; S0 |
 */
export const getTicket: Command<DetectRequest, AnyTicketReply> = {
  name: 'get ticket',
  group: 2,
  code: 40,
  carriesSecrets: true,
  payloadBytes: ({ tokens }) => tokens.length * TOKEN_AN_BYTES,
  encodeRequest: ({ tokens }, payload) => writeTokenAns(tokens, payload),
  decodeRequest: (payload) => ({ tokens: readTokenAns(payload) }),
  encodeReply: encodeTicketReply,
  decodeReply: decodeTicketReply,
};
