import type { AnyCommand, CounterMode, TokenId } from '@raida-wallet/protocol';

import type { TicketTable } from './tickets.ts';
import type { Trust } from './trust.ts';

/**
 * What a RAIDA needs of the world. The request handler reaches it through these ports only, so
 * the local network (sockets, LMDB) and a simulation (no sockets, memory) run the same handler.
 */

/** A value now, or later. A store in memory answers now, and keeps a whole request synchronous. */
export type MaybePromise<T> = T | Promise<T>;

export interface TokenReader {
  /** The AN (16 bytes) that this node holds for a token, or undefined when it holds none. */
  read(token: TokenId): Uint8Array | undefined;
}

export interface TokenWriter extends TokenReader {
  /** `null` makes the node forget the token. */
  write(token: TokenId, an: Uint8Array | null): void;
}

export interface TokenStore extends TokenReader {
  /**
   * Runs `decide` at once and alone, with reads that see every earlier change, and returns its
   * result when all that it wrote, or was based on, is on disk. What `decide` writes is kept
   * whole or not at all. A plain `read` sees it from then on at the latest.
   */
  change<T>(decide: (tokens: TokenWriter) => T): MaybePromise<T>;
}

export interface NodeConfig {
  /** 0 to 24. */
  readonly raida: number;
  readonly coinId: number;
  /** Text of a Version reply, printable ASCII. */
  readonly version: string;
  readonly trust: Trust;
}

export interface NodePorts {
  readonly config: NodeConfig;
  readonly store: TokenStore;
  readonly tickets: TicketTable;
  /** How replies are encrypted now (section 3); a test may change it between requests. */
  counterMode(): CounterMode;
  /** Milliseconds with fractions, never going back; only differences matter. */
  now(): number;
  /**
   * Claims a ticket at the RAIDA that issued it. Answers the tokens that it covers, or null when
   * there was no valid answer, and always answers within a time of its own.
   */
  validateTicket(issuer: number, ticket: Uint8Array): Promise<readonly TokenId[] | null>;
  /** For tests: the status with which this node refuses a command, as if it did not know it. */
  readonly refusal?: (command: AnyCommand) => number | undefined;
  /** Told of errors that a request cannot be blamed for; the requester gets status 252. */
  report(error: unknown): void;
}
