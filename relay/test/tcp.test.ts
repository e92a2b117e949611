import { expect, it, vi } from 'vitest';

import { replyTo } from './support/fake-raida.ts';
import { pownFrame, relayRequest } from './support/requests.ts';
import { setUp } from './support/setup.ts';

const byTcp = (exchange: number, raida = 0, deadlineMs = 10_000) =>
  relayRequest(exchange, raida, pownFrame(raida, 1000), { tcp: true, deadlineMs });

it('carries a frame that is too large for UDP, and an answer of several segments', async () => {
  const { raida, connect } = await setUp(1);
  raida[0]!.tcpBehaviour = (connection, request) => {
    connection.end(replyTo(request, 0, 5, 65_535));
  };
  const client = await connect();
  const request = byTcp(1);
  const [answer] = await client.ask(request);
  expect(raida[0]!.requests).toEqual([Buffer.from(request.frame)]);
  expect(answer).toMatchObject({ raida: 0, exchange: 1, status: 'ok' });
  expect(answer!.frame).toEqual(Buffer.from(replyTo(request.frame, 0, 5, 65_535)));
});

it('puts an answer together that comes byte by byte', async () => {
  const { raida, connect } = await setUp(1);
  raida[0]!.tcpBehaviour = (connection, request) => {
    connection.setNoDelay(true);
    const bytes = [...replyTo(request, 0, 5, 40)];
    const next = (): void => {
      const byte = bytes.shift();
      if (byte !== undefined) connection.write(Uint8Array.of(byte), () => setImmediate(next));
    };
    next();
  };
  const client = await connect();
  const request = byTcp(1);
  const [answer] = await client.ask(request);
  expect(answer!.frame).toEqual(Buffer.from(replyTo(request.frame, 0, 5, 40)));
});

it('returns the answer and closes, though the RAIDA goes on talking', async () => {
  const { raida, relay, connect } = await setUp(1);
  raida[0]!.tcpBehaviour = (connection, request) => {
    connection.write(Buffer.concat([replyTo(request, 0, 5, 4), Buffer.alloc(100_000, 0xaa)]));
  };
  const client = await connect();
  const [answer] = await client.ask(byTcp(1));
  expect(answer!.frame).toHaveLength(36);
  await vi.waitFor(() => {
    expect(raida[0]!.connections).toBe(0);
  });
  expect(relay.counts().open).toBe(0);
  expect(client.answers).toHaveLength(1);
});

it('gives up after the deadline on a RAIDA that accepts and never answers', async () => {
  const { raida, relay, connect } = await setUp(2);
  raida[0]!.tcpBehaviour = () => undefined;
  const client = await connect();
  const [silent, fine] = await client.ask(byTcp(1, 0, 250), byTcp(2, 1));
  expect([silent!.status, fine!.status]).toEqual(['timeout', 'ok']);
  expect(relay.counts().open).toBe(0);
  await vi.waitFor(() => {
    expect(raida[0]!.connections).toBe(0);
  });
});

it('says timeout when only half of an answer comes', async () => {
  const { raida, connect } = await setUp(1);
  raida[0]!.tcpBehaviour = (connection, request) => {
    connection.write(replyTo(request, 0, 5, 100).subarray(0, 80));
  };
  const client = await connect();
  const [answer] = await client.ask(byTcp(1, 0, 250));
  expect(answer).toMatchObject({ status: 'timeout' });
  expect(answer!.frame).toHaveLength(0);
});

it('says refused when nobody listens, or hangs up before the answer is whole', async () => {
  const { raida, connect } = await setUp(3);
  raida[0]!.tcp.close();
  raida[1]!.tcpBehaviour = (connection, request) => {
    connection.end(replyTo(request, 1, 5, 100).subarray(0, 80));
  };
  raida[2]!.tcpBehaviour = (connection) => {
    connection.resetAndDestroy();
  };
  const client = await connect();
  const answers = await client.ask(byTcp(1, 0), byTcp(2, 1), byTcp(3, 2));
  expect(answers.map(({ status }) => status)).toEqual(['refused', 'refused', 'refused']);
});

it('does not read an answer that announces more than the limit', async () => {
  const { raida, connect } = await setUp(1, { limits: { replyBodyBytes: 1000 } });
  raida[0]!.tcpBehaviour = (connection, request) => {
    connection.write(replyTo(request, 0, 5, 1001));
  };
  const client = await connect();
  const [answer] = await client.ask(byTcp(1));
  expect(answer).toMatchObject({ status: 'tooBig' });
  await vi.waitFor(() => {
    expect(raida[0]!.connections).toBe(0);
  });
});

it('says overload above the limit of TCP connections, and goes on when there is room', async () => {
  const { raida, connect } = await setUp(1, { limits: { tcpExchanges: 2 } });
  const held: (() => void)[] = [];
  raida[0]!.tcpBehaviour = (connection, request) => {
    held.push(() => {
      connection.end(replyTo(request, 0));
    });
    if (held.length >= 2) for (const release of held) release();
  };
  const client = await connect();
  const answers = await client.ask(byTcp(1), byTcp(2), byTcp(3));
  expect(answers.map(({ status }) => status)).toEqual(['ok', 'ok', 'overload']);
  const again = await client.ask(byTcp(4));
  expect(again.map(({ status }) => status)).toEqual(['ok']);
});

it('hangs up on the RAIDA when the client leaves', async () => {
  const { raida, relay, connect } = await setUp(1);
  const arrived = new Promise<void>((resolve) => {
    raida[0]!.tcpBehaviour = () => {
      resolve();
    };
  });
  const client = await connect();
  client.send(byTcp(1));
  await arrived;
  client.socket.terminate();
  await vi.waitFor(() => {
    expect(raida[0]!.connections).toBe(0);
    expect(relay.counts().open).toBe(0);
  });
});
