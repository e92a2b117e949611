import { EventEmitter, once } from 'node:events';
import {
  decodeRelayAnswers,
  encodeRelayRequests,
  RELAY_SUBPROTOCOL,
  type RelayAnswer,
  type RelayRequest,
} from '@raida-wallet/protocol';
import { type ClientOptions, WebSocket } from 'ws';

/** A wallet's side of the wire, that remembers every message and every answer. */
export class Client {
  readonly socket: WebSocket;
  readonly messages: Buffer[] = [];
  readonly answers: RelayAnswer[] = [];
  readonly closed: Promise<number>;
  readonly #events = new EventEmitter();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      this.messages.push(data);
      this.answers.push(...decodeRelayAnswers(data));
      this.#events.emit('answers');
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', resolve);
    });
  }

  static async connect(
    port: number,
    options: ClientOptions = { origin: `http://127.0.0.1:${port}` },
    protocols: string[] = [RELAY_SUBPROTOCOL],
  ): Promise<Client> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/relay`, protocols, options);
    const client = new Client(socket);
    await once(socket, 'open');
    return client;
  }

  send(...requests: RelayRequest[]): void {
    this.socket.send(encodeRelayRequests(requests));
  }

  /** Sends, and resolves with the answers to these requests, in their order. */
  async ask(...requests: RelayRequest[]): Promise<RelayAnswer[]> {
    this.send(...requests);
    const answers: RelayAnswer[] = [];
    for (const { exchange } of requests) answers.push(await this.answerTo(exchange));
    return answers;
  }

  async answerTo(exchange: number): Promise<RelayAnswer> {
    for (;;) {
      const answer = this.answers.find((one) => one.exchange === exchange);
      if (answer) return answer;
      await once(this.#events, 'answers');
    }
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

/** The HTTP status that a handshake is refused with; 101 when it is not. */
export async function handshakeStatus(
  port: number,
  options: ClientOptions,
  { path = '/relay', protocols = [RELAY_SUBPROTOCOL] } = {},
): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, options);
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      socket.close();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', reject);
  });
}
