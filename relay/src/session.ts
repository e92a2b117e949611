import {
  decodeRelayRequests,
  DecodeError,
  encodeRelayAnswers,
  ENVELOPE_BYTES,
  type RelayAnswer,
  type RelayRequest,
  type RelayStatus,
} from '@raida-wallet/protocol';
import type { RawData, WebSocket } from 'ws';

import type { Exchange, ExchangeOwner } from './exchange.ts';
import type { FlushQueue } from './flush-queue.ts';
import type { Forwarder } from './forwarder.ts';
import type { Limits } from './limits.ts';

/** Why we close a connection (RFC 6455, section 7.4.1); docs/relay.md lists them. */
export const CLOSE_CODE = { goingAway: 1001, textMessage: 1003, malformed: 1007 } as const;

/** What the log says of a connection when it ends. */
export interface SessionCounts {
  messages: number;
  requests: number;
  answers: number;
  /** Answers that the client did not read in time. */
  dropped: number;
}

/** One client: reads its messages, collects its answers, and forgets both when it leaves. */
export class Session implements ExchangeOwner {
  readonly open = new Set<Exchange>();
  readonly counts: SessionCounts = { messages: 0, requests: 0, answers: 0, dropped: 0 };
  readonly #socket: WebSocket;
  readonly #forwarder: Forwarder;
  readonly #flushQueue: FlushQueue;
  readonly #limits: Limits;
  #answers: RelayAnswer[] = [];
  #heard = true;

  constructor(socket: WebSocket, forwarder: Forwarder, flushQueue: FlushQueue, limits: Limits) {
    this.#socket = socket;
    this.#forwarder = forwarder;
    this.#flushQueue = flushQueue;
    this.#limits = limits;
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => {
      this.#heard = true;
    });
    // Nothing to do: `ws` closes the connection with a fitting code, and `close` follows.
    socket.on('error', () => {});
    socket.on('close', () => this.#forwarder.cancelAll(this));
  }

  answer(raida: number, exchange: number, status: RelayStatus, frame: Uint8Array): void {
    if (this.#answers.length === 0) this.#flushQueue.add(this);
    this.#answers.push({ raida, exchange, status, frame });
  }

  /** Writes all answers that are ready, as few messages as the limit allows. */
  flush(): void {
    const answers = this.#answers;
    this.#answers = [];
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    let start = 0;
    while (start < answers.length) {
      if (this.#socket.bufferedAmount > this.#limits.outboundBufferBytes) {
        this.counts.dropped += answers.length - start;
        return;
      }
      const end = this.#endOfMessage(answers, start);
      const whole = start === 0 && end === answers.length;
      const message = encodeRelayAnswers(whole ? answers : answers.slice(start, end));
      this.#socket.send(message);
      this.counts.answers += end - start;
      start = end;
    }
  }

  /** Asks for a sign of life; cuts off a client that gave none since it was last asked. */
  heartbeat(): void {
    if (!this.#heard) return this.#socket.terminate();
    this.#heard = false;
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  close(code: number): void {
    this.#forwarder.cancelAll(this);
    this.#socket.close(code);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#heard = true;
    this.counts.messages += 1;
    if (!isBinary) return this.close(CLOSE_CODE.textMessage);
    const requests = decode(data as Buffer);
    if (!requests) return this.close(CLOSE_CODE.malformed);
    this.counts.requests += requests.length;
    for (const request of requests) this.#forwarder.forward(this, request);
  }

  #endOfMessage(answers: readonly RelayAnswer[], start: number): number {
    let bytes = 0;
    let end = start;
    while (end < answers.length && bytes < this.#limits.answerMessageBytes) {
      bytes += ENVELOPE_BYTES + answers[end]!.frame.length;
      end += 1;
    }
    return end;
  }
}

/** Null for what is no message of the subprotocol. */
function decode(message: Buffer): RelayRequest[] | null {
  try {
    return decodeRelayRequests(message);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}
