import type { TokenId, TokenAn, TokenAnPan } from '@raida-wallet/protocol';

/** A candidate to be proven: the caller's number for it, and the 16 bytes. */
export interface CandidateSecret {
  readonly row: number;
  readonly secret: Uint8Array;
}

/** Under which token's AN a request travels. */
export interface RequestKey {
  readonly token: TokenId;
  readonly an: Uint8Array;
}

/** What an operation wants to know from, or to change at, one RAIDA. */
export type Ask =
  /** Which of these does the RAIDA hold? Each is an Echo keyed with it, in this order. */
  | {
      readonly kind: 'prove';
      readonly raida: number;
      readonly token: TokenId;
      readonly candidates: readonly CandidateSecret[];
    }
  /** POWN. Sent once: whether it was carried out is for `prove` to find out. */
  | {
      readonly kind: 'move';
      readonly raida: number;
      readonly tokens: readonly TokenAnPan[];
      readonly key: RequestKey;
      readonly tcp: boolean;
    }
  /**
   * Does the RAIDA hold this AN? A Detect Sum of the key token and this one, under a key that is
   * ours. A Detect would carry the AN by itself, and a relay that changes the command in the clear
   * header and appends 16 bytes makes it a POWN to a secret that nobody knows.
   */
  | {
      readonly kind: 'detect';
      readonly raida: number;
      readonly token: TokenAn;
      readonly key: RequestKey;
    };

export type Outcome =
  /** Proven by a signature (WALLET.md section 2). */
  | { readonly kind: 'proven'; readonly row: number }
  /** It answered that it knows none of them. A hint: nobody signed it. */
  | { readonly kind: 'denied' }
  /** No answer that means anything. */
  | { readonly kind: 'silent' }
  /** An answer to `move` or `detect`, signed under the request's key or not. */
  | { readonly kind: 'answered'; readonly status: number; readonly authentic: boolean };
