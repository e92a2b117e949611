import { copyBytes } from '../bytes.ts';
import type { Command, Refused, SumRequest } from '../command.ts';
import { TICKET_BYTES } from '../limits.ts';
import { STATUS } from '../status.ts';
import {
  EMPTY,
  expectBodyBytes,
  readSumRequest,
  refused,
  sumPayloadBytes,
  writeSumRequest,
} from './layout.ts';

/**
 * Get Ticket By Sum, 2/41 (section 5, S2): a ticket for all tokens when the XOR of their ANs is
 * right. Servers without it answer status 6: fall back to Get Ticket (section 9).
 *
 * | request offset | size | field | source |
 * |---|---|---|---|
 * | 5 i | 1 | DN of token i | S2 |
 * | 5 i + 1 | 4 | SN | S2 |
 * | 5 N | 16 | XOR of the N ANs | S2 |
 *
 * Reply: 242 when the sum is wrong, without a body: at least one token is not authentic.
 *
 * | reply offset (241) | size | field | source |
 * |---|---|---|---|
 * | 0 | 4 | ticket | S2 |
 */
export interface SumTicketReply {
  readonly kind: 'sum ticket';
  /** 4 bytes, or null when the sum is wrong. */
  readonly ticket: Uint8Array | null;
}

export const getTicketBySum: Command<SumRequest, SumTicketReply> = {
  name: 'get ticket by sum',
  group: 2,
  code: 41,
  carriesSecrets: true,
  payloadBytes: sumPayloadBytes,
  encodeRequest: writeSumRequest,
  decodeRequest: readSumRequest,
  encodeReply: ({ ticket }) =>
    ticket
      ? { status: STATUS.allPass, body: copyBytes(ticket) }
      : { status: STATUS.allFail, body: EMPTY },
  decodeReply({ status, body }): SumTicketReply | Refused {
    if (status !== STATUS.allPass && status !== STATUS.allFail) return refused(status);
    expectBodyBytes('get ticket by sum', body, status === STATUS.allPass ? TICKET_BYTES : 0);
    return { kind: 'sum ticket', ticket: status === STATUS.allPass ? body : null };
  },
};
