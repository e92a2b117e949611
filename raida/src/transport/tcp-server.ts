import { createServer, type Server, type Socket } from 'node:net';
import { MAX_REQUEST_BYTES, readUint16, REQUEST_HEADER_BYTES } from '@raida-wallet/protocol';

import { TCP_CONNECTIONS, TCP_IDLE_MS, TCP_TOTAL_MS } from '../limits.ts';
import type { Address, Endpoint } from './endpoint.ts';

/** Offset of the body length in a request header (PROTOCOL.md section 2). */
const BODY_LENGTH_OFFSET = 22;

export interface TcpTimes {
  readonly idleMs: number;
  readonly totalMs: number;
}

/** Answers one request a connection, then closes it (PROTOCOL.md section 6). */
export class TcpServer {
  readonly #server: Server;
  readonly #endpoint: Endpoint;
  readonly #times: TcpTimes;
  readonly #connections = new Set<Socket>();

  private constructor(endpoint: Endpoint, times: TcpTimes) {
    this.#endpoint = endpoint;
    this.#times = times;
    // Half-open, because a client may end its side as soon as the request is out.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#accept(socket),
    );
    this.#server.maxConnections = TCP_CONNECTIONS;
  }

  static listen(
    { host, port }: Address,
    endpoint: Endpoint,
    times: TcpTimes = { idleMs: TCP_IDLE_MS, totalMs: TCP_TOTAL_MS },
  ): Promise<TcpServer> {
    const tcp = new TcpServer(endpoint, times);
    return new Promise((resolve, reject) => {
      tcp.#server.once('error', reject);
      tcp.#server.listen({ host, port, exclusive: true }, () => {
        tcp.#server.off('error', reject);
        // Out of descriptors, for example: the connection is lost, the server goes on.
        tcp.#server.on('error', () => undefined);
        resolve(tcp);
      });
    });
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    this.#connections.add(socket);
    const total = setTimeout(() => socket.destroy(), this.#times.totalMs);
    socket.setTimeout(this.#times.idleMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(total);
      this.#connections.delete(socket);
    });
    this.#readRequest(socket);
  }

  /** Gathers the header, then as many bytes as it announces; more than that is left unread. */
  #readRequest(socket: Socket): void {
    const received: Buffer[] = [];
    let bytes = 0;
    const onData = (part: Buffer): void => {
      received.push(part);
      bytes += part.length;
      if (bytes < REQUEST_HEADER_BYTES) return;
      const all = received.length === 1 ? part : Buffer.concat(received);
      received.splice(0, received.length, all);
      const requestBytes = REQUEST_HEADER_BYTES + readUint16(all, BODY_LENGTH_OFFSET);
      if (bytes < Math.min(requestBytes, MAX_REQUEST_BYTES)) return;
      socket.off('data', onData);
      socket.off('end', onEnd);
      socket.resume();
      // A Fix may take longer than a connection may idle; the total time still holds.
      socket.setTimeout(0);
      this.#serve(socket, Uint8Array.prototype.slice.call(all, 0, requestBytes));
    };
    // The client has ended before its request was whole.
    const onEnd = (): void => void socket.destroy();
    socket.on('data', onData);
    socket.on('end', onEnd);
  }

  #serve(socket: Socket, request: Uint8Array): void {
    const { faults, handle, isSilent } = this.#endpoint;
    if (isSilent()) return;
    if (faults.drops('request')) return void socket.destroy();
    const { beforeMs, afterMs } = faults.drawDelays();
    faults.after(beforeMs, () => {
      void Promise.resolve(handle(request)).then((reply) => {
        faults.after(afterMs, () => this.#answer(socket, reply));
      });
    });
  }

  #answer(socket: Socket, reply: Uint8Array | null): void {
    const { faults, isSilent } = this.#endpoint;
    if (isSilent()) return;
    if (!reply || faults.drops('reply')) return void socket.destroy();
    // Whoever does not take the answer, or does not close, is closed when idle.
    socket.setTimeout(this.#times.idleMs, () => socket.destroy());
    socket.end(reply);
  }
}
