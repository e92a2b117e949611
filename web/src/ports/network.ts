import { QUORUM, RAIDA_COUNT } from '@raida-wallet/protocol';

import { FETCH_TIMEOUT_MS } from './limits.ts';

/** What a relay says of its network (docs/relay.md). */
export interface Network {
  readonly name: string;
  readonly coinId: number;
  readonly udpMaxBytes: number;
  /** Where new coins are handed out, on a network for tests. */
  readonly testCoinsUrl: string | null;
}

/** What each field must be. A validation library would be a tenth of the worker's size. */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: (value) => typeof value === 'string' && value.length > 0 && value.length <= 100,
  coinId: (value) => isWholeNumber(value, 0, 0xffff),
  quorum: (value) => value === QUORUM,
  udpMaxBytes: (value) => isWholeNumber(value, 128, 1472),
  servers: (value) => value === RAIDA_COUNT,
  testCoinsUrl: (value) => value === undefined || isWebAddress(value),
};

function isWholeNumber(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
}

function isWebAddress(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value);
}

/** Throws NetworkError, naming the field that this wallet cannot work with. */
export function parseNetwork(value: unknown): Network {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Partial<
    Record<string, unknown>
  >;
  for (const [field, isGood] of Object.entries(FIELDS)) {
    if (isGood(fields[field])) continue;
    throw new NetworkError(
      `This wallet cannot work with the relay's network: its "${field}" is not what it must be. ` +
        'Use another relay.',
    );
  }
  const { name, coinId, udpMaxBytes, testCoinsUrl } = fields as unknown as Network;
  return { name, coinId, udpMaxBytes, testCoinsUrl: testCoinsUrl ?? null };
}

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
  return parseNetwork(await response.json());
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
