import {
  type AnyCommand,
  cryptReplyBody,
  type CounterMode,
  DecodeError,
  getTicket,
  getTicketBySum,
  SECRET_BYTES,
  STATUS,
  sumAns,
  TOKEN_AN_PAN_BYTES,
  type TokenAn,
  type TokenId,
  tokenKey,
  validateTicket,
} from '@raida-wallet/protocol';

import type { Ask, Outcome, RequestKey } from './ask.ts';
import { MAX_TICKET_TRIES, TICKET_PAUSE_MS } from './limits.ts';

/**
 * Getting tickets and sealing them (WALLET.md section 5). Both read encrypted replies, and a RAIDA
 * encrypts them in one of two ways (PROTOCOL.md section 3). Which one is learnt here: of the two
 * readings of a ticket, only the right one can be validated, and only the right one makes the answer a
 * list of the tokens that we asked for. An encrypted Version, whose text everybody knows, would tell as
 * well, but would uncover 8 bytes of the key token wherever the counter starts again.
 */

/** An answer with its body, still encrypted. */
export interface Answer {
  readonly status: number;
  readonly authentic: boolean;
  readonly body: Uint8Array;
  readonly nonce: Uint8Array;
  readonly requestBodyBytes: number;
}

/** What the requester lends: one request, once; and what it has learnt of each RAIDA. */
export interface TicketDesk {
  send(
    raida: number,
    command: AnyCommand,
    request: unknown,
    key: RequestKey,
    tcp: boolean,
  ): Promise<Answer | null>;
  pause(ms: number): Promise<void>;
  /** Random bytes. */
  fill(bytes: Uint8Array): void;
  readonly counterModes: (CounterMode | null)[];
  /** 1: this RAIDA does not know Get Ticket By Sum. */
  readonly noSum: Uint8Array;
}

type TicketAsk = Ask & { readonly kind: 'ticket' };
type SealAsk = Ask & { readonly kind: 'seal' };

const BOTH_MODES: readonly CounterMode[] = ['continue', 'restart'];
const SILENT: Outcome = { kind: 'silent' };

/** At most three tries: each may take one of the issuer's slots. */
export async function askForTicket(ask: TicketAsk, desk: TicketDesk): Promise<Outcome> {
  for (let attempt = 0; attempt < MAX_TICKET_TRIES; attempt++) {
    if (attempt > 0) await desk.pause(TICKET_PAUSE_MS);
    // Datagrams get lost; a second one is no likelier to arrive than the first.
    const outcome = await tryTicket(ask, desk, attempt === 1);
    if (outcome.kind === 'ticket') return { ...outcome, lossy: attempt > 0 };
    if (outcome.kind !== 'silent') return outcome;
  }
  return SILENT;
}

/**
 * Neither request may hold an AN where a POWN has one: a relay that changes the command and fills up
 * the rest makes a POWN of it, to a secret that nobody knows. A sum of two or more tokens never does,
 * and a sum of one saves nothing; in Get Ticket every record that would be read as one of a POWN is a
 * decoy. A companion in the sum would be no way out: the ticket would cover it too.
 */
async function tryTicket(ask: TicketAsk, desk: TicketDesk, tcp: boolean): Promise<Outcome> {
  const { raida, tokens, key } = ask;
  if (desk.noSum[raida] === 0 && tokens.length > 1) {
    const request = { tokens, sum: sumAns(tokens.map(({ an }) => an)) };
    const answer = await desk.send(raida, getTicketBySum, request, key, tcp);
    if (!answer) return SILENT;
    if (answer.authentic && answer.status === STATUS.allPass) {
      return readTicket(ask, { command: getTicketBySum, tokens }, answer, desk, tcp);
    }
    if (answer.status === STATUS.badCommand) desk.noSum[raida] = 1;
  }
  const decoyed = withDecoys(tokens, desk);
  const answer = await desk.send(raida, getTicket, { tokens: decoyed }, key, tcp);
  if (!answer) return SILENT;
  const given = answer.status === STATUS.allPass || answer.status === STATUS.mixed;
  if (given && answer.authentic) {
    return readTicket(ask, { command: getTicket, tokens: decoyed }, answer, desk, tcp);
  }
  return { kind: 'answered', status: answer.status, authentic: answer.authentic };
}

/**
 * Records of Get Ticket have 21 bytes and those of a POWN 37, so both begin at the same byte in every
 * 37th record of the former, from the first on. There the token that follows stands with a secret that
 * it never had: a number that exists, because servers may refuse all of a request for one that does not.
 */
function withDecoys(tokens: readonly TokenAn[], desk: TicketDesk): TokenAn[] {
  const all: TokenAn[] = [];
  for (const token of tokens) {
    if (all.length % TOKEN_AN_PAN_BYTES === 0) {
      const an = new Uint8Array(SECRET_BYTES);
      desk.fill(an);
      all.push({ dn: token.dn, sn: token.sn, an });
    }
    all.push(token);
  }
  return all;
}

/** What was asked, decoys included. */
interface Asked {
  readonly command: AnyCommand;
  readonly tokens: readonly TokenId[];
}

/** Under the counter mode that is known, or under that which turns out to be the right one. */
async function readTicket(
  ask: TicketAsk,
  asked: Asked,
  answer: Answer,
  desk: TicketDesk,
  tcp: boolean,
): Promise<Outcome> {
  const { raida, claimant, key } = ask;
  const known = desk.counterModes[raida];
  if (known) return toOutcome(ask, decodeTicket(ask, asked, answer, known), null);
  for (const mode of BOTH_MODES) {
    const found = decodeTicket(ask, asked, answer, mode);
    if (!found) continue;
    const tokens = found.covered;
    const seal = { kind: 'seal', raida, ticket: found.ticket, claimant, tokens, key, tcp } as const;
    const sealed = await sealUnder(seal, mode, desk);
    if (sealed.kind !== 'sealed') continue;
    desk.counterModes[raida] = mode;
    return toOutcome(ask, found, claimant);
  }
  return SILENT;
}

interface FoundTicket {
  readonly ticket: Uint8Array;
  readonly covered: readonly TokenId[];
}

function toOutcome(ask: TicketAsk, found: FoundTicket | null, sealedFor: number | null): Outcome {
  if (!found) return SILENT;
  const keys = new Set(found.covered.map(tokenKey));
  const passes = Uint8Array.from(ask.tokens, (token) => (keys.has(tokenKey(token)) ? 1 : 0));
  return { kind: 'ticket', ...found, passes, sealedFor, lossy: false };
}

function decodeTicket(
  ask: TicketAsk,
  { command, tokens }: Asked,
  answer: Answer,
  mode: CounterMode,
): FoundTicket | null {
  const reply = { status: answer.status, body: decrypted(answer, ask.key, mode) };
  const context = { tokenCount: tokens.length, bitOrder: 'least-significant-first' } as const;
  try {
    const read: unknown = command.decodeReply(reply, context);
    const { ticket, passes } = read as { ticket?: Uint8Array | null; passes?: Uint8Array };
    // S0's tickets of 16 bytes, one a token, fit no slot of a Fix.
    if (!ticket) return null;
    const covered = tokens.filter((_, i) => !passes || passes[i] === 1);
    return { ticket: ticket.slice(), covered };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return null;
  }
}

function decrypted({ body, nonce, requestBodyBytes }: Answer, key: RequestKey, mode: CounterMode) {
  const copy = body.slice();
  cryptReplyBody(copy, { key: key.an, nonce, requestBodyBytes, counterMode: mode });
  return copy;
}

/** Once for each ticket and claimant: a second one could not tell our claim from another's. */
export async function sealTicket(ask: SealAsk, desk: TicketDesk): Promise<Outcome> {
  const mode = desk.counterModes[ask.raida];
  return mode ? sealUnder(ask, mode, desk) : SILENT;
}

async function sealUnder(ask: SealAsk, mode: CounterMode, desk: TicketDesk): Promise<Outcome> {
  const { raida, claimant, ticket, key } = ask;
  const answer = await desk.send(raida, validateTicket, { claimant, ticket }, key, ask.tcp);
  if (!answer) return SILENT;
  const { status, authentic } = answer;
  if (!authentic || status !== STATUS.success) {
    // Or the RAIDA has begun to encrypt in the other way, and what we took for a ticket is none.
    if (status === STATUS.noSuchTicket) desk.counterModes[raida] = null;
    return { kind: 'answered', status, authentic };
  }
  return listsTokens(decrypted(answer, key, mode), ask.tokens)
    ? { kind: 'sealed' }
    : { kind: 'answered', status, authentic };
}

function listsTokens(body: Uint8Array, tokens: readonly TokenId[]): boolean {
  try {
    const read = validateTicket.decodeReply(
      { status: STATUS.success, body },
      { tokenCount: tokens.length, bitOrder: 'least-significant-first' },
    );
    if (read.kind !== 'covered' || read.tokens.length !== tokens.length) return false;
    const expected = new Set(tokens.map(tokenKey));
    return read.tokens.every((token) => expected.delete(tokenKey(token)));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return false;
  }
}
