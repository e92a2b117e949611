import { QUORUM, RAIDA_COUNT } from '@raida-wallet/protocol';
import * as v from 'valibot';

import { FETCH_TIMEOUT_MS } from './limits.ts';

/** What a relay says of its network (docs/relay.md). */
const NetworkSchema = v.object({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  coinId: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff)),
  quorum: v.literal(QUORUM),
  udpMaxBytes: v.pipe(v.number(), v.integer(), v.minValue(128), v.maxValue(1472)),
  servers: v.literal(RAIDA_COUNT),
  testCoinsUrl: v.optional(v.pipe(v.string(), v.url())),
});

export type Network = v.InferOutput<typeof NetworkSchema>;

/** The relay answered, but not with a network that this wallet can use. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

/** Rejects with NetworkError for good, with any other error when trying again may help. */
export async function fetchNetwork(origin: string): Promise<Network> {
  const response = await fetch(new URL('/network.json', origin), {
    cache: 'no-store',
    credentials: 'omit',
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the relay answered ${response.status}`);
  const parsed = v.safeParse(NetworkSchema, await response.json());
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? 'the answer';
  throw new NetworkError(
    `This wallet cannot use the relay's network (${where}: ${issue.message}). Use another relay.`,
  );
}

/** A preset of coins, freshly issued by a network that hands them out, as a coin file. */
export async function fetchTestCoins(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ preset: 'mix' }),
    credentials: 'omit',
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the network answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
