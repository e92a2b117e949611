import { toHex, type TokenId } from '@raida-wallet/protocol';

/** What can go wrong in a simulated world, and what is seen of it. */

/** What the network does to datagrams, as probabilities and milliseconds. */
export interface Faults {
  readonly lossRate: number;
  readonly duplicateRate: number;
  readonly latencyMs: number;
  /** Some datagrams take this many times as long; TCP is as slow. */
  readonly slowRate: number;
  readonly slowFactor: number;
}

export const NO_FAULTS: Faults = {
  lossRate: 0,
  duplicateRate: 0,
  latencyMs: 20,
  slowRate: 0,
  slowFactor: 1,
};

/** A request as it left the wallet, for checks of what was sent and when. */
export interface Sent {
  readonly raida: number;
  readonly tcp: boolean;
  readonly name: string;
  readonly key: string;
  readonly tokens: readonly TokenId[];
  /** Whether it was encrypted. */
  readonly encrypted: boolean;
  /** What a Fix or a Validate Ticket held, as hex. */
  readonly pg: string;
  readonly tickets: readonly string[];
  readonly claimant: number | null;
}

export interface TicketParts {
  readonly pg?: Uint8Array;
  readonly ticket?: Uint8Array;
  readonly tickets?: readonly (Uint8Array | null)[];
  readonly claimant?: number;
}

/** What of a request tests look at beside its tokens. */
export function ticketParts({ pg, ticket, tickets = [], claimant }: TicketParts) {
  const shown = ticket ? [ticket] : tickets.filter((one) => one !== null);
  return {
    pg: pg ? toHex(pg) : '',
    tickets: shown.map((one) => toHex(one)),
    claimant: claimant ?? null,
  };
}

/**
 * A relay that is not what it seems: gets each frame, may change it, answer by itself, say nothing
 * (null), or keep `serve` for later. `serve` hands bytes to the RAIDA and returns its reply.
 */
export type HostileRelay = (
  sent: Sent,
  frame: Uint8Array,
  serve: (frame: Uint8Array) => Uint8Array | null,
) => Uint8Array | null;

/** A broken invariant: which, and what was seen. */
export class Violation extends Error {
  override readonly name = 'Violation';
}
