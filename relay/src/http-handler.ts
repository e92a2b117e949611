import { existsSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { RELAY_PATH } from '@raida-wallet/protocol';
import sirv from 'sirv';

import { ConfigError } from './config-error.ts';
import type { Network } from './network-file.ts';
import { isOriginAllowed, type OriginPolicy } from './origin.ts';
import { securityHeaders } from './security-headers.ts';

/** Vite puts a hash of the contents into the name of every file here. */
const HASHED_FILES = '/assets/';
const CACHE_FOREVER = 'public, max-age=31536000, immutable';
const CACHE_NEVER = 'no-store';
/** May be kept, must be asked for again: an update reaches everyone at once. */
const CACHE_CHECKED = 'no-cache';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface Served {
  readonly network: Network;
  readonly walletFolder?: string | undefined;
  readonly walletRelays?: readonly string[];
}

/** All that we answer by plain HTTP. */
export function createHttpHandler(
  { network, walletFolder, walletRelays = [] }: Served,
  policy: OriginPolicy,
): RequestListener {
  const headers = securityHeaders(network.testCoinsUrl, walletRelays);
  const description = describeNetwork(network, walletRelays);
  const serveFile = walletFolder === undefined ? notFound : serveWallet(walletFolder);
  return (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return sendText(response, 405, 'method not allowed\n');
    }
    const [path] = (request.url ?? '').split('?');
    switch (path) {
      case '/healthz':
        return sendText(response, 200, 'ok\n');
      case '/network.json':
        allowCrossOrigin(request, response, policy);
        return send(response, 200, 'application/json', description);
      case RELAY_PATH:
        response.setHeader('upgrade', 'websocket');
        return sendText(response, 426, 'a WebSocket endpoint\n');
      default:
        return serveFile(request, response);
    }
  };
}

/** What a wallet must know of the network. Never the addresses. */
function describeNetwork({ servers, ...rest }: Network, relays: readonly string[]): string {
  const { name, coinId, quorum, udpMaxBytes, testCoinsUrl } = rest;
  return JSON.stringify({
    name,
    coinId,
    quorum,
    udpMaxBytes,
    servers: servers.length,
    ...(testCoinsUrl === undefined ? {} : { testCoinsUrl }),
    ...(relays.length === 0 ? {} : { relays }),
  });
}

/** A wallet that uses several relays reads the description of each. */
function allowCrossOrigin(
  request: IncomingMessage,
  response: ServerResponse,
  policy: OriginPolicy,
): void {
  const { origin } = request.headers;
  response.setHeader('vary', 'origin');
  if (origin === undefined || !isOriginAllowed(request.headers, policy)) return;
  response.setHeader('access-control-allow-origin', origin);
}

function serveWallet(folder: string): Handler {
  if (!existsSync(join(folder, 'index.html'))) {
    throw new ConfigError(`--serve-wallet: no index.html in ${folder}; \`npm run build\` makes it`);
  }
  const serve = sirv(folder, {
    etag: true,
    brotli: true,
    gzip: true,
    onNoMatch: notFound,
    setHeaders: (response, path) => {
      const hashed = path.startsWith(HASHED_FILES);
      response.setHeader('cache-control', hashed ? CACHE_FOREVER : CACHE_CHECKED);
    },
  });
  return (request, response) => serve(request, response);
}

function notFound(_request: IncomingMessage, response: ServerResponse): void {
  sendText(response, 404, 'not found\n');
}

function sendText(response: ServerResponse, status: number, body: string): void {
  send(response, status, 'text/plain; charset=utf-8', body);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.setHeader('content-type', type);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.setHeader('cache-control', CACHE_NEVER);
  response.statusCode = status;
  // Node leaves the body of an answer to HEAD out by itself.
  response.end(body);
}
