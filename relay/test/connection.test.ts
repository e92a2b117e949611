import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect as connectTcp } from 'node:net';
import { encodeRelayRequests } from '@raida-wallet/protocol';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';

import { Client, handshakeStatus } from './support/client.ts';
import { replyTo } from './support/fake-raida.ts';
import { echoFrame, pownFrame, relayRequest } from './support/requests.ts';
import { setUp } from './support/setup.ts';

const ORIGIN = { allowed: new Set<string>(), allowNone: true };

it('speaks raida-relay.v1, without compression', async () => {
  const { connect } = await setUp(1);
  const client = await connect();
  expect(client.socket.protocol).toBe('raida-relay.v1');
  expect(client.socket.extensions).toBe('');
});

it('unmasks with native code', () => {
  const require = createRequire(import.meta.url);
  expect(require('bufferutil')).not.toBe(require('bufferutil/fallback.js'));
});

it('closes with 1003 on a text message', async () => {
  const { raida, connect } = await setUp(1);
  const client = await connect();
  client.socket.send('{"hello":"relay"}');
  expect(await client.closed).toBe(1003);
  expect(raida[0]!.requests).toHaveLength(0);
});

it('forwards nothing that comes after the message for which it closes', async () => {
  const { raida, connect } = await setUp(1);
  const [client, other] = await Promise.all([connect(), connect()]);
  client.socket.send('text');
  client.send(relayRequest(1, 0));
  expect(await client.closed).toBe(1003);
  expect((await other.ask(relayRequest(2, 0)))[0]!.status).toBe('ok');
  expect(raida[0]!.requests).toHaveLength(1);
});

it('gives up at once the exchanges of a client that it closes, and cuts it off soon', async () => {
  const { raida, relay, connect } = await setUp(1, { limits: { closeMs: 400 } });
  raida[0]!.behaviour = () => undefined;
  const client = await connect();
  client.send(relayRequest(1, 0));
  await raida[0]!.received(1);
  // From here on the client reads nothing, and so never answers the close.
  client.socket.pause();
  client.socket.send('text');
  await vi.waitFor(() => {
    expect(relay.counts()).toEqual({ connections: 1, open: 0, udpSockets: 0 });
  });
  await vi.waitFor(() => {
    expect(relay.counts().connections).toBe(0);
  }, 5000);
});

it('closes TCP connections above the limit', async () => {
  const { relay } = await setUp(1, { limits: { connections: 1, httpConnections: 1 } });
  const sockets = [];
  for (let i = 0; i < 3; i++) {
    const socket = connectTcp(relay.port, '127.0.0.1').resume();
    sockets.push(socket);
    await once(socket, 'connect');
  }
  await once(sockets[2]!, 'close');
  expect(sockets.map(({ closed }) => closed)).toEqual([false, false, true]);
  for (const socket of sockets) socket.destroy();
});

it('closes with 1009 on a message of 16 MiB, without waiting for its end', async () => {
  const { connect } = await setUp(1);
  const client = await connect();
  client.socket.send(new Uint8Array(16 * 1024 * 1024));
  expect(await client.closed).toBe(1009);
  const other = await connect();
  expect((await other.ask(relayRequest(1, 0)))[0]!.status).toBe('ok');
});

it('closes with 1009 on a message of exactly one byte too many', async () => {
  const { connect } = await setUp(1, { limits: { messageBytes: 1000 } });
  const [small, large] = await Promise.all([connect(), connect()]);
  const [answer] = await small.ask(relayRequest(1, 0, new Uint8Array(1000 - 8)));
  expect(answer!.status).toBe('malformed');
  large.send(relayRequest(1, 0, new Uint8Array(1001 - 8)));
  expect(await large.closed).toBe(1009);
});

it('reads a message that comes in fragments', async () => {
  const { connect } = await setUp(1);
  const client = await connect();
  const message = encodeRelayRequests([relayRequest(1, 0), relayRequest(2, 0)]);
  for (const byte of message.subarray(0, -1)) client.socket.send([byte], { fin: false });
  client.socket.send(message.subarray(-1), { fin: true });
  expect((await client.answerTo(1)).status).toBe('ok');
  expect((await client.answerTo(2)).status).toBe('ok');
});

it('closes on too many fragments, and on fragments that are too large together', async () => {
  const { connect } = await setUp(1, { limits: { messageFragments: 10, messageBytes: 1000 } });
  const [many, large] = await Promise.all([connect(), connect()]);
  for (let i = 0; i < 12; i++) many.socket.send([0], { fin: false });
  for (let i = 0; i < 5; i++) large.socket.send(new Uint8Array(300), { fin: false });
  expect(await many.closed).toBe(1008);
  expect(await large.closed).toBe(1009);
});

it('neither crashes nor forwards anything on garbage', async () => {
  const { raida, relay, connect } = await setUp(3);
  const witness = await connect();
  const good = [relayRequest(1, 0), relayRequest(2, 1, pownFrame(1, 3)), relayRequest(3, 2)];
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    // Nearly right: a truncated batch, or one whose structure a few bytes break.
    fc.nat(200).map((bytes) => encodeRelayRequests(good).subarray(0, bytes)),
    fc.uint8Array({ minLength: 16, maxLength: 16 }).map((start) => {
      const message = encodeRelayRequests(good);
      message.set(start);
      return message;
    }),
    // A right envelope around anything at all.
    fc
      .tuple(fc.nat(255), fc.boolean(), fc.uint8Array({ maxLength: 2000 }))
      .map(([number, tcp, frame]) =>
        encodeRelayRequests([relayRequest(1, number, frame, { tcp, deadlineMs: 250 })]),
      ),
  );
  await fc.assert(
    fc.asyncProperty(garbage, async (message) => {
      const client = await connect();
      client.socket.send(message);
      const answered = client.answerTo(1).then((answer) => answer.status);
      // A message that has the form of one is answered; any other ends the connection.
      const outcome = await Promise.race([client.closed, answered, once(client.socket, 'message')]);
      expect(outcome).not.toBe('ok');
      client.socket.terminate();
    }),
    { numRuns: 250 },
  );
  expect(raida.flatMap(({ requests }) => requests)).toEqual([]);
  expect((await witness.ask(relayRequest(9, 2)))[0]!.status).toBe('ok');
  await vi.waitFor(() => {
    expect(relay.counts()).toMatchObject({ connections: 1, open: 0 });
  });
});

it('closes with 1007 on what is no message', async () => {
  const { connect } = await setUp(1);
  for (const bytes of [[], [0], [0x21, 0, 0, 1, 0, 0, 0, 1], [0x13, 0, 0, 0]]) {
    const client = await connect();
    client.socket.send(Uint8Array.from(bytes));
    expect(await client.closed).toBe(1007);
  }
});

it('lets in pages of its own origin, and others only when told', async () => {
  const allowed = new Set(['https://wallet.example']);
  const { relay } = await setUp(1, { origins: { allowed, allowNone: false } });
  const { port } = relay;
  const host = `127.0.0.1:${port}`;
  const statusOf = (origin: string | undefined, headers = {}) =>
    handshakeStatus(port, origin === undefined ? { headers } : { origin, headers });
  expect(await statusOf(`http://${host}`)).toBe(101);
  expect(await statusOf('https://wallet.example')).toBe(101);
  expect(await statusOf('https://mine.example', { host: 'mine.example' })).toBe(101);
  expect(await statusOf('https://mine.example:443', { host: 'mine.example' })).toBe(101);
  expect(await statusOf(undefined)).toBe(403);
  expect(await statusOf('null')).toBe(403);
  expect(await statusOf('https://evil.example')).toBe(403);
  expect(await statusOf(`http://127.0.0.1:${port + 1}`)).toBe(403);
  expect(await statusOf('http://wallet.example')).toBe(403);
  expect(await statusOf(`file://${host}`)).toBe(403);
  expect(await statusOf(`ftp://${host}`)).toBe(403);
});

it('lets in clients without an origin when told', async () => {
  const { relay } = await setUp(1, { origins: ORIGIN });
  expect(await handshakeStatus(relay.port, {})).toBe(101);
  expect(await handshakeStatus(relay.port, { origin: 'https://evil.example' })).toBe(403);
});

it('wants the subprotocol, the path, and room', async () => {
  const { relay } = await setUp(1, { origins: ORIGIN, limits: { connections: 1 } });
  const { port } = relay;
  expect(await handshakeStatus(port, {}, { protocols: [] })).toBe(400);
  expect(await handshakeStatus(port, {}, { protocols: ['chat'] })).toBe(400);
  expect(await handshakeStatus(port, {}, { path: '/elsewhere' })).toBe(404);
  const client = await Client.connect(port, {}, ['chat', 'raida-relay.v1']);
  expect(client.socket.protocol).toBe('raida-relay.v1');
  expect(await handshakeStatus(port, {})).toBe(503);
  await client.close();
  await vi.waitFor(async () => {
    expect(await handshakeStatus(port, {})).toBe(101);
  });
});

it('drops answers that a client does not read, and serves others meanwhile', async () => {
  const { raida, relay, logged, connect } = await setUp(1, {
    limits: { outboundBufferBytes: 200_000 },
  });
  raida[0]!.tcpBehaviour = (connection, request) => {
    connection.end(replyTo(request, 0, 0, 65_535));
  };
  const [slow, other] = await Promise.all([connect(), connect()]);
  slow.socket.pause();
  const rounds = 400;
  for (let exchange = 0; exchange < rounds; exchange++) {
    slow.send(relayRequest(exchange, 0, echoFrame(0), { tcp: true }));
    await raida[0]!.received(exchange + 1);
  }
  await vi.waitFor(() => {
    expect(relay.counts().open).toBe(0);
  });
  expect((await other.ask(relayRequest(1, 0)))[0]!.status).toBe('ok');
  slow.socket.terminate();
  await vi.waitFor(() => {
    const end = logged.find(({ event }) => event === 'connection closed');
    expect(end?.['dropped']).toBeGreaterThan(0);
    expect(Number(end?.['dropped']) + Number(end?.['answers'])).toBe(rounds);
  });
});

it('cuts off a client that gives no sign of life, and keeps one that does', async () => {
  const { relay, connect } = await setUp(1, { limits: { heartbeatMs: 100 } });
  const [dead, alive] = await Promise.all([connect(), connect()]);
  let pings = 0;
  alive.socket.on('ping', () => {
    pings += 1;
  });
  dead.socket.pause();
  await vi.waitFor(() => {
    expect(relay.counts().connections).toBe(1);
    expect(pings).toBeGreaterThan(4);
  });
  expect((await alive.ask(relayRequest(1, 0)))[0]!.status).toBe('ok');
});

it('cuts off a client that pings and never reads', async () => {
  const { relay, connect } = await setUp(1);
  const [flooder, other] = await Promise.all([connect(), connect()]);
  flooder.socket.pause();
  const payload = new Uint8Array(125);
  for (let i = 0; i < 100_000; i++) flooder.socket.ping(payload);
  await vi.waitFor(() => {
    expect(relay.counts().connections).toBe(1);
  });
  expect((await other.ask(relayRequest(1, 0)))[0]!.status).toBe('ok');
});

it('closes a socket that never finishes its handshake', async () => {
  const { relay, connect } = await setUp(1, { limits: { handshakeMs: 200 } });
  const silent = connectTcp(relay.port, '127.0.0.1');
  const halfway = connectTcp(relay.port, '127.0.0.1');
  halfway.write('GET /relay HTTP/1.1\r\nHost: x\r\n');
  const client = await connect();
  for (const socket of [silent, halfway]) {
    socket.resume();
    await once(socket, 'close');
  }
  expect((await client.ask(relayRequest(1, 0)))[0]!.status).toBe('ok');
});

it('answers new requests with overload while it drains, and then closes with 1001', async () => {
  const { raida, relay, connect } = await setUp(1, { limits: { drainMs: 10_000 } });
  const client = await connect();
  let release = (): void => undefined;
  const arrived = new Promise<void>((resolve) => {
    raida[0]!.behaviour = ({ request, reply }) => {
      release = () => {
        reply(replyTo(request, 0));
      };
      resolve();
    };
  });
  client.send(relayRequest(1, 0));
  await arrived;
  const closed = relay.close();
  const [late] = await client.ask(relayRequest(2, 0));
  expect(late!.status).toBe('overload');
  release();
  expect((await client.answerTo(1)).status).toBe('ok');
  expect(await client.closed).toBe(1001);
  await closed;
  expect(relay.counts()).toEqual({ connections: 0, open: 0, udpSockets: 0 });
});

it('refuses a handshake that was begun before it drains', async () => {
  const { raida, relay, connect } = await setUp(1, { limits: { drainMs: 10_000 } });
  const { port } = relay;
  const client = await connect();
  const release = new Promise<() => void>((resolve) => {
    raida[0]!.behaviour = ({ request, reply }) => {
      resolve(() => {
        reply(replyTo(request, 0));
      });
    };
  });
  const begun = connectTcp(port, '127.0.0.1');
  await once(begun, 'connect');
  begun.write(`GET /relay HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`);
  client.send(relayRequest(1, 0));
  const answer = await release;
  const closed = relay.close();
  begun.write(
    `Origin: http://127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Protocol: raida-relay.v1\r\n\r\n',
  );
  const [line] = (await once(begun, 'data')) as [Buffer];
  expect(line.toString()).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/);
  answer();
  expect(await client.closed).toBe(1001);
  await closed;
});

it('does not wait longer than the limit for exchanges to end', async () => {
  const { raida, relay, connect } = await setUp(1, { limits: { drainMs: 50 } });
  const client = await connect();
  raida[0]!.behaviour = () => undefined;
  client.send(relayRequest(1, 0));
  await raida[0]!.received(1);
  await relay.close();
  expect(await client.closed).toBe(1001);
  expect(client.answers).toEqual([]);
  expect(relay.counts()).toEqual({ connections: 0, open: 0, udpSockets: 0 });
});
