/**
 * The wallet's transport from Node, over `ws`: what the browser's does, without reconnecting. It
 * counts frames and bytes, and keeps what was sent for a loop that sends the same again.
 */
import { once } from 'node:events';
import { decodeRelayAnswers, encodeRelayRequests, RELAY_SUBPROTOCOL } from '@raida-wallet/protocol';
import { WebSocket } from 'ws';

/** Group and code of POWN stand in a frame's clear header; each of its tokens takes 37 bytes. */
const COMMAND_OFFSET = 4;
const POWN = [1, 20];
const POWN_BYTES_WITHOUT_TOKENS = 50;
const POWN_TOKEN_BYTES = 37;

/** @typedef {import('@raida-wallet/web/wallet/ports').Exchange} Exchange */
/** @typedef {import('@raida-wallet/web/wallet/ports').ExchangeResult} ExchangeResult */
/** @typedef {{ raida: number, tcp: boolean, frame: Uint8Array }} SentFrame */

/** @type {ExchangeResult} */
const SILENT = { kind: 'silence', why: 'timeout' };

/** @param {number} port */
export async function connectRelay(port) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/relay`, [RELAY_SUBPROTOCOL], {
    perMessageDeflate: false,
  });
  await once(socket, 'open');
  return new RelayClient(socket);
}

export class RelayClient {
  /** @type {SentFrame[]} */
  sent = [];
  bytesReceived = 0;
  silences = 0;
  /** Tokens in POWNs that were answered. */
  moved = 0;
  /** From then on nothing is sent, and what is on its way is never answered. */
  frozen = false;
  /** @type {() => void} */
  onMove = () => {};
  /** What never gets to the relay. @type {(frame: Uint8Array) => boolean} */
  isLost = () => false;
  /** @type {Map<number, { sent: SentFrame, resolve: (result: ExchangeResult) => void }>} */
  #waiting = new Map();
  /** @type {import('@raida-wallet/protocol').RelayRequest[]} */
  #outbox = [];
  #next = 1;
  #socket;

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#receive(new Uint8Array(/** @type {Buffer} */ (data))));
  }

  /** What came before does not count. */
  startCounting() {
    this.sent = [];
    this.bytesReceived = 0;
    this.silences = 0;
    this.moved = 0;
  }

  get isIdle() {
    return this.#waiting.size === 0;
  }

  /**
   * @param {Exchange} exchange
   * @returns {Promise<ExchangeResult>}
   */
  exchange({ raida, tcp, deadlineMs, frame }) {
    return new Promise((resolve) => {
      if (this.frozen) return;
      if (this.isLost(frame)) return resolve(SILENT);
      const exchange = this.#next++;
      const sent = { raida, tcp, frame };
      this.sent.push(sent);
      this.#waiting.set(exchange, { sent, resolve });
      if (this.#outbox.push({ raida, tcp, deadlineMs, exchange, frame }) === 1) {
        setImmediate(() => this.#flush());
      }
    });
  }

  close() {
    this.frozen = true;
    this.#socket.close();
  }

  /** Frames that are ready in the same turn share a message, as a page's do. */
  #flush() {
    const requests = this.#outbox.splice(0);
    if (!this.frozen) this.#socket.send(encodeRelayRequests(requests));
  }

  /** @param {Uint8Array} message */
  #receive(message) {
    for (const answer of decodeRelayAnswers(message)) {
      const waiting = this.#waiting.get(answer.exchange);
      if (!waiting || this.frozen) continue;
      this.#waiting.delete(answer.exchange);
      const answered = answer.status === 'ok';
      if (answered) this.bytesReceived += answer.frame.length;
      else this.silences += 1;
      if (answered && isPown(waiting.sent.frame)) {
        this.moved += (waiting.sent.frame.length - POWN_BYTES_WITHOUT_TOKENS) / POWN_TOKEN_BYTES;
        this.onMove();
        if (this.frozen) return;
      }
      waiting.resolve(answered ? { kind: 'reply', bytes: answer.frame } : SILENT);
    }
  }
}

/** @param {Uint8Array} frame */
function isPown(frame) {
  return frame[COMMAND_OFFSET] === POWN[0] && frame[COMMAND_OFFSET + 1] === POWN[1];
}
