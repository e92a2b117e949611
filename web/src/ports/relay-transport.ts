import {
  DecodeError,
  decodeRelayAnswers,
  encodeRelayRequests,
  batchedBytes,
  RELAY_PATH,
  RELAY_SUBPROTOCOL,
  type RelayRequest,
  type RelayStatus,
} from '@raida-wallet/protocol';

import type { Exchange, ExchangeResult, Silence, TransportPort } from '../wallet/ports.ts';
import {
  FIRST_RECONNECT_MS,
  MAX_RECONNECT_MS,
  MESSAGE_BYTES,
  RELAY_GRACE_MS,
  SWEEP_MS,
} from './limits.ts';

interface Waiting {
  readonly raida: number;
  readonly sentAtMs: number;
  readonly dueAtMs: number;
  readonly resolve: (result: ExchangeResult) => void;
}

const SILENCE: Record<Exclude<RelayStatus, 'ok'>, Silence> = {
  timeout: 'timeout',
  refused: 'refused',
  rate: 'busy',
  overload: 'busy',
  tooBig: 'rejected',
  malformed: 'rejected',
  forbidden: 'rejected',
};

/**
 * A relay behind a WebSocket. Frames that are ready together share a message; a connection that is
 * lost is made again by itself, and whatever was under way counts as unanswered.
 */
export class RelayTransport implements TransportPort {
  readonly #url: string;
  readonly #onConnection: (online: boolean) => void;
  readonly #waiting = new Map<number, Waiting>();
  readonly #flusher = new MessageChannel();
  #outbox: RelayRequest[] = [];
  #outboxBytes = 0;
  #flushPending = false;
  #socket: WebSocket | null = null;
  #reconnectMs = FIRST_RECONNECT_MS;
  #nextExchange = 1;
  /** When the relay last said anything, its connection included. */
  #heardAtMs = 0;

  constructor(origin: string, onConnection: (online: boolean) => void) {
    const url = new URL(RELAY_PATH, origin);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.#url = url.href;
    this.#onConnection = onConnection;
    this.#flusher.port1.onmessage = () => this.#flush();
    setInterval(() => this.#sweep(), SWEEP_MS);
    this.#connect();
  }

  exchange({ raida, tcp, deadlineMs, frame }: Exchange): Promise<ExchangeResult> {
    const exchange = this.#nextExchange;
    this.#nextExchange = (exchange + 1) >>> 0;
    return new Promise((resolve) => {
      const sentAtMs = performance.now();
      const dueAtMs = sentAtMs + deadlineMs + RELAY_GRACE_MS;
      this.#waiting.set(exchange, { raida, sentAtMs, dueAtMs, resolve });
      this.#outbox.push({ raida, tcp, deadlineMs, exchange, frame });
      this.#outboxBytes += batchedBytes(frame.length);
      if (this.#outboxBytes >= MESSAGE_BYTES) this.#flush();
      else this.#flushSoon();
    });
  }

  /** A socket can outlive its network for minutes. A new one soon shows what is true. */
  networkLost(): void {
    this.#socket?.close();
    this.#lose(this.#socket);
  }

  /** After everything that is ready in this turn has been put in. */
  #flushSoon(): void {
    if (this.#flushPending) return;
    this.#flushPending = true;
    this.#flusher.port2.postMessage(null);
  }

  /** Without a connection the outbox is kept: what is overdue by then is swept, not sent. */
  #flush(): void {
    this.#flushPending = false;
    if (this.#outbox.length === 0 || this.#socket?.readyState !== WebSocket.OPEN) return;
    const requests = this.#outbox.filter(({ exchange }) => this.#waiting.has(exchange));
    this.#outbox = [];
    this.#outboxBytes = 0;
    if (requests.length > 0) {
      this.#socket.send(encodeRelayRequests(requests) as Uint8Array<ArrayBuffer>);
    }
  }

  #connect(): void {
    const socket = new WebSocket(this.#url, RELAY_SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onopen = () => {
      this.#reconnectMs = FIRST_RECONNECT_MS;
      this.#heardAtMs = performance.now();
      this.#onConnection(true);
      this.#flush();
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => this.#receive(data);
    socket.onclose = () => this.#lose(socket);
  }

  /** What was under way counts as unanswered; a new connection is made after a pause. */
  #lose(socket: WebSocket | null): void {
    if (socket === null || socket !== this.#socket) return;
    this.#socket = null;
    this.#onConnection(false);
    for (const exchange of [...this.#waiting.keys()]) this.#settleSilent(exchange, 'offline');
    this.#outbox = [];
    this.#outboxBytes = 0;
    // Half of the pause is drawn by lot, so that a relay that restarts is not stormed.
    const pauseMs = this.#reconnectMs * (0.5 + Math.random() / 2);
    this.#reconnectMs = Math.min(this.#reconnectMs * 2, MAX_RECONNECT_MS);
    setTimeout(() => this.#connect(), pauseMs);
  }

  /** A relay that talks nonsense is left, and tried again like one that was lost. */
  #receive(data: ArrayBuffer | string): void {
    try {
      this.#heardAtMs = performance.now();
      if (typeof data === 'string') throw new DecodeError('relay message', 0, 'bytes', 'text');
      for (const answer of decodeRelayAnswers(new Uint8Array(data))) {
        const waiting = this.#waiting.get(answer.exchange);
        if (!waiting || waiting.raida !== answer.raida) continue;
        if (answer.status !== 'ok') this.#settleSilent(answer.exchange, SILENCE[answer.status]);
        else this.#settle(answer.exchange, { kind: 'reply', bytes: answer.frame });
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#socket?.close();
    }
  }

  /**
   * A relay answers every exchange in time, if only with "time-out". One that has said nothing since
   * then hangs, or its connection has died without a word.
   */
  #sweep(): void {
    const nowMs = performance.now();
    let isDead = false;
    for (const [exchange, { sentAtMs, dueAtMs }] of this.#waiting) {
      if (dueAtMs > nowMs) continue;
      isDead ||= this.#socket?.readyState === WebSocket.OPEN && this.#heardAtMs < sentAtMs;
      this.#settleSilent(exchange, 'timeout');
    }
    if (isDead) this.networkLost();
  }

  #settleSilent(exchange: number, why: Silence): void {
    this.#settle(exchange, { kind: 'silence', why });
  }

  #settle(exchange: number, result: ExchangeResult): void {
    const waiting = this.#waiting.get(exchange);
    this.#waiting.delete(exchange);
    waiting?.resolve(result);
  }
}
