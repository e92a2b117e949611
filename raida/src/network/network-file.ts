import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { NETWORK_UDP_MAX_BYTES } from '../limits.ts';
import type { LocalNetwork } from './local-network.ts';

const FILE = 'network.json';
const NAME = 'Local RAIDA network';

/** Writes what a relay needs to know (docs/relay.md), and returns where. */
export function writeNetworkFile(
  dataFolder: string,
  network: LocalNetwork,
  controlPort: number | null,
): string {
  const content = {
    name: NAME,
    coinId: network.coinId,
    quorum: majority(network.nodes.length),
    udpMaxBytes: NETWORK_UDP_MAX_BYTES,
    servers: network.nodes.map(({ id, address }) => ({ id, ...address })),
    ...(controlPort === null ? {} : { testCoinsUrl: `http://127.0.0.1:${controlPort}/coins` }),
  };
  const file = join(dataFolder, FILE);
  // Renamed into place, so that nobody reads half of it.
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`);
  renameSync(`${file}.new`, file);
  return file;
}

/** 13 of 25 (PROTOCOL.md section 1), and of a smaller network what its nodes can reach. */
function majority(nodes: number): number {
  return Math.floor(nodes / 2) + 1;
}
