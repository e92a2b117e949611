import { derivePanOfFix, type FixRequest, type Passes, type TokenId } from '@raida-wallet/protocol';

import { numberOf } from '../memory-store.ts';
import type { NodePorts } from '../ports.ts';
import { expectTokenIds } from './judging.ts';

/**
 * Fix (section 5; S2, "RAIDA Steps"): asks every trusted other RAIDA of which the request has a
 * ticket, all at once, and sets the new ANs of the tokens for which enough of them vouch. It does
 * not wait for the rest when every token has its votes, so that a node that is down is waited
 * for only when its vote could matter.
 */
export async function serveFix(request: FixRequest, node: NodePorts): Promise<Passes> {
  expectTokenIds(request.tokens);
  const votes = await collectVotes(request, node);
  return node.store.change((held) => {
    const passes = Uint8Array.from(request.tokens, (token) => {
      if ((votes.get(numberOf(token)) ?? 0) < node.config.trust.required) return 0;
      held.write(token, derivePanOfFix(node.config.raida, token, request.pg));
      return 1;
    });
    return { kind: 'passes', passes };
  });
}

/** By token: how many different trusted other RAIDA vouch for it. */
function collectVotes(request: FixRequest, node: NodePorts): Promise<ReadonlyMap<number, number>> {
  const { raida, trust } = node.config;
  const votes = new Map<number, number>(request.tokens.map((token) => [numberOf(token), 0]));
  const asked: Promise<readonly TokenId[] | null>[] = [];
  request.tickets.forEach((ticket, issuer) => {
    if (!ticket || issuer === raida || !trust.trusted[issuer]) return;
    asked.push(node.validateTicket(issuer, ticket));
  });
  return new Promise((resolve, reject) => {
    let undecided = votes.size;
    let outstanding = asked.length;
    if (outstanding === 0) resolve(votes);
    for (const vote of asked) {
      vote.then((tokens) => {
        undecided -= countVote(votes, tokens ?? [], trust.required);
        outstanding -= 1;
        if (outstanding === 0 || undecided === 0) resolve(votes);
      }, reject);
    }
  });
}

/**
 * Counts the vote of one RAIDA, once a token however often it lists it. Returns how many tokens
 * have just reached the required number.
 */
function countVote(
  votes: Map<number, number>,
  tokens: readonly TokenId[],
  required: number,
): number {
  let decided = 0;
  for (const token of new Set(tokens.map(numberOf))) {
    const count = votes.get(token);
    if (count === undefined) continue;
    votes.set(token, count + 1);
    if (count + 1 === required) decided += 1;
  }
  return decided;
}
