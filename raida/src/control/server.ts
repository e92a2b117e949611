import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { CONTROL_BODY_BYTES } from '../limits.ts';
import type { LocalNetwork } from '../network/local-network.ts';
import { ControlError } from './control-error.ts';
import { chooseNodes } from './node-ids.ts';
import { type Answer, type Route, ROUTES } from './routes.ts';

/**
 * The control interface: HTTP on loopback, for tests and for the wallet's "Get test coins". It can
 * do anything to the network, so it guards against the pages that a browser on this machine
 * shows: the Host header must name this machine (a page cannot point its own name here), and a
 * request that comes from a page is refused, but for `POST /coins` from a page of this machine.
 */

const HOST = '127.0.0.1';
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

export interface Control {
  readonly port: number;
  close(): Promise<void>;
}

/** Port 0 lets the system choose. */
export function startControl(network: LocalNetwork, port: number): Promise<Control> {
  const server = createServer((request, response) => {
    void answer(network, request, response);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const inUse = error.code === 'EADDRINUSE';
      const message = `port ${port} of ${HOST} is in use by another program: choose another --control-port`;
      reject(inUse ? new Error(message, { cause: error }) : error);
    });
    server.listen(port, HOST, () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

async function answer(
  network: LocalNetwork,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  try {
    const pathname = pathOf(request);
    const preflight = request.method === 'OPTIONS';
    const method = preflight ? request.headers['access-control-request-method'] : request.method;
    const { route, ids } = findRoute(method, pathname, response);
    admitPage(request, route, response);
    if (preflight) return void response.writeHead(204).end();
    const nodes = ids === null ? [] : chooseNodes(network.nodes, ids);
    send(response, await route.run({ network, nodes, body: await readBody(request) }));
  } catch (error) {
    sendError(response, error);
  }
}

/** The path, once it is clear that the request is meant for this machine. */
function pathOf(request: IncomingMessage): string {
  const url = `http://${request.headers.host ?? ''}`;
  if (!URL.canParse(url) || !LOOPBACK.test(new URL(url).hostname)) {
    throw new ControlError(403, 'host: must be localhost, 127.0.0.1 or [::1]');
  }
  return new URL(request.url ?? '/', url).pathname;
}

function findRoute(
  method: string | undefined,
  pathname: string,
  response: ServerResponse,
): { readonly route: Route; readonly ids: string | null } {
  const match = /^\/nodes\/([^/]+)(\/.+)$/.exec(pathname);
  const path = match ? `/nodes/{ids}${match[2]!}` : pathname;
  const routes = ROUTES.filter((route) => route.path === path);
  if (routes.length === 0) {
    const known = ROUTES.map((route) => `${route.method} ${route.path}`).join(', ');
    throw new ControlError(404, `there is no ${pathname}; there are ${known}`);
  }
  const route = routes.find((one) => one.method === method);
  if (!route) {
    const allowed = routes.map((one) => one.method).join(', ');
    response.setHeader('allow', allowed);
    throw new ControlError(405, `the method: must be ${allowed}`);
  }
  return { route, ids: match ? decodeURIComponent(match[1]!) : null };
}

/** Lets requests of programs pass, and those of pages only where the route allows it. */
function admitPage(request: IncomingMessage, route: Route, response: ServerResponse): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  const local = URL.canParse(origin) && LOOPBACK.test(new URL(origin).hostname);
  if (!route.fromPages || !local) {
    throw new ControlError(403, 'origin: pages may only POST /coins, and only from this machine');
  }
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('vary', 'origin');
  response.setHeader('access-control-allow-methods', route.method);
  response.setHeader('access-control-allow-headers', 'content-type');
  response.setHeader('access-control-allow-private-network', 'true');
  response.setHeader('access-control-expose-headers', 'content-disposition');
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > CONTROL_BODY_BYTES) {
      throw new ControlError(413, `the body: must have at most ${CONTROL_BODY_BYTES} bytes`);
    }
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function send(response: ServerResponse, answer: Answer): void {
  if ('coinFile' in answer) {
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${answer.name}"`,
    });
    response.end(answer.coinFile);
  } else {
    sendJson(response, 200, answer.json);
  }
}

function sendError(response: ServerResponse, error: unknown): void {
  const known = error instanceof ControlError;
  // A body that was not read to its end must not be taken for the next request.
  response.setHeader('connection', 'close');
  const message = error instanceof Error ? error.message : 'unknown error';
  sendJson(response, known ? error.status : 500, { error: message });
}

function sendJson(response: ServerResponse, status: number, json: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(json)}\n`);
}
