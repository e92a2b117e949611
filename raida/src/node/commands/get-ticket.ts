import type { DetectRequest, TicketReply } from '@raida-wallet/protocol';

import type { NodePorts } from '../ports.ts';
import { expectTicketSize, expectTokenIds, issueTicket, judgeAns } from './judging.ts';

/** Get Ticket (section 5, S2). No slot is spent when no token passes. */
export function serveGetTicket({ tokens }: DetectRequest, node: NodePorts): TicketReply {
  expectTicketSize(tokens);
  expectTokenIds(tokens);
  const passes = judgeAns(tokens, node);
  const passed = tokens.filter((_, i) => passes[i] === 1);
  const ticket = passed.length === 0 ? null : issueTicket(passed, node);
  return { kind: 'ticket', passes, ticket };
}
