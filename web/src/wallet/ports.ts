/**
 * What the operations need from the world. The browser's versions are in `ports/`, the tests' in
 * `web/test/`; nothing in this folder knows which it talks to.
 */

export interface ClockPort {
  /** Milliseconds since 1970. May jump, in both directions. */
  now(): number;
  /** Milliseconds since some moment. Never jumps; may stand still while the device sleeps. */
  steadyMs(): number;
  /** Resolves after this many milliseconds, or later. */
  sleep(ms: number): Promise<void>;
}

export interface RandomPort {
  /** Fills `bytes` from a cryptographically secure source. */
  fill(bytes: Uint8Array): void;
}

export interface Exchange {
  readonly raida: number;
  readonly tcp: boolean;
  readonly deadlineMs: number;
  readonly frame: Uint8Array;
}

/** Why there is no reply. None of these says anything about the RAIDA's state. */
export type Silence = 'timeout' | 'refused' | 'busy' | 'rejected' | 'offline';

export type ExchangeResult =
  | { readonly kind: 'reply'; readonly bytes: Uint8Array }
  | { readonly kind: 'silence'; readonly why: Silence };

export interface TransportPort {
  /** Sends a frame once. Never rejects; never later than the deadline and a little more. */
  exchange(exchange: Exchange): Promise<ExchangeResult>;
  /** The reply to this exchange was none of its RAIDA's: whoever carried it may be to blame. */
  distrust?(exchange: Exchange): void;
}

export interface StoredWallet {
  /** Compacted entries, then the journal, oldest first. */
  readonly entries: readonly Uint8Array[];
  /** How many of them are not compacted yet. */
  readonly journalEntries: number;
}

/** Thrown by a store that could not do its work. Sending stops until it has been read again. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
  /** `full`: no room left; `newer`: written by a newer version. */
  readonly reason: 'broken' | 'full' | 'newer';

  constructor(message: string, reason: 'broken' | 'full' | 'newer' = 'broken') {
    super(message);
    this.reason = reason;
  }
}

/** Somebody else writes this wallet now: reading it again would take it away from him. */
export class TakenOverError extends StoreError {
  override readonly name = 'TakenOverError';
}

export interface StorePort {
  load(): Promise<StoredWallet>;
  /** Resolves when the entry is durable. Rejects with StoreError, then nothing was written. */
  append(entry: Uint8Array): Promise<void>;
  /** Replaces all that was stored by these entries, in one transaction. */
  compact(entries: readonly Uint8Array[]): Promise<void>;
}

export interface NetworkSettings {
  readonly coinId: number;
  readonly udpMaxBytes: number;
}
