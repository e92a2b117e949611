import type { SumRequest, SumTicketReply } from '@raida-wallet/protocol';

import type { NodePorts } from '../ports.ts';
import { expectTicketSize, issueTicket, sumMatches } from './judging.ts';

/** Get Ticket By Sum (section 5, S2). A sum with a token listed twice never earns a ticket. */
export function serveGetTicketBySum(request: SumRequest, node: NodePorts): SumTicketReply {
  expectTicketSize(request.tokens);
  const ticket = sumMatches(request, node) ? issueTicket(request.tokens, node) : null;
  return { kind: 'sum ticket', ticket };
}
