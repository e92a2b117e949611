import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Control, startControl } from '../src/control/server.ts';
import type { LocalNetwork } from '../src/network/local-network.ts';
import { startNetwork } from './support/network.ts';

/** What the control interface lets the pages do that a browser on this machine shows. */

let network: LocalNetwork;
let stopNetwork: () => Promise<void>;
let control: Control;

beforeAll(async () => {
  ({ network, stop: stopNetwork } = await startNetwork({ nodeCount: 2 }));
  control = await startControl(network, 0);
});
afterAll(async () => {
  await control.close();
  await stopNetwork();
});

async function call(method: string, path: string, body: unknown, headers: Record<string, string>) {
  const answer = await fetch(`http://127.0.0.1:${control.port}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await answer.arrayBuffer();
  return answer;
}

describe('pages', () => {
  const cors = 'access-control-allow-origin';

  test.each(['http://localhost:5173', 'http://127.0.0.1:8080', 'https://[::1]:1'])(
    'of this machine may get coins: %s',
    async (origin) => {
      const answer = await call('POST', '/coins', { preset: 'mix' }, { origin });
      expect([answer.status, answer.headers.get(cors)]).toEqual([200, origin]);
      expect(answer.headers.get('access-control-expose-headers')).toBe('content-disposition');
    },
  );

  test('ask first, and are told that they may', async () => {
    const answer = await call('OPTIONS', '/coins', undefined, {
      origin: 'http://localhost:5173',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    });
    expect([answer.status, answer.headers.get(cors)]).toEqual([204, 'http://localhost:5173']);
    expect(answer.headers.get('access-control-allow-methods')).toBe('POST');
    expect(answer.headers.get('access-control-allow-headers')).toBe('content-type');
  });

  test.each([
    'https://example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.nip.io',
    'null',
  ])('of others may not: %s', async (origin) => {
    const answer = await call('POST', '/coins', { preset: 'mix' }, { origin });
    expect([answer.status, answer.headers.get(cors)]).toEqual([403, null]);
  });

  test('may do nothing else, not even those of this machine', async () => {
    const origin = 'http://localhost:5173';
    for (const [method, path] of [
      ['POST', '/nodes/all/stop'],
      ['GET', '/nodes'],
      ['POST', '/reset-faults'],
    ]) {
      const answer = await call(method!, path!, undefined, { origin });
      expect([answer.status, answer.headers.get(cors)]).toEqual([403, null]);
    }
    expect(network.nodes.every(({ status }) => status.running)).toBe(true);
  });

  test.each([
    ['localhost:1', 200],
    ['[::1]', 200],
    ['127.0.0.2', 200],
    ['example.com', 403],
    ['127.0.0.1.example.com', 403],
    ['localhost@example.com', 403],
  ])('cannot point a name of their own here: Host %s is %d', async (host, expected) => {
    const status = await new Promise((resolve, reject) => {
      const options = { port: control.port, host: '127.0.0.1', path: '/nodes', headers: { host } };
      const sent = httpRequest(options, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on('error', reject);
      sent.end();
    });
    expect(status).toBe(expected);
  });
});
