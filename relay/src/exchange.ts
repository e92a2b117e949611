import type { RelayStatus } from '@raida-wallet/protocol';

/** What an exchange travels on: a leased UDP socket, or a TCP connection. */
export interface Carrier {
  /** Gives the exchange up and closes the socket, whose late answers belong to nobody. */
  abort(): void;
}

/** Who asked, and gets the answer. */
export interface ExchangeOwner {
  /** What is under way for this owner. An exchange leaves it exactly once. */
  readonly open: Set<Exchange>;
  answer(raida: number, exchange: number, status: RelayStatus, frame: Uint8Array): void;
}

/** One request on its way, from the moment that it passed the checks to its one answer. */
export class Exchange {
  readonly owner: ExchangeOwner;
  readonly raida: number;
  /** Chosen by the client; means nothing to us. */
  readonly number: number;
  dueTick = 0;
  carrier: Carrier | null = null;

  constructor(owner: ExchangeOwner, raida: number, number: number) {
    this.owner = owner;
    this.raida = raida;
    this.number = number;
  }
}

export type Settle = (exchange: Exchange, status: RelayStatus, frame: Uint8Array) => void;

export const NO_FRAME: Uint8Array = new Uint8Array(0);

const EXHAUSTED: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EADDRINUSE',
  'EADDRNOTAVAIL',
]);

/** What a socket's error means for the client: we have no more sockets, or the RAIDA is away. */
export function statusOfError(error: Error): RelayStatus {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EMSGSIZE') return 'tooBig';
  return code !== undefined && EXHAUSTED.has(code) ? 'overload' : 'refused';
}
