import { QUORUM, RAIDA_COUNT } from '@raida-wallet/protocol';

import { MAX_UNSEALED } from './limits.ts';
import type { HealGroup } from './operation-state.ts';
import { countRaidas, type TokenRecord } from './token-record.ts';

/** Which tickets of a heal may be shown to the RAIDA that are fixed with them. */

/** Votes that a Fix needs (PROTOCOL.md section 5): of other RAIDA than the one that is fixed. */
export const VOTES = QUORUM;

/** Whether nobody may be able to use a ticket at this RAIDA: all but those that are fixed now. */
export function isOutsider(group: HealGroup, issuer: number, raida: number): boolean {
  return raida !== issuer && !group.fracked.includes(raida);
}

export function countTickets({ tickets }: HealGroup): number {
  return tickets.reduce((count, ticket) => count + (ticket ? 1 : 0), 0);
}

/**
 * Whoever holds all tickets that are shown must not reach 13 votes at any RAIDA that is not fixed in
 * this round. Dishonest RAIDA vote for him anyhow, and several rounds may add up, so next to none may
 * still be claimable there. The least sealed are left out as long as there are enough.
 */
export function dropUnsafeTickets(group: HealGroup): boolean {
  while (countTickets(group) >= VOTES) {
    const worst = findLeastSealed(group);
    if (worst === null) return true;
    if (countTickets(group) === VOTES) return mostUnsealed(group) <= MAX_UNSEALED;
    group.tickets[worst] = null;
  }
  return false;
}

/** The ticket with the most claims that are still open, or null when all are burnt. */
function findLeastSealed(group: HealGroup): number | null {
  let worst: number | null = null;
  let most = 0;
  group.tickets.forEach((held, issuer) => {
    const open = held ? countRaidas((raida) => isClaimable(group, issuer, raida)) : 0;
    if (open > most) [worst, most] = [issuer, open];
  });
  return worst;
}

/** Of all RAIDA that are not fixed now: at how many tickets one of them can still be claimed for. */
function mostUnsealed(group: HealGroup): number {
  let most = 0;
  for (let raida = 0; raida < RAIDA_COUNT; raida++) {
    most = Math.max(
      most,
      countRaidas((issuer) => isClaimable(group, issuer, raida)),
    );
  }
  return most;
}

function isClaimable(group: HealGroup, issuer: number, raida: number): boolean {
  const held = group.tickets[issuer];
  if (!held || !isOutsider(group, issuer, raida)) return false;
  return (held.sealedFor & (1 << raida)) === 0;
}

/** Tokens for which 13 of the tickets vouch, and that are still this operation's. */
export function dropUncovered(
  group: HealGroup,
  isActive: (token: TokenRecord) => boolean,
): boolean {
  const { tokens } = group;
  const covered = tokens.map(
    (_, i) => group.tickets.filter((held) => held?.passes[i] === 1).length >= VOTES,
  );
  group.tokens = tokens.filter((token, i) => covered[i] && isActive(token));
  return group.tokens.length > 0;
}
