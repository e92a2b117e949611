import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';

import { copyBytes } from '@raida-wallet/protocol';

import { NODE_UDP_MAX_BYTES, REQUESTS_AT_ONCE, UDP_RECEIVE_BUFFER_BYTES } from '../limits.ts';
import { type Address, type Endpoint, isIPv6 } from './endpoint.ts';

/** Answers datagrams, one request each (PROTOCOL.md section 6). */
export class UdpServer {
  readonly #socket: Socket;
  readonly #endpoint: Endpoint;
  #working = 0;
  #closed = false;

  private constructor(socket: Socket, endpoint: Endpoint) {
    this.#socket = socket;
    this.#endpoint = endpoint;
  }

  static listen({ host, port }: Address, endpoint: Endpoint): Promise<UdpServer> {
    const socket = createSocket({
      type: isIPv6(host) ? 'udp6' : 'udp4',
      recvBufferSize: UDP_RECEIVE_BUFFER_BYTES,
      // Answers go to the addresses that requests came from: there is no name to look up.
      lookup: (address, _options, found) => found(null, address, isIPv6(address) ? 6 : 4),
    });
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ address: host, port, exclusive: true }, () => {
        socket.off('error', reject);
        const server = new UdpServer(socket, endpoint);
        socket.on('message', (request, client) => server.#receive(request, client));
        // An ICMP error of an earlier answer says that a client has gone: nothing to do.
        socket.on('error', () => undefined);
        resolve(server);
      });
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  #receive(request: Uint8Array, client: RemoteInfo): void {
    const { faults, isSilent } = this.#endpoint;
    if (request.length > NODE_UDP_MAX_BYTES || isSilent()) return;
    const { beforeMs, afterMs } = faults.drawDelays();
    faults.pass('request', beforeMs, () => {
      // A copy, because a request is decrypted in place and this one may come twice.
      void this.#serve(copyBytes(request), client, afterMs);
    });
  }

  async #serve(request: Uint8Array, client: RemoteInfo, afterMs: number): Promise<void> {
    if (this.#working >= REQUESTS_AT_ONCE || this.#closed) return;
    this.#working += 1;
    const reply = await this.#endpoint.handle(request);
    this.#working -= 1;
    if (!reply) return;
    this.#endpoint.faults.pass('reply', afterMs, () => {
      if (this.#closed || this.#endpoint.isSilent()) return;
      this.#socket.send(reply, client.port, client.address, () => undefined);
    });
  }
}
