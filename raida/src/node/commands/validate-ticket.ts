import {
  RAIDA_COUNT,
  RequestError,
  STATUS,
  type ValidateTicketReply,
  type ValidateTicketRequest,
} from '@raida-wallet/protocol';

import type { NodePorts } from '../ports.ts';

/** Validate Ticket (section 5, S2): claims the ticket for the claimant, once. */
export function serveValidateTicket(
  { claimant, ticket }: ValidateTicketRequest,
  node: NodePorts,
): ValidateTicketReply {
  if (claimant >= RAIDA_COUNT) {
    throw new RequestError(STATUS.wrongRaida, `there is no RAIDA ${claimant}`);
  }
  const claim = node.tickets.claim(ticket, claimant);
  if (claim.kind === 'unknown') {
    throw new RequestError(STATUS.noSuchTicket, 'the ticket is unknown or expired');
  }
  if (claim.kind === 'claimed') {
    throw new RequestError(STATUS.ticketClaimed, `RAIDA ${claimant} has claimed it before`);
  }
  return claim;
}
