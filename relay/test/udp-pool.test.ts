import type { RelayStatus } from '@raida-wallet/protocol';
import { expect, it, onTestFinished, vi } from 'vitest';

import { Exchange, type ExchangeOwner } from '../src/exchange.ts';
import { withDefaults } from '../src/limits.ts';
import { UdpPools } from '../src/udp-pools.ts';
import { FakeRaida, replyTo } from './support/fake-raida.ts';
import { echoFrame } from './support/requests.ts';

/** Pools without a relay around them, for what a relay meets only when an address changes. */
async function setUpPools() {
  const [before, after] = await Promise.all([FakeRaida.start(0), FakeRaida.start(0)]);
  const settled: [number, RelayStatus][] = [];
  const pools = new UdpPools(1, withDefaults(), (exchange, status) => {
    settled.push([exchange.number, status]);
  });
  onTestFinished(async () => {
    pools.close();
    await Promise.all([before.stop(), after.stop()]);
  });
  const owner: ExchangeOwner = { open: new Set(), answer: () => undefined };
  const addressOf = ({ port }: FakeRaida) => ({ ip: '127.0.0.1', family: 4 as const, port });
  const addresses = { before: addressOf(before), after: addressOf(after) };
  const send = (number: number, to: 'before' | 'after'): void => {
    pools.send(new Exchange(owner, 0, number), echoFrame(0), addresses[to]);
  };
  return { before, after, pools, settled, send };
}

it('uses no free socket that is connected to an earlier address', async () => {
  const { before, after, pools, settled, send } = await setUpPools();
  send(1, 'before');
  await vi.waitFor(() => {
    expect(settled).toEqual([[1, 'ok']]);
  });
  send(2, 'after');
  await vi.waitFor(() => {
    expect(settled).toHaveLength(2);
  });
  expect([before.requests.length, after.requests.length]).toEqual([1, 1]);
  expect(pools.counts()).toEqual({ all: 1, byRaida: [1] });
});

it('closes a leased socket to an earlier address once it has its answer', async () => {
  const { before, after, pools, settled, send } = await setUpPools();
  let release = (): void => undefined;
  before.behaviour = ({ request, reply }) => {
    release = () => {
      reply(replyTo(request, 0));
    };
  };
  send(1, 'before');
  await before.received(1);
  send(2, 'after');
  await after.received(1);
  release();
  await vi.waitFor(() => {
    expect(settled).toHaveLength(2);
  });
  expect(pools.counts().all).toBe(1);
  send(3, 'after');
  await after.received(2);
  expect(before.requests).toHaveLength(1);
});
