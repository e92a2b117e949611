import {
  decodeRelayRequests,
  encodeRelayAnswers,
  type RelayAnswer,
  type RelayRequest,
} from '@raida-wallet/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { MAX_RECONNECT_MS, RELAY_GRACE_MS, SWEEP_MS } from '../../src/ports/limits.ts';
import { RelayTransport } from '../../src/ports/relay-transport.ts';
import type { ExchangeResult } from '../../src/wallet/ports.ts';

/** A WebSocket whose other end is the test. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  binaryType = '';
  onopen = () => {};
  onclose = () => {};
  onmessage: (event: { readonly data: ArrayBuffer | string }) => void = () => {};
  readonly received: RelayRequest[] = [];
  readonly url: string;

  constructor(url: string) {
    this.url = url;
    FakeSocket.all.push(this);
  }

  open(): void {
    this.readyState = FakeSocket.OPEN;
    this.onopen();
  }

  send(bytes: Uint8Array): void {
    this.received.push(...decodeRelayRequests(bytes.slice()));
  }

  /** As a browser's: `onclose` comes later, and may come long after. */
  close(): void {
    this.readyState = 2;
  }

  answer(...answers: RelayAnswer[]): void {
    this.onmessage({ data: encodeRelayAnswers(answers).slice().buffer });
  }
}

/** Frames are sent through a real MessageChannel, which no fake clock moves. */
const realTurn = setImmediate;
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    // Messages of a port and immediates take turns: two of these let every message through.
    realTurn(() => realTurn(resolve));
  });

const DEADLINE_MS = 1_000;
const frame = new Uint8Array(50).fill(1);
const told: boolean[] = [];

beforeEach(() => {
  FakeSocket.all = [];
  told.length = 0;
  vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'performance'] });
  vi.stubGlobal('WebSocket', FakeSocket);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function open(): { readonly transport: RelayTransport; readonly socket: FakeSocket } {
  const transport = new RelayTransport('https://relay.example', (online) => told.push(online));
  const socket = FakeSocket.all[0]!;
  socket.open();
  return { transport, socket };
}

function ask(transport: RelayTransport, raida: number): Promise<ExchangeResult> {
  return transport.exchange({ raida, tcp: false, deadlineMs: DEADLINE_MS, frame });
}

/** Until what was asked now is overdue and has been looked for. */
const untilOverdue = (): void =>
  void vi.advanceTimersByTime(DEADLINE_MS + RELAY_GRACE_MS + SWEEP_MS);

test('an answer is matched by exchange and RAIDA, a status is a silence', async () => {
  const { transport, socket } = open();
  expect(socket.url).toBe('wss://relay.example/relay');
  const results = Promise.all([ask(transport, 3), ask(transport, 4), ask(transport, 5)]);
  await turn();
  const [first, second, third] = socket.received;
  const bytes = new Uint8Array(32).fill(7);
  socket.answer({ raida: 9, exchange: first!.exchange, status: 'ok', frame: new Uint8Array(32) });
  socket.answer(
    { raida: 5, exchange: third!.exchange, status: 'overload', frame: new Uint8Array() },
    { raida: 3, exchange: first!.exchange, status: 'ok', frame: bytes },
    { raida: 4, exchange: second!.exchange, status: 'timeout', frame: new Uint8Array() },
  );
  expect(await results).toEqual([
    { kind: 'reply', bytes },
    { kind: 'silence', why: 'timeout' },
    { kind: 'silence', why: 'busy' },
  ]);
  expect(told).toEqual([true]);
});

test('a relay that says nothing at all in time is left, and connected to again', async () => {
  const { transport, socket } = open();
  vi.advanceTimersByTime(1);
  const asked = ask(transport, 3);
  await turn();
  untilOverdue();
  expect(await asked).toEqual({ kind: 'silence', why: 'timeout' });
  expect(told).toEqual([true, false]);
  expect(socket.readyState).not.toBe(FakeSocket.OPEN);
  vi.advanceTimersByTime(MAX_RECONNECT_MS);
  expect(FakeSocket.all).toHaveLength(2);
  FakeSocket.all[1]!.open();
  expect(told).toEqual([true, false, true]);
});

test('a relay that has answered anything since is not: one exchange may be lost', async () => {
  const { transport, socket } = open();
  vi.advanceTimersByTime(1);
  const asked = Promise.all([ask(transport, 3), ask(transport, 4)]);
  await turn();
  const { exchange, raida } = socket.received[0]!;
  socket.answer({ raida, exchange, status: 'timeout', frame: new Uint8Array() });
  untilOverdue();
  expect(await asked).toEqual(new Array(2).fill({ kind: 'silence', why: 'timeout' }));
  expect(told).toEqual([true]);
});

test('a connection that takes long to open is waited for', async () => {
  const transport = new RelayTransport('https://relay.example', (online) => told.push(online));
  const asked = ask(transport, 3);
  await turn();
  untilOverdue();
  expect(await asked).toEqual({ kind: 'silence', why: 'timeout' });
  expect(told).toEqual([]);
  FakeSocket.all[0]!.open();
  const again = ask(transport, 3);
  await turn();
  const [request, ...more] = FakeSocket.all[0]!.received;
  expect(more).toEqual([]);
  FakeSocket.all[0]!.answer({ ...request!, status: 'ok', frame: new Uint8Array(32) });
  expect((await again).kind).toBe('reply');
  expect(told).toEqual([true]);
});

test('what is under way when a connection is lost is answered at once', async () => {
  const { transport, socket } = open();
  const asked = ask(transport, 3);
  await turn();
  socket.onclose();
  expect(await asked).toEqual({ kind: 'silence', why: 'offline' });
  expect(told).toEqual([true, false]);
});
