import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import {
  encodeRequest,
  judgeReply,
  makeChallenge,
  readReply,
  readRequestHeader,
  REQUEST_HEADER_BYTES,
  CHALLENGE_BYTES,
  type TokenId,
  validateTicket,
} from '@raida-wallet/protocol';

import { VOTE_LIMIT_MS, VOTE_RETRY_MS, VOTES_AT_ONCE } from '../limits.ts';
import { type Address, isIPv6 } from './endpoint.ts';

/**
 * Asks other RAIDA, by UDP, what their tickets cover. A request or an answer may get lost; the
 * same datagram is sent again then. When it was the answer, the issuer says that the ticket is
 * claimed already, and this vote is lost: the client needs a new ticket, as after any failed Fix.
 */

export interface VoteQuestion {
  readonly issuer: number;
  readonly claimant: number;
  readonly coinId: number;
  readonly ticket: Uint8Array;
}

export interface VoteTimes {
  readonly limitMs: number;
  readonly retryMs: number;
}

export class TicketClient {
  readonly #addressOf: (raida: number) => Address | undefined;
  readonly #times: VoteTimes;
  #asking = 0;

  constructor(
    addressOf: (raida: number) => Address | undefined,
    times: VoteTimes = { limitMs: VOTE_LIMIT_MS, retryMs: VOTE_RETRY_MS },
  ) {
    this.#addressOf = addressOf;
    this.#times = times;
  }

  /**
   * The tokens that the ticket covers, or null when its issuer refused, is down or said nothing
   * valid within the limit. Never rejects.
   */
  async ask(question: VoteQuestion): Promise<readonly TokenId[] | null> {
    const address = this.#addressOf(question.issuer);
    if (!address || this.#asking >= VOTES_AT_ONCE) return null;
    this.#asking += 1;
    const tokens = await exchange(question, address, this.#times);
    this.#asking -= 1;
    return tokens;
  }
}

function exchange(
  question: VoteQuestion,
  address: Address,
  { limitMs, retryMs }: VoteTimes,
): Promise<readonly TokenId[] | null> {
  const frame = encodeQuestion(question);
  const socket = createSocket(isIPv6(address.host) ? 'udp6' : 'udp4');
  return new Promise((resolve) => {
    let finished = false;
    const finish = (tokens: readonly TokenId[] | null): void => {
      if (finished) return;
      finished = true;
      clearTimeout(limit);
      clearInterval(retry);
      socket.close();
      resolve(tokens);
    };
    const limit = setTimeout(() => finish(null), limitMs);
    const retry = setInterval(send, retryMs);
    function send(): void {
      if (finished) return;
      socket.send(frame, (error) => {
        if (error) finish(null);
      });
    }
    // A connected socket hears of a closed port at once, and of no stranger's datagrams.
    socket.on('error', () => finish(null));
    socket.on('message', (reply) => {
      const answer = readAnswer(reply, frame, question);
      if (answer !== 'foreign') finish(answer);
    });
    socket.connect(address.port, address.host, send);
  });
}

function encodeQuestion({ issuer, claimant, coinId, ticket }: VoteQuestion): Uint8Array {
  return encodeRequest(
    validateTicket,
    { claimant, ticket },
    {
      raida: issuer,
      coinId,
      encryption: { kind: 'none' },
      challenge: makeChallenge(randomBytes(12)),
      nonce: randomBytes(8),
    },
  );
}

/** Null when the issuer vouches for nothing. */
function readAnswer(
  bytes: Uint8Array,
  frame: Uint8Array,
  { issuer }: VoteQuestion,
): readonly TokenId[] | null | 'foreign' {
  try {
    const { header, body } = readReply(bytes);
    const worth = judgeReply(header, {
      raida: issuer,
      group: validateTicket.group,
      echo: readRequestHeader(frame).echo,
      challenge: frame.subarray(REQUEST_HEADER_BYTES, REQUEST_HEADER_BYTES + CHALLENGE_BYTES),
      key: null,
    });
    if (worth !== 'authentic') return 'foreign';
    const context = { tokenCount: 0, bitOrder: 'least-significant-first' } as const;
    const answer = validateTicket.decodeReply({ status: header.status, body }, context);
    return answer.kind === 'covered' ? answer.tokens : null;
  } catch {
    // Not a reply at all, or one that its status does not allow.
    return 'foreign';
  }
}
