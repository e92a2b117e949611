import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished, vi } from 'vitest';

import { replyTo } from './support/fake-raida.ts';
import { echoFrame, pownFrame, relayRequest } from './support/requests.ts';
import { networkOf, setUp } from './support/setup.ts';

/** The first byte of the signature, where fake RAIDA put their marker. */
const MARKER_OFFSET = 16;

/** A RAIDA that says when it has a request, and answers only while this thread is blocked. */
const ANSWERING_THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('message', (request, { port, address }) => {
    parentPort.postMessage('received');
    Atomics.wait(workerData, 0, 0);
    const reply = Buffer.alloc(32);
    request.copy(reply, 6, 30, 32);
    socket.send(reply, port, address);
  });
  socket.bind(0, '127.0.0.1', () => parentPort.postMessage(socket.address().port));
`;

it('carries a frame to the RAIDA and its answer back, both unchanged', async () => {
  const { raida, connect } = await setUp(3);
  const client = await connect();
  const frame = pownFrame(2, 36);
  const [answer] = await client.ask(relayRequest(0xfffffffe, 2, frame));
  expect(raida[2]!.requests).toEqual([Buffer.from(frame)]);
  expect(answer).toMatchObject({ raida: 2, exchange: 0xfffffffe, status: 'ok' });
  expect(answer!.frame).toEqual(Buffer.from(replyTo(frame, 2)));
});

it('takes and gives many frames in a message', async () => {
  const { connect } = await setUp(25);
  const client = await connect();
  const requests = Array.from({ length: 200 }, (_, i) => relayRequest(i, i % 25));
  const answers = await client.ask(...requests);
  expect(answers.map(({ status }) => status)).toEqual(requests.map(() => 'ok'));
  expect(answers.map(({ raida }) => raida)).toEqual(requests.map(({ raida }) => raida));
  expect(client.answers).toHaveLength(200);
});

it('writes answers that are ready together as one message', async () => {
  const { raida, connect } = await setUp(1);
  const client = await connect();
  const held: (() => void)[] = [];
  raida[0]!.behaviour = ({ request, reply }) => {
    held.push(() => {
      reply(replyTo(request, 0));
    });
    if (held.length === 20) for (const release of held) release();
  };
  await client.ask(...Array.from({ length: 20 }, (_, i) => relayRequest(i, 0)));
  expect(client.messages).toHaveLength(1);
});

it('begins a further message when one has reached its size', async () => {
  const { connect } = await setUp(1, { limits: { answerMessageBytes: 100 } });
  const client = await connect();
  // Answers without a frame are 8 bytes each: 13 of them pass 100 bytes.
  await client.ask(...Array.from({ length: 30 }, (_, i) => relayRequest(i, 0, new Uint8Array(0))));
  expect(client.messages).toHaveLength(3);
  expect(client.answers.map(({ exchange }) => exchange)).toEqual([...Array(30).keys()]);
});

it('answers every request once, though a RAIDA answers it 100 times', async () => {
  const { raida, connect } = await setUp(1);
  raida[0]!.behaviour = ({ request, reply }) => {
    for (let i = 0; i < 100; i++) reply(replyTo(request, 0, i));
  };
  const client = await connect();
  const [first] = await client.ask(relayRequest(1, 0));
  expect(first!.frame[MARKER_OFFSET]).toBe(0);
  // The same socket again: 99 answers to request 1 were in it before the one to request 2.
  const [second] = await client.ask(relayRequest(2, 0));
  expect(second!.status).toBe('ok');
  expect(client.answers.map(({ exchange }) => exchange)).toEqual([1, 2]);
  // And that socket is free once, not 100 times: ten open exchanges have ten sockets.
  const node = raida[0]!;
  const held: (() => void)[] = [];
  node.behaviour = ({ request, reply }) => {
    held.push(() => {
      reply(replyTo(request, 0));
    });
    if (held.length === 10) for (const release of held) release();
  };
  await client.ask(...Array.from({ length: 10 }, (_, i) => relayRequest(10 + i, 0)));
  expect(new Set(node.sources.slice(-10)).size).toBe(10);
});

it('drops answers with another echo, of another RAIDA, and too short for a header', async () => {
  const { raida, connect } = await setUp(2);
  raida[0]!.behaviour = ({ request, reply }) => {
    const wrongEcho = replyTo(request, 0, 1);
    wrongEcho[7]! ^= 1;
    reply(wrongEcho);
    reply(replyTo(request, 1, 2));
    reply(replyTo(request, 0, 3).subarray(0, 31));
    reply(new Uint8Array(0));
    reply(replyTo(request, 0, 4));
  };
  const client = await connect();
  const [answer] = await client.ask(relayRequest(1, 0));
  expect(answer!.frame[MARKER_OFFSET]).toBe(4);
  expect(client.answers).toHaveLength(1);
});

it('never hears answers that come from elsewhere', async () => {
  const { raida, connect } = await setUp(1);
  const forger = createSocket('udp4');
  raida[0]!.behaviour = ({ request, source, reply }) => {
    forger.send(replyTo(request, 0, 66), source.port, source.address, () => {
      reply(replyTo(request, 0, 1));
    });
  };
  const client = await connect();
  for (let exchange = 0; exchange < 20; exchange++) {
    const [answer] = await client.ask(relayRequest(exchange, 0));
    expect(answer!.frame[MARKER_OFFSET]).toBe(1);
  }
  expect(client.answers).toHaveLength(20);
  forger.close();
});

it('says refused at once when nobody listens', async () => {
  const { raida, relay, connect } = await setUp(2);
  await raida[0]!.deafen();
  const client = await connect();
  const started = performance.now();
  const [refused, fine] = await client.ask(relayRequest(1, 0), relayRequest(2, 1));
  expect(refused).toMatchObject({ raida: 0, status: 'refused' });
  expect(refused!.frame).toHaveLength(0);
  expect(fine!.status).toBe('ok');
  expect(performance.now() - started).toBeLessThan(2000);
  expect(relay.counts()).toMatchObject({ open: 0, udpSockets: 1 });
});

it('says timeout after the deadline, and uses that socket never again', async () => {
  const { raida, relay, connect } = await setUp(1);
  const node = raida[0]!;
  const late: (() => void)[] = [];
  node.behaviour = ({ request, reply }) => {
    late.push(() => {
      reply(replyTo(request, 0, 66));
    });
  };
  const client = await connect();
  const started = performance.now();
  const [answer] = await client.ask(relayRequest(1, 0, echoFrame(0), { deadlineMs: 500 }));
  expect(answer).toMatchObject({ exchange: 1, status: 'timeout' });
  expect(performance.now() - started).toBeGreaterThanOrEqual(490);
  expect(relay.counts()).toMatchObject({ open: 0, udpSockets: 0 });

  node.behaviour = ({ request, reply }) => {
    for (const release of late) release();
    reply(replyTo(request, 0, 1));
  };
  const [next] = await client.ask(relayRequest(2, 0));
  expect(next!.frame[MARKER_OFFSET]).toBe(1);
  expect(node.sources[1]).not.toBe(node.sources[0]);
  expect(client.answers).toHaveLength(2);
});

it('leases a socket to one exchange at a time, and uses free ones again', async () => {
  const { raida, relay, connect } = await setUp(1);
  const node = raida[0]!;
  const client = await connect();
  const held: (() => void)[] = [];
  node.behaviour = ({ request, reply }) => {
    held.push(() => {
      reply(replyTo(request, 0));
    });
    if (held.length === 40) for (const release of held) release();
  };
  await client.ask(...Array.from({ length: 40 }, (_, i) => relayRequest(i, 0)));
  expect(new Set(node.sources).size).toBe(40);
  node.behaviour = ({ request, reply }) => {
    reply(replyTo(request, 0));
  };
  for (let i = 100; i < 120; i++) await client.ask(relayRequest(i, 0));
  const again = node.sources.slice(40);
  expect(again.every((port) => node.sources.slice(0, 40).includes(port))).toBe(true);
  // 20 draws from 40 at random: the same one each time has a chance of 40^-19.
  expect(new Set(again).size).toBeGreaterThan(1);
  expect(relay.counts().udpSockets).toBe(40);
});

it('says overload above the limits, and goes on when there is room', async () => {
  const { raida, relay, connect } = await setUp(2, {
    limits: { openExchangesPerConnection: 6, udpSocketsPerRaida: 4, udpSockets: 7 },
  });
  const answerAll = raida.map((node) => {
    const held: (() => void)[] = [];
    node.behaviour = ({ request, reply }) => {
      held.push(() => {
        reply(replyTo(request, node.id));
      });
    };
    return () => {
      for (const release of held.splice(0)) release();
    };
  });
  const [one, other] = await Promise.all([connect(), connect()]);
  one.send(...Array.from({ length: 6 }, (_, i) => relayRequest(i, 0)));
  expect((await one.answerTo(4)).status).toBe('overload');
  expect((await one.answerTo(5)).status).toBe('overload');
  one.send(...Array.from({ length: 3 }, (_, i) => relayRequest(10 + i, 1)));
  expect((await one.answerTo(12)).status).toBe('overload');
  other.send(relayRequest(1, 1), relayRequest(2, 1), relayRequest(3, 0));
  expect((await other.answerTo(2)).status).toBe('overload');
  expect((await other.answerTo(3)).status).toBe('overload');
  expect(relay.counts()).toMatchObject({ open: 7, udpSockets: 7 });
  await Promise.all([raida[0]!.received(4), raida[1]!.received(3)]);
  for (const release of answerAll) release();
  expect((await one.answerTo(0)).status).toBe('ok');
  expect((await other.answerTo(1)).status).toBe('ok');
  await vi.waitFor(() => {
    expect(relay.counts().open).toBe(0);
  });
});

it('says overload above the limit of all open exchanges together', async () => {
  const { raida, relay, connect } = await setUp(1, { limits: { openExchanges: 3 } });
  raida[0]!.behaviour = () => undefined;
  const [one, other] = await Promise.all([connect(), connect()]);
  one.send(relayRequest(1, 0), relayRequest(2, 0));
  await raida[0]!.received(2);
  other.send(relayRequest(1, 0), relayRequest(2, 0));
  expect((await other.answerTo(2)).status).toBe('overload');
  expect(relay.counts().open).toBe(3);
});

it('closes free sockets of another RAIDA when it needs room', async () => {
  const { relay, connect } = await setUp(2, { limits: { udpSockets: 4 } });
  const client = await connect();
  await client.ask(...Array.from({ length: 4 }, (_, i) => relayRequest(i, 0)));
  const answers = await client.ask(...Array.from({ length: 4 }, (_, i) => relayRequest(10 + i, 1)));
  expect(answers.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(relay.counts().udpSockets).toBe(4);
});

it('closes sockets that nobody used for a while', async () => {
  const { relay, connect } = await setUp(1, { limits: { udpSocketIdleMs: 50 } });
  const client = await connect();
  await client.ask(relayRequest(1, 0), relayRequest(2, 0));
  await vi.waitFor(() => {
    expect(relay.counts().udpSockets).toBe(0);
  });
  const [answer] = await client.ask(relayRequest(3, 0));
  expect(answer!.status).toBe('ok');
});

it('gives up the exchanges of a client that leaves, and closes their sockets', async () => {
  const { raida, relay, connect } = await setUp(1);
  const node = raida[0]!;
  const late: (() => void)[] = [];
  node.behaviour = ({ request, reply }) => {
    late.push(() => {
      reply(replyTo(request, 0, 66));
    });
  };
  const [leaver, other] = await Promise.all([connect(), connect()]);
  leaver.send(...Array.from({ length: 5 }, (_, i) => relayRequest(i, 0)));
  await node.received(5);
  expect(relay.counts()).toMatchObject({ open: 5, udpSockets: 5 });
  leaver.socket.terminate();
  await vi.waitFor(() => {
    expect(relay.counts()).toMatchObject({ open: 0, udpSockets: 0, connections: 1 });
  });
  for (const release of late) release();
  node.behaviour = ({ request, reply }) => {
    reply(replyTo(request, 0, 1));
  };
  const [answer] = await other.ask(relayRequest(1, 0));
  expect(answer!.frame[MARKER_OFFSET]).toBe(1);
  expect(other.answers).toHaveLength(1);
});

it('takes an answer that came in time, though the process was too busy to read it', async () => {
  const blocked = new Int32Array(new SharedArrayBuffer(4));
  const node = new Worker(ANSWERING_THREAD, { eval: true, workerData: blocked });
  onTestFinished(async () => {
    await node.terminate();
  });
  const [port] = (await once(node, 'message')) as [number];
  const network = networkOf([{ id: 0, host: '127.0.0.1', port }]);
  const { connect } = await setUp(0, { network });
  const client = await connect();
  const asked = client.ask(relayRequest(1, 0, echoFrame(0), { deadlineMs: 250 }));
  await once(node, 'message');
  // The answer lies in the kernel from the first notification on; nothing runs here for 700 ms.
  Atomics.store(blocked, 0, 1);
  Atomics.notify(blocked, 0);
  Atomics.wait(blocked, 0, 1, 700);
  expect((await asked)[0]!.status).toBe('ok');
});

it('survives a flood of datagrams to a socket that awaits nothing', async () => {
  const { raida, connect } = await setUp(1);
  const node = raida[0]!;
  const client = await connect();
  await client.ask(relayRequest(1, 0));
  const flood = Array.from({ length: 500 }, () => replyTo(new Uint8Array(32), 0));
  for (const datagram of flood) node.udp.send(datagram, node.sources[0], '127.0.0.1');
  const [answer] = await client.ask(relayRequest(2, 0));
  expect(answer!.status).toBe('ok');
  expect(client.answers).toHaveLength(2);
});
