import { COMMANDS, STATUS, toHex } from '@raida-wallet/protocol';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LocalNetwork } from '../src/network/local-network.ts';
import { FaultInjector, NO_FAULTS } from '../src/transport/faults.ts';
import { TcpServer } from '../src/transport/tcp-server.ts';
import { frameOf, readAnswer, secret, token } from './support/node.ts';
import { HOST, startNetwork, tcp, udp, udpAnswers } from './support/network.ts';

let network: LocalNetwork;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ network, stop } = await startNetwork({ nodeCount: 1 }));
});
afterAll(() => stop());
afterEach(async () => {
  network.resetFaults();
  await network.nodes[0]!.start();
});

const A = token(1);
const port = () => network.nodes[0]!.address.port;
const echo = () => frameOf(COMMANDS.echo, {}, { raida: 0 });
const setFaults = (faults: Partial<typeof NO_FAULTS>) => {
  network.nodes[0]!.faults.faults = { ...NO_FAULTS, ...faults };
};

const KEY = token(900, 'key');

/** A POWN of A from what the node holds to a new AN, encrypted. */
async function pownFrame(to: string) {
  await network.write([A, KEY].map((one) => ({ raida: 0, token: one, an: one.an })));
  return frameOf(COMMANDS.pown, { tokens: [{ ...A, pan: secret(to) }] }, { raida: 0, key: KEY });
}

test('an encrypted request is answered by both, under its key', async () => {
  await network.write([{ raida: 0, token: KEY, an: KEY.an }]);
  for (const exchange of [udp, tcp]) {
    const frame = frameOf(COMMANDS.version, {}, { raida: 0, key: KEY });
    const { worth, body } = readAnswer(await exchange(port(), frame), frame, KEY);
    expect([worth, new TextDecoder().decode(body)]).toEqual(['authentic', '20250323']);
  }
});

describe('TCP, at the port of UDP', () => {
  test('one request is answered, then the node closes', async () => {
    const frame = echo();
    const answer = readAnswer(await tcp(port(), frame), frame);
    expect([answer.status, answer.worth]).toEqual([STATUS.success, 'authentic']);
  });

  test('a request may come in any pieces', async () => {
    const frame = frameOf(COMMANDS.detect, { tokens: [A, token(2)] }, { raida: 0 });
    const cuts = [frame.slice(0, 1), frame.slice(1, 31), frame.slice(31, 40), frame.slice(40)];
    const answer = readAnswer(await tcp(port(), ...cuts), frame);
    expect(answer.worth).toBe('authentic');
  });

  test('the largest request that there is', async () => {
    const tokens = Array.from({ length: 3119 }, (_, i) => token(i));
    await network.write(tokens.slice(1).map((one) => ({ raida: 0, token: one, an: one.an })));
    await network.write([{ raida: 0, token: tokens[0]!, an: null }]);
    const frame = frameOf(COMMANDS.detect, { tokens }, { raida: 0 });
    expect(frame.length).toBeGreaterThan(65_500);
    const { status, body } = readAnswer(await tcp(port(), frame), frame);
    expect([status, body.length, body[0]]).toEqual([STATUS.mixed, 390, 0xfe]);
  });

  test('what follows the first request is not answered', async () => {
    const frame = echo();
    expect((await tcp(port(), Buffer.concat([frame, echo()]))).length).toBe(32);
  });

  test('a bad request gets its status', async () => {
    const frame = echo();
    frame[2] = 9;
    const { status } = readAnswer(await tcp(port(), frame), frame);
    expect(status).toBe(STATUS.badRaidaId);
  });

  test('a connection that ends too early is closed without an answer', async () => {
    const socket = connect(port(), HOST);
    socket.end(echo().slice(0, 40));
    socket.resume();
    await once(socket, 'close');
    expect(socket.bytesRead).toBe(0);
  });

  test('a connection that says nothing, and one that trickles, are closed', async () => {
    const endpoint = {
      handle: () => null,
      faults: new FaultInjector(Math.random),
      isSilent: () => false,
    };
    const idle = await TcpServer.listen({ host: HOST, port: 0 }, endpoint, {
      idleMs: 50,
      totalMs: 400,
    });
    const silent = connect(idle.port, HOST);
    silent.resume();
    await once(silent, 'close');

    const trickling = connect(idle.port, HOST);
    trickling.resume();
    const drip = setInterval(() => trickling.write('x'), 20);
    trickling.on('error', () => undefined);
    await once(trickling, 'close');
    clearInterval(drip);
    expect(trickling.bytesWritten).toBeGreaterThan(1);
    await idle.close();
  });
});

describe('UDP', () => {
  test('a datagram above 1440 bytes, or below a header, gets no answer', async () => {
    const tokens = Array.from({ length: 66 }, (_, i) => token(i));
    const large = frameOf(COMMANDS.detect, { tokens }, { raida: 0 });
    expect(large.length).toBe(1436);
    expect(readAnswer(await udp(port(), large), large).worth).toBe('authentic');
    const tooLarge = new Uint8Array(1441);
    tooLarge.set(large);
    expect(await udpAnswers(port(), tooLarge, 1, 100)).toEqual([]);
    expect(await udpAnswers(port(), large.slice(0, 31), 1, 100)).toEqual([]);
  });

  test('many at once are all answered', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const frame = echo();
        return readAnswer(await udp(port(), frame), frame).worth;
      }),
    );
    expect(new Set(answers)).toEqual(new Set(['authentic']));
  });

  test('a node that is stopped refuses, and answers again when started', async () => {
    const [node] = network.nodes;
    const before = port();
    await node!.stop();
    await expect(udp(before, echo())).rejects.toThrow('ECONNREFUSED');
    await expect(tcp(before, echo())).rejects.toThrow('ECONNREFUSED');
    await node!.start();
    expect(port()).toBe(before);
    expect((await udp(before, echo())).length).toBe(32);
  });

  test('starts and stops that come at once happen one after the other', async () => {
    const node = network.nodes[0]!;
    await Promise.all([node.stop(), node.start(), node.start(), node.stop(), node.start()]);
    expect(node.status.running).toBe(true);
    expect((await udp(port(), echo())).length).toBe(32);
  });

  test('a silent one answers nothing and refuses nobody', async () => {
    await network.nodes[0]!.silence();
    expect(await udpAnswers(port(), echo(), 1, 100)).toEqual([]);
    const connection = connect(port(), HOST);
    // The node ends it with a reset, because it has not read the request.
    connection.on('error', () => undefined);
    connection.write(echo());
    await once(connection, 'connect');
    const closed = new Promise((resolve) => connection.once('close', resolve));
    await network.nodes[0]!.stop();
    await closed;
    expect(connection.bytesRead).toBe(0);
  });
});

describe('faults', () => {
  test('a request that is dropped changes nothing', async () => {
    const frame = await pownFrame('dropped');
    setFaults({ dropRequests: 1 });
    expect(await udpAnswers(port(), frame, 1, 100)).toEqual([]);
    expect(await tcp(port(), frame)).toEqual(new Uint8Array(0));
    expect(network.read(0, A)).toEqual(A.an);
  });

  test('a reply that is dropped leaves the change', async () => {
    const frame = await pownFrame('done');
    setFaults({ dropReplies: 1 });
    expect(await udpAnswers(port(), frame, 1, 100)).toEqual([]);
    await expect.poll(() => toHex(network.read(0, A)!)).toBe(toHex(secret('done')));
    expect(await tcp(port(), frame)).toEqual(new Uint8Array(0));
  });

  test('a request that comes twice passes, then fails', async () => {
    const frame = await pownFrame('twice');
    setFaults({ duplicate: 1 });
    const answers = await udpAnswers(port(), frame, 4);
    const read = answers.map((answer) => readAnswer(answer, frame, KEY));
    expect(read.map(({ status }) => status).sort()).toEqual([241, 241, 242, 242]);
    expect(read.every(({ worth }) => worth === 'authentic')).toBe(true);
    expect(network.read(0, A)).toEqual(secret('twice'));
  });

  test('a delay is kept to, before or after the request is carried out', async () => {
    setFaults({ delayMs: [60, 80] });
    for (const exchange of [udp, tcp]) {
      const startedAt = performance.now();
      await exchange(port(), echo());
      expect(performance.now() - startedAt).toBeGreaterThan(55);
    }
  });

  test('a datagram is overtaken by the next one, or comes late when there is none', () => {
    let chance = 0;
    const faults = new FaultInjector(() => chance);
    faults.faults = { ...NO_FAULTS, reorder: 0.5 };
    const order: string[] = [];
    faults.pass('request', 0, () => order.push('first'));
    expect(order).toEqual([]);
    chance = 0.9;
    faults.pass('reply', 0, () => order.push('a reply is another matter'));
    faults.pass('request', 0, () => order.push('second'));
    expect(order).toEqual(['a reply is another matter', 'second', 'first']);
  });

  test('reordering alone loses nothing', async () => {
    setFaults({ reorder: 1 });
    expect((await udp(port(), echo())).length).toBe(32);
  });

  test('shares are those that were asked for', () => {
    let draws = 0;
    const faults = new FaultInjector(() => (draws++ % 1000) / 1000);
    faults.faults = { ...NO_FAULTS, dropRequests: 0.3 };
    let passed = 0;
    // Each datagram draws once to be dropped; one with no other faults draws no more.
    for (let i = 0; i < 1000; i++) faults.pass('request', 0, () => (passed += 1));
    expect(passed).toBe(700);
  });

  test('what is on its way when a node stops never arrives', async () => {
    const frame = await pownFrame('late');
    setFaults({ delayMs: [200, 200] });
    const answers = udpAnswers(port(), frame, 1, 400).catch(() => []);
    await expect.poll(() => network.nodes[0]!.faults.waiting).toBe(1);
    await network.nodes[0]!.stop();
    expect(network.nodes[0]!.faults.waiting).toBe(0);
    expect(await answers).toEqual([]);
  });
});
