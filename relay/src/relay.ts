import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RELAY_PATH, RELAY_SUBPROTOCOL } from '@raida-wallet/protocol';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';

import { AddressBook, type Lookup } from './address-book.ts';
import { truncateAddress } from './addresses.ts';
import { FlushQueue } from './flush-queue.ts';
import { Forwarder } from './forwarder.ts';
import { createHttpHandler } from './http-handler.ts';
import { type Limits, withDefaults } from './limits.ts';
import type { Log } from './log.ts';
import type { Network } from './network-file.ts';
import { isOriginAllowed, type OriginPolicy } from './origin.ts';
import { CLOSE_CODE, Session } from './session.ts';

export interface RelayOptions {
  readonly network: Network;
  /** 0: the system chooses. */
  readonly port: number;
  readonly host?: string;
  readonly allowPrivate?: boolean;
  readonly origins?: OriginPolicy;
  /** The built wallet; without it only the relay is served. */
  readonly walletFolder?: string | undefined;
  /** Origins of the relays that wallets served here shall use; none: this one alone. */
  readonly walletRelays?: readonly string[];
  readonly limits?: Partial<Limits>;
  readonly log?: Log;
  readonly lookup?: Lookup;
}

const SAME_ORIGIN_ONLY: OriginPolicy = { allowed: new Set(), allowNone: false };

/** Starts a relay. Throws ConfigError, or what the system says when the port cannot be had. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const limits = withDefaults(options.limits);
  const log = options.log ?? (() => {});
  const addresses = new AddressBook(
    options.network,
    options.allowPrivate ?? false,
    log,
    options.lookup,
  );
  const relay = new Relay(options, limits, addresses, log);
  await addresses.start(limits.resolveMs);
  try {
    await relay.listen(options.port, options.host ?? '127.0.0.1');
  } catch (error) {
    addresses.stop();
    throw error;
  }
  return relay;
}

/** WebSocket in, UDP and TCP out: one HTTP server, and a session for each connection. */
export class Relay {
  readonly #limits: Limits;
  readonly #log: Log;
  readonly #addresses: AddressBook;
  readonly #origins: OriginPolicy;
  readonly #forwarder: Forwarder;
  readonly #flushQueue = new FlushQueue();
  readonly #sessions = new Set<Session>();
  readonly #http: Server;
  readonly #webSockets: WebSocketServer;
  #heartbeat: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #whenAllGone: (() => void) | undefined;

  constructor(options: RelayOptions, limits: Limits, addresses: AddressBook, log: Log) {
    this.#limits = limits;
    this.#log = log;
    this.#addresses = addresses;
    this.#origins = options.origins ?? SAME_ORIGIN_ONLY;
    const handle = createHttpHandler(options, this.#origins);
    this.#forwarder = new Forwarder(options.network, addresses, limits);
    this.#http = createServer(
      {
        headersTimeout: limits.handshakeMs,
        requestTimeout: limits.handshakeMs,
        connectionsCheckingInterval: Math.ceil(limits.handshakeMs / 4),
      },
      handle,
    );
    this.#http.maxConnections = limits.connections + limits.httpConnections;
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#webSockets = new WebSocketServer(webSocketOptions(limits));
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** For tests and measurements. */
  counts(): { readonly connections: number; readonly open: number; readonly udpSockets: number } {
    return { connections: this.#sessions.size, ...this.#forwarder.counts() };
  }

  async listen(port: number, host: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, host, () => {
        this.#http.off('error', reject);
        resolve();
      });
    });
    // From here on an error is one connection that could not be accepted (no file descriptors).
    this.#http.on('error', (error: NodeJS.ErrnoException) => {
      this.#log('accept failed', { code: error.code ?? 'unknown' });
    });
    this.#heartbeat = setInterval(() => {
      for (const session of this.#sessions) session.heartbeat();
    }, this.#limits.heartbeatMs);
  }

  /** Takes nothing new, lets open exchanges end within `drainMs`, closes everyone with 1001. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const httpClosed = new Promise((resolve) => this.#http.close(resolve));
    this.#http.closeIdleConnections();
    await this.#forwarder.drain(this.#limits.drainMs);
    // The last answers are written at the end of this turn of the event loop.
    await nextTurn();
    for (const session of this.#sessions) session.close(CLOSE_CODE.goingAway);
    const cutOff = setTimeout(() => {
      for (const session of this.#sessions) session.terminate();
      this.#http.closeAllConnections();
    }, this.#limits.closeMs);
    await httpClosed;
    await this.#allGone();
    clearTimeout(cutOff);
    clearInterval(this.#heartbeat);
    this.#addresses.stop();
    this.#forwarder.close();
  }

  #allGone(): Promise<void> {
    if (this.#sessions.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenAllGone = resolve;
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until `ws` takes over, a reset connection would be an unhandled error.
    const ignore = () => {};
    socket.on('error', ignore);
    const status = this.#judgeUpgrade(request);
    if (status !== 101) {
      this.#log('connection rejected', { status, client: clientAddress(request) });
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', ignore);
      this.#open(webSocket, clientAddress(request));
    });
  }

  /** The status to answer an upgrade with; 101 when it may go on. */
  #judgeUpgrade(request: IncomingMessage): number {
    const [path] = (request.url ?? '').split('?');
    if (path !== RELAY_PATH) return 404;
    if (!isOriginAllowed(request.headers, this.#origins)) return 403;
    const offered = request.headers['sec-websocket-protocol']?.split(',') ?? [];
    if (!offered.some((name) => name.trim() === RELAY_SUBPROTOCOL)) return 400;
    const full = this.#sessions.size >= this.#limits.connections;
    return full || this.#closing ? 503 : 101;
  }

  #open(webSocket: WebSocket, client: string): void {
    const started = performance.now();
    const session = new Session(webSocket, this.#forwarder, this.#flushQueue, this.#limits);
    this.#sessions.add(session);
    this.#log('connection opened', { client });
    webSocket.on('close', (code) => {
      this.#sessions.delete(session);
      const seconds = Math.round((performance.now() - started) / 1000);
      this.#log('connection closed', { client, code, seconds, ...session.counts });
      if (this.#sessions.size === 0) this.#whenAllGone?.();
    });
  }
}

function clientAddress(request: IncomingMessage): string {
  return truncateAddress(request.socket.remoteAddress);
}

/** `maxPendingAutoPongs` and `closeTimeout` are missing from the types of `ws`. */
function webSocketOptions(limits: Limits): ServerOptions {
  const options = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.messageBytes,
    maxFragments: limits.messageFragments,
    maxPendingAutoPongs: limits.pendingPongs,
    closeTimeout: limits.closeMs,
    handleProtocols: () => RELAY_SUBPROTOCOL,
  };
  return options;
}
