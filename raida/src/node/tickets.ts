import {
  readTokenId,
  readUint32,
  TICKET_BYTES,
  TICKET_LIFETIME_MS,
  TOKEN_ID_BYTES,
  type TokenId,
  writeTokenId,
  writeUint32,
} from '@raida-wallet/protocol';

import { TICKET_SLOTS } from '../limits.ts';

/**
 * The tickets that one node has given out (PROTOCOL.md section 5): 512 slots, each kept for its
 * lifetime, and claimed at most once by each RAIDA. They live in memory: a node that starts again
 * has forgotten them, and clients ask for new ones.
 */

interface Ticket {
  readonly issuedAtMs: number;
  /** N x (DN SN), packed: 512 tickets of 4096 tokens are 10 MB this way. */
  readonly tokens: Uint8Array;
  /** Bit r is set when RAIDA r has claimed it. */
  claims: number;
}

/** What a claim of a ticket comes to. */
export type Claim =
  | { readonly kind: 'covered'; readonly tokens: readonly TokenId[] }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'claimed' };

export interface TicketTableOptions {
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  readonly lifetimeMs?: number;
  readonly slots?: number;
}

export class TicketTable {
  readonly #now: () => number;
  readonly #random: (bytes: number) => Uint8Array;
  readonly #slots: number;
  /** By number, in the order of issue, which is the order of expiry too. */
  readonly #tickets = new Map<number, Ticket>();
  #lifetimeMs: number;

  constructor(options: TicketTableOptions) {
    this.#now = options.now;
    this.#random = options.random;
    this.#slots = options.slots ?? TICKET_SLOTS;
    this.#lifetimeMs = options.lifetimeMs ?? TICKET_LIFETIME_MS;
  }

  get lifetimeMs(): number {
    return this.#lifetimeMs;
  }

  /** Holds for tickets that are out already, too. */
  set lifetimeMs(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs;
  }

  /** A new ticket for these tokens, or null when every slot is taken. */
  issue(tokens: readonly TokenId[]): Uint8Array | null {
    this.#forgetExpired();
    if (this.#tickets.size >= this.#slots) return null;
    const number = this.#unusedNumber();
    this.#tickets.set(number, { issuedAtMs: this.#now(), tokens: pack(tokens), claims: 0 });
    const ticket = new Uint8Array(TICKET_BYTES);
    writeUint32(ticket, 0, number);
    return ticket;
  }

  claim(ticket: Uint8Array, claimant: number): Claim {
    const found = this.#tickets.get(readUint32(ticket, 0));
    if (!found || this.#isExpired(found)) return { kind: 'unknown' };
    const claim = 1 << claimant;
    if (found.claims & claim) return { kind: 'claimed' };
    found.claims |= claim;
    return { kind: 'covered', tokens: unpack(found.tokens) };
  }

  /** Four random bytes, never zero: a zero ticket stands for none in a Fix. */
  #unusedNumber(): number {
    for (;;) {
      const number = readUint32(this.#random(TICKET_BYTES), 0);
      if (number !== 0 && !this.#tickets.has(number)) return number;
    }
  }

  #isExpired(ticket: Ticket): boolean {
    return this.#now() - ticket.issuedAtMs >= this.#lifetimeMs;
  }

  #forgetExpired(): void {
    for (const [number, ticket] of this.#tickets) {
      if (!this.#isExpired(ticket)) return;
      this.#tickets.delete(number);
    }
  }
}

function pack(tokens: readonly TokenId[]): Uint8Array {
  const bytes = new Uint8Array(tokens.length * TOKEN_ID_BYTES);
  tokens.forEach((token, i) => writeTokenId(bytes, i * TOKEN_ID_BYTES, token));
  return bytes;
}

function unpack(bytes: Uint8Array): TokenId[] {
  const count = bytes.length / TOKEN_ID_BYTES;
  return Array.from({ length: count }, (_, i) => readTokenId(bytes, i * TOKEN_ID_BYTES));
}
