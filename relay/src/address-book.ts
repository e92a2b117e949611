import type { LookupAddress } from 'node:dns';
import { lookup as dnsLookup } from 'node:dns/promises';

import { addressRange, isAddressAllowed } from './addresses.ts';
import { ConfigError } from './config-error.ts';
import type { Log } from './log.ts';
import type { Network, ServerEntry } from './network-file.ts';

/** Where a RAIDA is right now. A new object each time that it changes. */
export interface RaidaAddress {
  readonly ip: string;
  readonly family: 4 | 6;
  readonly port: number;
}

export type Lookup = (host: string) => Promise<readonly LookupAddress[]>;

const systemLookup: Lookup = (host) => dnsLookup(host, { all: true });

/**
 * The addresses of the network's servers, resolved at start and on a timer. An address that is
 * not allowed stops the start; later it is logged, and the last good one stays.
 */
export class AddressBook {
  readonly #servers: readonly ServerEntry[];
  readonly #allowPrivate: boolean;
  readonly #log: Log;
  readonly #lookup: Lookup;
  readonly #addresses: (RaidaAddress | undefined)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(network: Network, allowPrivate: boolean, log: Log, lookup = systemLookup) {
    this.#servers = network.servers;
    this.#allowPrivate = allowPrivate;
    this.#log = log;
    this.#lookup = lookup;
  }

  /** Undefined for a number outside of the network, and while a name does not resolve. */
  get(raida: number): RaidaAddress | undefined {
    return this.#addresses[raida];
  }

  /** Resolves all names. Throws ConfigError when one of them leads where it must not. */
  async start(resolveMs: number): Promise<void> {
    await this.#resolveAll((message) => {
      throw new ConfigError(message);
    });
    this.#timer = setInterval(() => {
      void this.#resolveAll((problem) => this.#log('address refused', { problem }));
    }, resolveMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #resolveAll(refuse: (message: string) => void): Promise<void> {
    const resolved = await Promise.all(this.#servers.map((server) => this.#resolve(server)));
    resolved.forEach((candidates, raida) => {
      if (candidates.length > 0) this.#choose(raida, candidates, refuse);
    });
  }

  /** IPv4 first, because RAIDA listen there; empty when the name does not resolve. */
  async #resolve(server: ServerEntry): Promise<LookupAddress[]> {
    try {
      const found = await this.#lookup(server.host);
      return [...found].sort((a, b) => a.family - b.family);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      this.#log('name does not resolve', { raida: server.id, code: code ?? 'unknown' });
      return [];
    }
  }

  #choose(raida: number, found: LookupAddress[], refuse: (message: string) => void): void {
    const server = this.#servers[raida]!;
    const chosen = found.find(({ address }) => isAddressAllowed(address, this.#allowPrivate));
    if (!chosen) {
      refuse(`servers[${raida}].host: ${describeRefusal(server.host, found[0]!.address)}`);
      return;
    }
    const current = this.#addresses[raida];
    if (current?.ip === chosen.address) return;
    this.#addresses[raida] = {
      ip: chosen.address,
      family: chosen.family === 6 ? 6 : 4,
      port: server.port,
    };
    if (current) this.#log('address changed', { raida });
  }
}

function describeRefusal(host: string, address: string): string {
  const shown = host === address ? host : `${host} (${address})`;
  const range = addressRange(address);
  const remedy = isAddressAllowed(address, true) ? '; --allow-private permits it' : '';
  return `${shown} is a ${range} address, not a public one${remedy}`;
}
