import { QUORUM, RAIDA_COUNT } from '@raida-wallet/protocol';

import { FETCH_TIMEOUT_MS, MAX_RELAYS } from './limits.ts';

/** What a relay says of its network (docs/relay.md). */
export interface Network {
  readonly name: string;
  readonly coinId: number;
  readonly udpMaxBytes: number;
  /** Where new coins are handed out, on a network for tests. */
  readonly testCoinsUrl: string | null;
  /** Origins of the relays to use, sorted: which one carries what depends on their order. */
  readonly relays: readonly string[];
}

/** What each field must be. A validation library would be a tenth of the worker's size. */
const FIELDS: Readonly<Record<string, (value: unknown, pageOrigin: string) => boolean>> = {
  name: (value) => typeof value === 'string' && value.length > 0 && value.length <= 100,
  coinId: (value) => isWholeNumber(value, 0, 0xffff),
  quorum: (value) => value === QUORUM,
  udpMaxBytes: (value) => isWholeNumber(value, 128, 1472),
  servers: (value) => value === RAIDA_COUNT,
  testCoinsUrl: (value) => value === undefined || isWebAddress(value),
  relays: (value, pageOrigin) => value === undefined || areRelays(value, pageOrigin),
};

function isWholeNumber(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
}

function isWebAddress(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value);
}

/**
 * The same relay twice would be taken for two, and carry more than one may (WALLET.md, I8). And a
 * browser lets no page that came encrypted speak in the clear.
 */
function areRelays(value: unknown, pageOrigin: string): boolean {
  if (!Array.isArray(value) || value.length < 1 || value.length > MAX_RELAYS) return false;
  const isRelay = (relay: unknown): boolean =>
    isWebAddress(relay) &&
    `${originOf(relay)}/` === new URL(relay).href &&
    (originOf(relay).startsWith('https:') || !pageOrigin.startsWith('https:'));
  return value.every(isRelay) && new Set(value.map(originOf)).size === value.length;
}

function originOf(url: string): string {
  return new URL(url).origin;
}

/**
 * What the page's own origin has said of its network. Throws NetworkError, naming the field that
 * this wallet cannot work with.
 */
export function parseNetwork(value: unknown, pageOrigin: string): Network {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Partial<
    Record<string, unknown>
  >;
  for (const [field, isGood] of Object.entries(FIELDS)) {
    if (isGood(fields[field], pageOrigin)) continue;
    throw new NetworkError(
      `This wallet cannot work with the relay's network: its "${field}" is not what it must be. ` +
        'Use another relay.',
    );
  }
  const { name, coinId, udpMaxBytes, testCoinsUrl, relays } = fields as unknown as Said;
  return {
    name,
    coinId,
    udpMaxBytes,
    testCoinsUrl: testCoinsUrl ?? null,
    relays: (relays ?? [pageOrigin]).map(originOf).sort(),
  };
}

/** What FIELDS has checked. */
type Said = Omit<Network, 'testCoinsUrl' | 'relays'> & {
  readonly testCoinsUrl?: string;
  readonly relays?: readonly string[];
};

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
  return parseNetwork(await response.json(), origin);
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
