import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { createServer, type Server, type Socket as TcpSocket } from 'node:net';
import { readUint16, REPLY_HEADER_BYTES, writeUint16, writeUint24 } from '@raida-wallet/protocol';

/** A request as it arrived, and ways to answer it, rightly or not. */
export interface Arrival {
  readonly request: Buffer;
  readonly source: RemoteInfo;
  readonly reply: (bytes: Uint8Array) => void;
}

export type Behaviour = (arrival: Arrival) => void;
export type TcpBehaviour = (connection: TcpSocket, request: Buffer) => void;

/** A reply of this RAIDA to this request, with the marker in the signature's first byte. */
export function replyTo(request: Uint8Array, raida: number, marker = 0, body = 0): Uint8Array {
  const reply = new Uint8Array(REPLY_HEADER_BYTES + body).fill(0xee, REPLY_HEADER_BYTES);
  reply[0] = raida;
  reply[2] = 250;
  writeUint16(reply, 4, 1);
  writeUint16(reply, 6, readUint16(request, 30));
  writeUint24(reply, 9, body);
  reply[16] = marker;
  return reply;
}

/** Something that listens where a RAIDA would, by UDP and TCP at one port, and does as told. */
export class FakeRaida {
  readonly id: number;
  readonly requests: Buffer[] = [];
  readonly sources: number[] = [];
  readonly udp: Socket;
  readonly tcp: Server;
  behaviour: Behaviour;
  tcpBehaviour: TcpBehaviour;
  readonly #connections = new Set<TcpSocket>();
  readonly #events = new EventEmitter();
  #deaf = false;

  private constructor(id: number, udp: Socket, tcp: Server) {
    this.id = id;
    this.udp = udp;
    this.tcp = tcp;
    this.behaviour = ({ request, reply }) => {
      reply(replyTo(request, id));
    };
    this.tcpBehaviour = (connection, request) => {
      connection.end(replyTo(request, id, 0, 100));
    };
    udp.on('message', (request, source) => {
      this.#arrive(request, source);
    });
    tcp.on('connection', (connection) => {
      this.#connect(connection);
    });
  }

  /** At a port that is free for both; there is no way to ask for such a port. */
  static async start(id: number): Promise<FakeRaida> {
    for (let attempt = 0; attempt < 20; attempt++) {
      const udp = createSocket('udp4');
      udp.bind(0, '127.0.0.1');
      await once(udp, 'listening');
      const tcp = createServer();
      tcp.listen(udp.address().port, '127.0.0.1');
      try {
        await once(tcp, 'listening');
        return new FakeRaida(id, udp, tcp);
      } catch {
        udp.close();
      }
    }
    throw new Error('found no port that is free for UDP and TCP');
  }

  get port(): number {
    return this.udp.address().port;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Resolves when there are this many requests, at once if there are. */
  async received(count: number): Promise<void> {
    while (this.requests.length < count) await once(this.#events, 'request');
  }

  /** From now on nobody listens by UDP. */
  async deafen(): Promise<void> {
    if (this.#deaf) return;
    this.#deaf = true;
    await new Promise<void>((resolve) => this.udp.close(resolve));
  }

  async stop(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    await this.deafen();
    await new Promise((resolve) => this.tcp.close(resolve));
  }

  #arrive(request: Buffer, source: RemoteInfo): void {
    this.requests.push(request);
    this.#events.emit('request');
    this.sources.push(source.port);
    const reply = (bytes: Uint8Array): void => {
      this.udp.send(bytes, source.port, source.address);
    };
    this.behaviour({ request, source, reply });
  }

  #connect(connection: TcpSocket): void {
    this.#connections.add(connection);
    const chunks: Buffer[] = [];
    connection.on('error', () => undefined);
    connection.on('close', () => this.#connections.delete(connection));
    connection.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      const request = Buffer.concat(chunks);
      if (request.length < 32 || request.length < 32 + readUint16(request, 22)) return;
      chunks.length = 0;
      this.requests.push(request);
      this.#events.emit('request');
      this.tcpBehaviour(connection, request);
    });
  }
}
