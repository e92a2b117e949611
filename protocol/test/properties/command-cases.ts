import fc from 'fast-check';

import {
  type AnyTicketReply,
  type CommandName,
  type COMMANDS,
  type DetectRequest,
  type PownRequest,
  STATUS,
  type SumRequest,
  type TokenId,
} from '@raida-wallet/protocol';

import {
  byte,
  bytes,
  flags,
  oneOrMore,
  record,
  secret,
  ticket,
  tokenAn,
  tokenAnPan,
  wireTokenId,
} from './arbitraries.ts';

/**
 * What the harness must know of each command, written down a second time and independently of the
 * code: sizes from the tables of PROTOCOL.md, section 5, and which bodies section 9 lets a server
 * send. A command that is added to the registry does not compile here without its own case.
 */

type RequestOf<Name extends CommandName> = ReturnType<(typeof COMMANDS)[Name]['decodeRequest']>;
type ReplyOf<Name extends CommandName> = Parameters<(typeof COMMANDS)[Name]['encodeReply']>[0];

export interface PayloadShape {
  /** Bytes for each token. */
  readonly recordBytes: number;
  /** Bytes after the tokens, or all of them when there are no tokens. */
  readonly tailBytes: number;
}

export interface CommandCase<Name extends CommandName> {
  readonly shape: PayloadShape;
  readonly request: fc.Arbitrary<RequestOf<Name>>;
  readonly reply: (tokenCount: number) => fc.Arbitrary<ReplyOf<Name>>;
  /** The statuses of a reply that is not refused, and which bodies each may have. */
  readonly bodies: Readonly<Record<number, (body: BodyFacts) => boolean>>;
}

export interface BodyFacts {
  readonly body: Uint8Array;
  readonly tokenCount: number;
  /** Tokens that pass when the body begins with a bitfield. */
  readonly passCount: number;
}

/** Tokens of a request; none for commands without. */
export function tokenCountOf(request: unknown): number {
  return (request as { tokens?: readonly unknown[] }).tokens?.length ?? 0;
}

const noBody = ({ body }: BodyFacts) => body.length === 0;
const field = ({ tokenCount }: BodyFacts) => Math.ceil(tokenCount / 8);
const isBitfield = (facts: BodyFacts) => facts.body.length === field(facts);

const passes = (count: number) =>
  flags(count).map((all) => ({ kind: 'passes' as const, passes: all }));
const passBodies = {
  [STATUS.allPass]: noBody,
  [STATUS.allFail]: noBody,
  [STATUS.mixed]: isBitfield,
};

const detectRequest: fc.Arbitrary<DetectRequest> = record({ tokens: oneOrMore(tokenAn) });
const pownRequest: fc.Arbitrary<PownRequest> = record({ tokens: oneOrMore(tokenAnPan) });
const sumRequest: fc.Arbitrary<SumRequest> = record({
  tokens: oneOrMore<TokenId>(wireTokenId),
  sum: secret,
});
const nothing = fc.constant({});

function ticketReply(count: number): fc.Arbitrary<AnyTicketReply> {
  return flags(count).chain((all): fc.Arbitrary<AnyTicketReply> => {
    const one = all.includes(1)
      ? ticket.map((value) => ({ kind: 'ticket' as const, passes: all, ticket: value }))
      : fc.constant({ kind: 'ticket' as const, passes: all, ticket: null });
    if (!all.includes(1)) return one;
    const each = fc.tuple(...Array.from(all, (pass) => (pass ? secret : fc.constant(null))));
    return fc.oneof(
      { weight: 3, arbitrary: one },
      {
        weight: 1,
        arbitrary: each.map((tickets) => ({ kind: 'token tickets' as const, tickets })),
      },
    );
  });
}

const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 255,
});
const isPrintable = (body: Uint8Array) => body.every((one) => one >= 0x20 && one <= 0x7e);

export const CASES: { readonly [Name in CommandName]: CommandCase<Name> } = {
  echo: {
    shape: { recordBytes: 0, tailBytes: 0 },
    request: nothing,
    reply: () => fc.constant({ kind: 'echo' }),
    bodies: { [STATUS.success]: noBody },
  },
  version: {
    shape: { recordBytes: 0, tailBytes: 0 },
    request: nothing,
    reply: () => printable.map((text) => ({ kind: 'version', text })),
    bodies: {
      [STATUS.success]: ({ body }) => body.length >= 1 && body.length <= 255 && isPrintable(body),
    },
  },
  detect: {
    shape: { recordBytes: 21, tailBytes: 0 },
    request: detectRequest,
    reply: passes,
    bodies: passBodies,
  },
  detectSum: {
    shape: { recordBytes: 5, tailBytes: 16 },
    request: sumRequest,
    reply: () => fc.boolean().map((matches) => ({ kind: 'sum', matches })),
    bodies: { [STATUS.allPass]: noBody, [STATUS.allFail]: noBody },
  },
  pown: {
    shape: { recordBytes: 37, tailBytes: 0 },
    request: pownRequest,
    reply: passes,
    bodies: {
      ...passBodies,
      [STATUS.mixed]: (facts) => [0, 4].some((more) => facts.body.length === field(facts) + more),
    },
  },
  getTicket: {
    shape: { recordBytes: 21, tailBytes: 0 },
    request: detectRequest,
    reply: ticketReply,
    bodies: {
      [STATUS.allPass]: ({ body, tokenCount }) => [4, 16 * tokenCount].includes(body.length),
      [STATUS.allFail]: noBody,
      [STATUS.mixed]: (facts) =>
        facts.body.length === field(facts) + 4 ||
        (facts.body.length === 9 && field(facts) < 5) ||
        (facts.passCount > 0 && facts.body.length === field(facts) + 16 * facts.passCount),
    },
  },
  getTicketBySum: {
    shape: { recordBytes: 5, tailBytes: 16 },
    request: sumRequest,
    reply: () =>
      fc
        .option(ticket, { nil: null })
        .map((value) => ({ kind: 'sum ticket' as const, ticket: value })),
    bodies: { [STATUS.allPass]: ({ body }) => body.length === 4, [STATUS.allFail]: noBody },
  },
  validateTicket: {
    shape: { recordBytes: 0, tailBytes: 5 },
    request: record({ claimant: byte, ticket: bytes(4) }),
    reply: () => oneOrMore<TokenId>(wireTokenId).map((tokens) => ({ kind: 'covered', tokens })),
    bodies: { [STATUS.success]: ({ body }) => body.length > 0 && body.length % 5 === 0 },
  },
  find: {
    shape: { recordBytes: 37, tailBytes: 0 },
    request: pownRequest,
    reply: (count) =>
      fc
        .oneof(
          fc.uint8Array({ minLength: count, maxLength: count, max: 2 }),
          fc.integer({ min: 0, max: 2 }).map((one) => new Uint8Array(count).fill(one)),
        )
        .map((found) => ({ kind: 'found', found })),
    bodies: {
      [STATUS.findNeither]: noBody,
      [STATUS.findAllAn]: noBody,
      [STATUS.findAllPan]: noBody,
      [STATUS.findMixed]: ({ body, tokenCount }) =>
        body.length === tokenCount && body.every((one) => one <= 2),
    },
  },
  fix: {
    shape: { recordBytes: 5, tailBytes: 116 },
    request: record({
      tokens: oneOrMore<TokenId>(wireTokenId),
      pg: secret,
      tickets: fc.array(fc.option(ticket, { nil: null }), { minLength: 25, maxLength: 25 }),
    }),
    reply: passes,
    bodies: {
      ...passBodies,
      [STATUS.mixed]: (facts) =>
        isBitfield(facts) || (facts.body.length === 9 && field(facts) <= 5),
    },
  },
};
