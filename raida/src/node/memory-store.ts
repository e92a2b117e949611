import { copyBytes, type TokenId } from '@raida-wallet/protocol';

import type { TokenStore, TokenWriter } from './ports.ts';

/** Tokens in memory: for simulations and tests. Every change is done when `change` returns. */
export class MemoryTokenStore implements TokenStore {
  readonly #ans = new Map<number, Uint8Array>();

  read(token: TokenId): Uint8Array | undefined {
    return this.#ans.get(numberOf(token));
  }

  write(token: TokenId, an: Uint8Array | null): void {
    if (an) this.#ans.set(numberOf(token), copyBytes(an));
    else this.#ans.delete(numberOf(token));
  }

  /** What `decide` writes is kept whole or not at all, also when it throws. */
  change<T>(decide: (tokens: TokenWriter) => T): T {
    const written = new Map<number, { token: TokenId; an: Uint8Array | null }>();
    const result = decide({
      read: (token) => {
        const change = written.get(numberOf(token));
        return change ? (change.an ?? undefined) : this.read(token);
      },
      write: (token, an) => written.set(numberOf(token), { token, an }),
    });
    for (const { token, an } of written.values()) this.write(token, an);
    return result;
  }
}

/** One number for DN and SN: cheaper as a key than a text. */
export function numberOf(token: TokenId): number {
  return (token.dn & 0xff) * 0x1_0000_0000 + token.sn;
}
