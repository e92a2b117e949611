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

import { numberOf } from '../memory-store.ts';
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
  return Uint8Array.from(tokens, (token) =>
    isTokenId(token) && holdsAn(node.store, token) ? 1 : 0,
  );
}

/**
 * Whether the sum is that of the ANs held. A token listed twice drops out of a sum, so that its
 * owner could be anyone: such a request proves nothing and does not match.
 */
export function sumMatches({ tokens, sum }: SumRequest, node: NodePorts): boolean {
  expectTokenIds(tokens);
  const ans: Uint8Array[] = [];
  const seen = new Set<number>();
  for (const token of tokens) {
    const held = node.store.read(token);
    if (!held) return false;
    ans.push(held);
    seen.add(numberOf(token));
  }
  return seen.size === tokens.length && equalBytes(sumAns(ans), sum);
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
