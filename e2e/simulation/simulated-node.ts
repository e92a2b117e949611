import { DEFAULT_COIN_ID } from '@raida-wallet/protocol';
import {
  DEFAULT_TRUST,
  type MemoryTokenStore,
  type NodePorts,
  TicketTable,
} from '@raida-wallet/raida/node';

/** What a simulated RAIDA shares with the others. */
export interface Surroundings {
  now(): number;
  fill(bytes: Uint8Array): void;
  /** Another RAIDA, or null when it does not answer. */
  portsOf(raida: number): NodePorts | null;
  report(error: unknown): void;
}

/** The ports of the real node's handler: memory for a store, calls for what goes between RAIDA. */
export function simulatedNode(
  raida: number,
  store: MemoryTokenStore,
  { now, fill, portsOf, report }: Surroundings,
): NodePorts {
  const random = (bytes: number) => {
    const out = new Uint8Array(bytes);
    fill(out);
    return out;
  };
  return {
    config: { raida, coinId: DEFAULT_COIN_ID, version: '20250323', trust: DEFAULT_TRUST },
    store,
    tickets: new TicketTable({ now, random }),
    counterMode: () => (raida % 2 ? 'restart' : 'continue'),
    now,
    validateTicket: (issuer, ticket) => {
      const claim = portsOf(issuer)?.tickets.claim(ticket, raida);
      return Promise.resolve(claim?.kind === 'covered' ? claim.tokens : null);
    },
    report,
  };
}
