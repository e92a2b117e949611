import { expect, test } from 'vitest';

import type { Ask, Outcome } from '../../src/wallet/ask.ts';
import type { Exchange, ExchangeResult, TransportPort } from '../../src/wallet/ports.ts';
import { Requester } from '../../src/wallet/requester.ts';
import { WINDOW_PER_RAIDA } from '../../src/wallet/limits.ts';

const clock = { now: () => 0, steadyMs: () => 0, sleep: () => new Promise<void>(() => undefined) };
const random = { fill: (bytes: Uint8Array) => bytes.fill(7) };
const network = { coinId: 6, udpMaxBytes: 1400 };
const TOKEN = { dn: 1, sn: 5 };

function requester(exchange: () => Promise<ExchangeResult>): Requester {
  return new Requester({ transport: { exchange }, clock, random }, network);
}

function proofs(count: number): Ask[] {
  const candidates = [{ row: 0, secret: new Uint8Array(16).fill(3) }];
  return Array.from({ length: count }, () => ({
    kind: 'prove',
    raida: 4,
    token: TOKEN,
    candidates,
  }));
}

test.each([true, false])(
  'a transport that breaks its promise is told (patient: %s)',
  async (patient) => {
    const broken = requester(() => Promise.reject(new Error('the transport broke')));
    await expect(broken.ask(proofs(1), patient, () => undefined)).rejects.toThrow(
      'transport broke',
    );
  },
);

test('whoever carried a reply that is not from the RAIDA is told, once for each', async () => {
  const forged: ExchangeResult[] = [
    { kind: 'reply', bytes: new Uint8Array(7) },
    { kind: 'reply', bytes: new Uint8Array(32).fill(9) },
  ];
  const sent: Exchange[] = [];
  const distrusted: Exchange[] = [];
  const transport: TransportPort = {
    exchange: (exchange) => Promise.resolve(forged[sent.push(exchange) % forged.length]!),
    distrust: (exchange) => distrusted.push(exchange),
  };
  const outcomes: Outcome[] = [];
  await new Requester({ transport, clock, random }, network).ask(proofs(1), true, (_, outcome) =>
    outcomes.push(outcome),
  );
  expect(outcomes).toEqual([{ kind: 'silent' }]);
  expect(sent.length).toBeGreaterThan(1);
  expect(distrusted).toEqual(sent);
});

test('no more than the window is under way at one RAIDA, and all are settled in the end', async () => {
  let underWay = 0;
  let most = 0;
  const outcomes: Outcome[] = [];
  const slow = requester(async () => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay--;
    return { kind: 'silence', why: 'timeout' };
  });
  await slow.ask(proofs(5 * WINDOW_PER_RAIDA), true, (_, outcome) => outcomes.push(outcome));
  expect(most).toBe(WINDOW_PER_RAIDA);
  expect(outcomes).toEqual(new Array(5 * WINDOW_PER_RAIDA).fill({ kind: 'silent' }));
});

test('stopped: what is under way ends, what waits is silent without being sent', async () => {
  let sent = 0;
  const halting = requester(() => {
    sent++;
    halting.stop();
    return Promise.resolve({ kind: 'silence', why: 'timeout' });
  });
  const outcomes: Outcome[] = [];
  await halting.ask(proofs(3 * WINDOW_PER_RAIDA), true, (_, outcome) => outcomes.push(outcome));
  expect(sent).toBeLessThanOrEqual(WINDOW_PER_RAIDA);
  expect(outcomes).toHaveLength(3 * WINDOW_PER_RAIDA);
});
