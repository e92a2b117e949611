import { randomBytes } from 'node:crypto';
import { RAIDA_COUNT, readUint32, SECRET_BYTES, type Token } from '@raida-wallet/protocol';

import { CONTROL_TOKENS } from '../limits.ts';
import type { LocalNetwork } from '../network/local-network.ts';
import { ControlError } from './control-error.ts';

export interface CoinOrder {
  readonly dn: number;
  readonly count: number;
}

/** Twelve coins of five denominations, 135.21 in all: enough to see, small enough to count. */
export const MIX: readonly CoinOrder[] = [
  { dn: 2, count: 1 },
  { dn: 1, count: 3 },
  { dn: 0, count: 5 },
  { dn: -1, count: 2 },
  { dn: -2, count: 1 },
];

/** Makes new tokens with random numbers and ANs, known to every node when it resolves. */
export async function issueTokens(
  network: LocalNetwork,
  orders: readonly CoinOrder[],
): Promise<Token[]> {
  const count = orders.reduce((sum, order) => sum + order.count, 0);
  if (count > CONTROL_TOKENS) {
    throw new ControlError(400, `tokens: the counts must add up to at most ${CONTROL_TOKENS}`);
  }
  const tokens = orders.flatMap(({ dn, count }) => {
    const taken = new Set<number>();
    return Array.from({ length: count }, () => newToken(network, dn, taken));
  });
  await network.register(tokens);
  return tokens;
}

function newToken(network: LocalNetwork, dn: number, taken: Set<number>): Token {
  for (;;) {
    const sn = readUint32(randomBytes(4), 0);
    const used = network.nodes.some(({ id }) => network.read(id, { dn, sn }) !== undefined);
    if (sn === 0 || taken.has(sn) || used) continue;
    taken.add(sn);
    const secrets = new Uint8Array(randomBytes(RAIDA_COUNT * SECRET_BYTES));
    const ans = Array.from({ length: RAIDA_COUNT }, (_, raida) =>
      secrets.subarray(raida * SECRET_BYTES, (raida + 1) * SECRET_BYTES),
    );
    return { dn, sn, ans };
  }
}
