import {
  equalBytes,
  isDenomination,
  isSerialNumber,
  RequestError,
  STATUS,
  sumAns,
  type SumRequest,
  type TokenAn,
  type TokenId,
  MAX_TOKENS_PER_TICKET,
} from '@raida-wallet/protocol';

import type { NodePorts, TokenReader } from '../ports.ts';

/** What several commands need to judge tokens (PROTOCOL.md section 7). */

export function isTokenId(token: TokenId): boolean {
  return isDenomination(token.dn) && isSerialNumber(token.sn);
}

/** All commands but Detect and POWN turn a request down for one impossible token. */
export function expectTokenIds(tokens: readonly TokenId[]): void {
  const bad = tokens.findIndex((token) => !isTokenId(token));
  if (bad >= 0) {
    throw new RequestError(STATUS.badToken, `token ${bad} has an impossible denomination`);
  }
}

export function holdsAn(tokens: TokenReader, token: TokenAn): boolean {
  const held = tokens.read(token);
  return held !== undefined && equalBytes(held, token.an);
}

/** One byte a token: 1 where the node holds this AN. A token listed twice is judged twice. */
export function judgeAns(tokens: readonly TokenAn[], node: NodePorts): Uint8Array {
  const passes = new Uint8Array(tokens.length);
  for (let i = 0; i < passes.length; i++) {
    const token = tokens[i]!;
    passes[i] = isTokenId(token) && holdsAn(node.store, token) ? 1 : 0;
  }
  return passes;
}

/** Whether this is the sum of the ANs held. One token that the node does not know: no. */
export function sumMatches({ tokens, sum }: SumRequest, node: NodePorts): boolean {
  expectTokenIds(tokens);
  const ans: Uint8Array[] = [];
  for (const token of tokens) {
    const held = node.store.read(token);
    if (!held) return false;
    ans.push(held);
  }
  return equalBytes(sumAns(ans), sum);
}

export function expectTicketSize(tokens: readonly TokenId[]): void {
  if (tokens.length > MAX_TOKENS_PER_TICKET) {
    throw new RequestError(STATUS.tooManyTokens, `${tokens.length} tokens for one ticket`);
  }
}

/** A ticket for these tokens, at least one. Throws RequestError when no slot is free. */
export function issueTicket(tokens: readonly TokenId[], node: NodePorts): Uint8Array {
  const ticket = node.tickets.issue(tokens);
  if (!ticket) throw new RequestError(STATUS.noTicketSlot, 'every ticket slot is taken');
  return ticket;
}
