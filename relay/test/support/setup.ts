import { onTestFinished } from 'vitest';

import type { LogFields } from '../../src/log.ts';
import { type Network, parseNetwork } from '../../src/network-file.ts';
import { type Relay, type RelayOptions, startRelay } from '../../src/relay.ts';
import { Client } from './client.ts';
import { FakeRaida } from './fake-raida.ts';
import { COIN_ID } from './requests.ts';

export interface Setup {
  readonly relay: Relay;
  readonly raida: readonly FakeRaida[];
  readonly logged: (LogFields & { readonly event: string })[];
  readonly connect: () => Promise<Client>;
}

export function networkOf(servers: Network['servers'], more: Partial<Network> = {}): Network {
  return parseNetwork(
    JSON.stringify({
      name: 'test network',
      coinId: COIN_ID,
      quorum: 1,
      udpMaxBytes: 1400,
      servers,
      ...more,
    }),
  );
}

/** A relay and its RAIDA, all of which end with the test. */
export async function setUp(count: number, options: Partial<RelayOptions> = {}): Promise<Setup> {
  const raida = await Promise.all(Array.from({ length: count }, (_, id) => FakeRaida.start(id)));
  const servers = raida.map(({ id, port }) => ({ id, host: '127.0.0.1', port }));
  const logged: Setup['logged'] = [];
  const relay = await startRelay({
    port: 0,
    allowPrivate: true,
    log: (event, fields = {}) => logged.push({ event, ...fields }),
    ...options,
    network: options.network ?? networkOf(servers),
    limits: { drainMs: 100, closeMs: 1000, ...options.limits },
  });
  onTestFinished(async () => {
    await relay.close();
    await Promise.all(raida.map((one) => one.stop()));
  });
  return { relay, raida, logged, connect: () => Client.connect(relay.port) };
}
