import type { Command, Refused } from '../command.ts';
import { DecodeError, RequestError } from '../errors.ts';
import { TICKET_BYTES, TOKEN_ID_BYTES } from '../limits.ts';
import { STATUS } from '../status.ts';
import { type TokenId, writeTokenId } from '../token.ts';
import { readTokenIds, refused } from './layout.ts';

/**
 * Validate Ticket, 2/50 (section 5, S2): which tokens does this ticket vouch for? Claims the ticket
 * for the claimant, once. Not encrypted.
 *
 * | request offset | size | field | source |
 * |---|---|---|---|
 * | 0 | 1 | claimant RAIDA id, 0 to 24 | live |
 * | 1 | 4 | ticket | live |
 *
 * Reply: 250. Errors: 18 no such claimant, 43 no such ticket, 44 claimed already.
 *
 * | reply offset | size | field | source |
 * |---|---|---|---|
 * | 5 i | 1 | DN of token i | S2 |
 * | 5 i + 1 | 4 | SN | S2 |
 */
export interface ValidateTicketRequest {
  readonly claimant: number;
  /** 4 bytes. */
  readonly ticket: Uint8Array;
}

export interface ValidateTicketReply {
  readonly kind: 'covered';
  readonly tokens: readonly TokenId[];
}

const PAYLOAD_BYTES = 1 + TICKET_BYTES;

export const validateTicket: Command<ValidateTicketRequest, ValidateTicketReply> = {
  name: 'validate ticket',
  group: 2,
  code: 50,
  carriesSecrets: false,
  payloadBytes: () => PAYLOAD_BYTES,
  encodeRequest({ claimant, ticket }, payload) {
    payload[0] = claimant;
    payload.set(ticket, 1);
  },
  decodeRequest(payload) {
    if (payload.length === 0) throw new RequestError(STATUS.emptyRequest, 'the request is empty');
    if (payload.length !== PAYLOAD_BYTES) {
      const message = `${payload.length} payload bytes, not ${PAYLOAD_BYTES}`;
      throw new RequestError(STATUS.badPacketLength, message);
    }
    return { claimant: payload[0]!, ticket: payload.subarray(1) };
  },
  encodeReply({ tokens }) {
    const body = new Uint8Array(tokens.length * TOKEN_ID_BYTES);
    tokens.forEach((token, i) => writeTokenId(body, i * TOKEN_ID_BYTES, token));
    return { status: STATUS.success, body };
  },
  decodeReply({ status, body }): ValidateTicketReply | Refused {
    if (status !== STATUS.success) return refused(status);
    if (body.length === 0 || body.length % TOKEN_ID_BYTES !== 0) {
      const expected = `a multiple of ${TOKEN_ID_BYTES} body bytes`;
      throw new DecodeError('validate ticket reply', 0, expected, `${body.length}`);
    }
    return { kind: 'covered', tokens: readTokenIds(body, body.length / TOKEN_ID_BYTES) };
  },
};
