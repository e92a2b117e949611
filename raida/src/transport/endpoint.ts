import type { MaybePromise } from '../node/ports.ts';
import type { FaultInjector } from './faults.ts';

/** What the transports of a node serve. */
export interface Endpoint {
  /** Takes the bytes over. Never rejects; null means that no answer is sent. */
  readonly handle: (request: Uint8Array) => MaybePromise<Uint8Array | null>;
  readonly faults: FaultInjector;
  /** While it returns true, nothing is answered although the sockets are open. */
  readonly isSilent: () => boolean;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export function isIPv6(host: string): boolean {
  return host.includes(':');
}
