import type { SumRequest, SumTicketReply } from '@raida-wallet/protocol';

import { numberOf } from '../memory-store.ts';
import type { NodePorts } from '../ports.ts';
import { expectTicketSize, issueTicket, sumMatches } from './judging.ts';

/**
 * Get Ticket By Sum (section 5, S2). An AN that is in a sum twice cancels out, so whoever lists a
 * token twice need not know its AN. Detect Sum may say that such a sum is right, as live servers
 * do, because nobody gains by it; a ticket is only given for tokens that are listed once.
 */
export function serveGetTicketBySum(request: SumRequest, node: NodePorts): SumTicketReply {
  const { tokens } = request;
  expectTicketSize(tokens);
  const distinct = new Set(tokens.map(numberOf)).size === tokens.length;
  const proven = sumMatches(request, node) && distinct;
  return { kind: 'sum ticket', ticket: proven ? issueTicket(tokens, node) : null };
}
