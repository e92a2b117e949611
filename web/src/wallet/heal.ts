/*
 * Heal: tickets from the RAIDA that hold the AN, Fix at those that do not (WALLET.md section 5).
 *
 *   denied by some, proven by 13
 *        |
 *        v
 *   ticketing ---> sealing ----------> arming fixes ---> fixing ---> probing (operation.ts)
 *   (one round     (the tickets'       (PGs stored,      (one a      (the derived ANs)
 *    for all that   other claims        I1, I4)           RAIDA)
 *    lack it)       burnt)
 *        |             |
 *        +-------------+--> fewer than 13 usable: a smaller group, or later, with new tickets
 *
 * A ticket that was shown to one RAIDA could be used by it against every other. Therefore each is
 * claimed beforehand in the name of all RAIDA but those that are fixed in this round: whatever the
 * fixed ones do with them, at most 12 RAIDA are concerned.
 */
import { QUORUM, RAIDA_COUNT, SECRET_BYTES, tokenKey } from '@raida-wallet/protocol';

import type { Ask, Outcome } from './ask.ts';
import type { FixEntry } from './journal.ts';
import {
  countTickets,
  dropUncovered,
  dropUnsafeTickets,
  isOutsider,
  VOTES,
} from './heal-tickets.ts';
import { once } from './once.ts';
import { canVouch } from './operation-cells.ts';
import {
  HINT,
  type HealGroup,
  type HealStage,
  hintsOf,
  isActive,
  knownCount,
  type Operation,
  type OperationContext,
  type OperationEffect,
} from './operation-state.ts';
import { type Cell, packIds } from './ledger.ts';
import { BRITTLE_ROUNDS, MAX_GROUPS_PER_ROUND, MAX_HEAL_ROUNDS, MAX_TICKETS } from './limits.ts';
import { secretAt } from './secrets.ts';
import {
  agrees,
  countRaidas,
  isDisowned,
  isFixRow,
  isOwn,
  NONE,
  type TokenRecord,
} from './token-record.ts';

type HealAsk = Ask & { readonly kind: 'ticket' | 'seal' | 'fix' };

/** An ask, and the group that it is about. */
interface HealQuestion {
  readonly ask: HealAsk;
  readonly group: HealGroup;
}

/** Enters a stage with these questions; null when there are none. */
function begin(
  op: Operation,
  name: 'ticketing' | 'sealing' | 'fixing',
  groups: readonly HealGroup[],
  asked: readonly HealQuestion[],
  patient: boolean,
): OperationEffect | null {
  if (asked.length === 0) return null;
  const asks = asked.map(({ ask }) => ask);
  op.stage = { name, groups, asks, about: asked.map(({ group }) => group), open: asks.length };
  return { kind: 'ask', asks, patient };
}

/** Begins a round for the tokens that can be repaired now; null when there are none. */
export function startHealing(
  op: Operation,
  context: OperationContext,
  nowMs: number,
): OperationEffect | null {
  return beginRound(
    op,
    chooseGroups(op, context, nowMs, () => true),
    context,
  );
}

/**
 * A coin that came with exactly 13 has none to spare: one POWN that a relay spoils, and nobody could
 * vouch for it any more. Where it can be, it is made whole before it is moved.
 */
export function healBrittle(
  op: Operation,
  context: OperationContext,
  nowMs: number,
): OperationEffect | null {
  return beginRound(
    op,
    chooseGroups(op, context, nowMs, (token) => isBrittle(op, token)),
    context,
  );
}

/** Whether a token is left alone for now, to be healed before it is moved. */
export function isBrittle(op: Operation, token: TokenRecord): boolean {
  const tries = op.heal.rounds.get(token) ?? 0;
  return (
    isStuck(op, token) && knownCount(token, hintsOf(op, token)) === QUORUM && tries < BRITTLE_ROUNDS
  );
}

function beginRound(
  op: Operation,
  groups: readonly HealGroup[],
  context: OperationContext,
): OperationEffect | null {
  op.heal.wanted.clear();
  for (const { tokens } of groups) for (const token of tokens) op.heal.wanted.add(token);
  if (groups.length === 0 || op.heal.paused) return null;
  op.heal.learnt = false;
  const round = groups.slice(0, MAX_GROUPS_PER_ROUND);
  for (const { tokens } of round) {
    for (const token of tokens) op.heal.rounds.set(token, (op.heal.rounds.get(token) ?? 0) + 1);
  }
  return askForTickets(op, round, context);
}

/** Tokens by the RAIDA that vouch for them, those that lack them, and the PGs that are open. */
function chooseGroups(
  op: Operation,
  context: OperationContext,
  nowMs: number,
  isMeant: (token: TokenRecord) => boolean,
): HealGroup[] {
  const hasKey = once((raida) => context.keyAt(raida, 'settled', op.badKeys[raida]!) !== null);
  const groups = new Map<string, { tokens: TokenRecord[]; need: Need }>();
  for (const token of op.record.tokens) {
    if (context.isLeaving(token) || !isHealed(op, token) || !isMeant(token)) continue;
    const need = needOf(op, token, hasKey, nowMs);
    if (!need) continue;
    const name = `${need.vouching.join()}/${need.fracked.join()}/${need.counter}`;
    const group = groups.get(name) ?? { tokens: [], need };
    group.tokens.push(token);
    groups.set(name, group);
  }
  return [...groups.values()].flatMap(({ tokens, need }) => splitGroup(op, tokens, need));
}

interface Need {
  readonly vouching: readonly number[];
  readonly fracked: readonly number[];
  readonly counter: number | null;
}

/**
 * Ours for good, and a person asked for it; or on its way to us and stuck, because too many RAIDA hold
 * something that nobody knows: a relay can do that to 12 of them, and then nothing else may be moved.
 */
function isHealed(op: Operation, token: TokenRecord): boolean {
  if (!isActive(op, token) || isDisowned(token) || op.record.kind === 'send') return false;
  if (isStuck(op, token)) return true;
  const given = (op.heal.rounds.get(token) ?? 0) >= MAX_HEAL_ROUNDS;
  return token.settledAtMs !== 0 && op.record.repairs > 0 && !given;
}

/** Also of one that 13 had proven ours, when others have taken so many of these back since. */
function isStuck(op: Operation, token: TokenRecord): boolean {
  if (token.ownRow === NONE || token.settledAtMs !== 0) return false;
  const hints = hintsOf(op, token);
  const ours = (raida: number) => isOwn(token, raida) && hints[raida] !== HINT.denied;
  return countRaidas(ours) < QUORUM;
}

/** What a token lacks, if 13 RAIDA can vouch for it. A Fix that is open already comes first. */
function needOf(
  op: Operation,
  token: TokenRecord,
  hasKey: (raida: number) => boolean,
  nowMs: number,
): Need | null {
  const hints = hintsOf(op, token);
  const stuck = isStuck(op, token);
  const brittle = stuck && isBrittle(op, token);
  // Of a token that is not ours yet, only where a POWN came to nothing: elsewhere it is simply moved.
  const isLost = (raida: number) =>
    stuck ? token.target[raida] !== NONE || brittle : !agrees(token, raida);
  const vouching: number[] = [];
  const denying: number[] = [];
  for (let raida = 0; raida < RAIDA_COUNT; raida++) {
    if (canVouch(token, raida, hints, nowMs)) vouching.push(raida);
    else if (hints[raida] === HINT.denied && isLost(raida) && hasKey(raida)) {
      denying.push(raida);
    }
  }
  if (vouching.length < VOTES || denying.length === 0) return null;
  const open = denying.map((raida) => token.target[raida]!).find((row) => isFixRow(token, row));
  const fresh = denying.filter((raida) => !isFixRow(token, token.target[raida]!));
  // In turns, so that a RAIDA that does not carry out its Fix does not hold the others up.
  const tries = op.heal.rounds.get(token) ?? 0;
  if (open === undefined || (tries % 2 === 1 && fresh.length > 0)) {
    return { vouching, fracked: fresh, counter: null };
  }
  const { origin } = token.rows[open]!;
  const counter = origin.kind === 'fix' ? origin.counter : null;
  return { vouching, fracked: denying.filter((raida) => token.target[raida] === open), counter };
}

function splitGroup(
  op: Operation,
  tokens: readonly TokenRecord[],
  { vouching, fracked, counter }: Need,
): HealGroup[] {
  const groups: HealGroup[] = [];
  const { groupTokens } = op.heal;
  // Others in each round, so that one RAIDA that gives no tickets does not decide.
  const turn = op.heal.rounds.get(tokens[0]!) ?? 0;
  const start = (turn * MAX_TICKETS) % vouching.length;
  const issuers = [...vouching.slice(start), ...vouching.slice(0, start)].slice(0, MAX_TICKETS);
  for (let first = 0; first < tokens.length; first += groupTokens) {
    const part = tokens.slice(first, first + groupTokens);
    const tickets = new Array<null>(RAIDA_COUNT).fill(null);
    groups.push({ tokens: part, issuers, fracked, counter, tickets });
  }
  return groups;
}

function firstOutsider(group: HealGroup, issuer: number): number {
  let raida = 0;
  while (!isOutsider(group, issuer, raida)) raida++;
  return raida;
}

function askForTickets(
  op: Operation,
  groups: readonly HealGroup[],
  context: OperationContext,
): OperationEffect | null {
  const asked: HealQuestion[] = [];
  for (const group of groups) {
    for (const issuer of group.issuers) {
      const key = context.keyAt(issuer, 'settled', op.badKeys[issuer]!);
      if (!key) continue;
      const tokens = group.tokens.map((token) => ({
        dn: token.dn,
        sn: token.sn,
        an: secretAt(token, token.proven[issuer]!, issuer),
      }));
      const claimant = firstOutsider(group, issuer);
      const ask = { kind: 'ticket', raida: issuer, tokens, claimant, key } as const;
      asked.push({ ask, group });
    }
  }
  return begin(op, 'ticketing', groups, asked, true);
}

/** One more answer of a stage of heal. Returns what comes next once all are there. */
export function onHealed(
  op: Operation,
  stage: HealStage & { readonly name: 'ticketing' | 'sealing' | 'fixing' },
  index: number,
  outcome: Outcome,
  context: OperationContext,
  nowMs: number,
): OperationEffect | 'failed' | 'fixed' | null {
  const ask = stage.asks[index] as HealAsk;
  const group = stage.about[index]!;
  if (ask.kind === 'ticket') {
    if (outcome.kind === 'ticket') {
      const { ticket, passes, covered, lossy, sealedFor } = outcome;
      const sealed = sealedFor === null ? 0 : 1 << sealedFor;
      group.tickets[ask.raida] = {
        ticket,
        key: ask.key,
        passes,
        covered,
        lossy,
        sealedFor: sealed,
      };
    }
  } else if (ask.kind === 'seal' && outcome.kind === 'sealed') {
    group.tickets[ask.raida]!.sealedFor |= 1 << ask.claimant;
  } else if (ask.kind === 'fix' && outcome.kind === 'silent' && ask.tcp) {
    op.noTcp[ask.raida] = 1;
  }
  if (outcome.kind === 'answered' && !outcome.authentic) {
    op.badKeys[ask.raida]!.add(tokenKey(ask.key.token));
    op.heal.learnt = true;
  }
  if (--stage.open > 0) return null;
  if (stage.name === 'ticketing') return sealTickets(op, stage.groups, context, nowMs);
  if (stage.name === 'sealing') return armFixes(op, stage.groups, context, nowMs);
  return 'fixed';
}

/** Claims the tickets in the name of all RAIDA that are not to be fixed. */
function sealTickets(
  op: Operation,
  groups: readonly HealGroup[],
  context: OperationContext,
  nowMs: number,
): OperationEffect | 'failed' {
  const asked: HealQuestion[] = [];
  for (const group of groups) {
    if (countTickets(group) < VOTES) continue;
    // A claim is sent once, so where datagrams were lost it goes by TCP.
    const tcp = group.tickets.some((held) => held?.lossy);
    for (const issuer of group.issuers) {
      const held = group.tickets[issuer];
      if (!held) continue;
      const { ticket, key } = held;
      const tokens = held.covered;
      for (let claimant = 0; claimant < RAIDA_COUNT; claimant++) {
        if (!isOutsider(group, issuer, claimant) || held.sealedFor & (1 << claimant)) continue;
        const ask = { kind: 'seal', raida: issuer, ticket, claimant, tokens, key, tcp } as const;
        asked.push({ ask, group });
      }
    }
  }
  return begin(op, 'sealing', groups, asked, true) ?? armFixes(op, groups, context, nowMs);
}

/** Stores the PGs, for the tokens and tickets that can be used. */
function armFixes(
  op: Operation,
  groups: readonly HealGroup[],
  context: OperationContext,
  nowMs: number,
): OperationEffect | 'failed' {
  const ready = groups.filter(
    (group) => dropUnsafeTickets(group) && dropUncovered(group, (token) => isActive(op, token)),
  );
  if (ready.length < groups.length) {
    const largest = Math.max(...groups.map(({ tokens }) => tokens.length));
    op.heal.groupTokens = Math.max(1, Math.ceil(Math.min(op.heal.groupTokens, largest) / 2));
  }
  if (ready.length === 0) return 'failed';
  const entry: FixEntry = {
    kind: 'fix',
    atMs: nowMs,
    groups: ready.map((group) => {
      group.counter ??= context.nextFixCounter();
      const { counter, tokens, fracked } = group;
      const raidas = fracked.reduce((mask, raida) => mask | (1 << raida), 0);
      return { ids: packIds(tokens), raidas, counter, pgs: context.pgs(counter) };
    }),
  };
  op.stage = { name: 'arming fixes', groups: ready };
  return { kind: 'commit', entry };
}

/** After the PGs are durable. */
export function sendFixes(
  op: Operation,
  groups: readonly HealGroup[],
  context: OperationContext,
): OperationEffect | null {
  const asked: HealQuestion[] = [];
  for (const group of groups) {
    const tokens = group.tokens.filter((token) => isActive(op, token));
    if (tokens.length === 0) continue;
    const pgs = context.pgs(group.counter!);
    const tickets = group.tickets.map((held) => held && held.ticket);
    for (const raida of group.fracked) {
      const key = context.keyAt(raida, 'settled', op.badKeys[raida]!);
      if (!key) continue;
      const pg = pgs.subarray(raida * SECRET_BYTES, (raida + 1) * SECRET_BYTES);
      const tcp = op.noTcp[raida] === 0;
      const ask = { kind: 'fix', raida, tokens, pg, tickets, key, tcp } as const;
      asked.push({ ask, group });
    }
  }
  return begin(op, 'fixing', groups, asked, false);
}

/** What has to be proven after the Fixes. */
export function fixedCells(groups: readonly HealGroup[]): Cell[] {
  return groups.flatMap(({ tokens, fracked }) =>
    tokens.flatMap((token) => fracked.map((raida) => ({ token, raida, row: NONE }))),
  );
}
