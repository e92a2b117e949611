import type { TokenAn, TokenAnPan, TokenId } from '@raida-wallet/protocol';

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
      /** Gone through once. */
      readonly candidates: Iterable<CandidateSecret>;
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
   * Does the RAIDA hold none of these, under a key that is ours? A Detect Sum of the key token and
   * each candidate. A Detect would carry the AN by itself, and a relay that changes the command in
   * the clear header and appends 16 bytes makes it a POWN to a secret that nobody knows.
   *
   * Whoever flips a bit of the sum makes a RAIDA deny what it holds, under a signature that is good. So
   * the same is asked, somewhere in between, about `control`, another token of ours that must pass:
   * the requests look alike, even to somebody who sees which of them pass, and whoever has to spoil the
   * right one 13 times two will have spoilt one of those first. Then nothing of it counts.
   */
  | {
      readonly kind: 'disown';
      readonly control: TokenAn;
      readonly raida: number;
      readonly token: TokenId;
      readonly candidates: readonly CandidateSecret[];
      readonly key: RequestKey;
    }
  /** Does the RAIDA hold all of these? Their sum is asked for, of two tokens or more. */
  | {
      readonly kind: 'sum';
      readonly raida: number;
      readonly tokens: readonly TokenAn[];
      readonly key: RequestKey;
    }
  /**
   * Find, of one token. Only where a POWN from this AN to this PAN is open: a relay can make it
   * that POWN by changing the command.
   */
  | {
      readonly kind: 'find';
      readonly raida: number;
      readonly token: TokenAnPan;
      readonly key: RequestKey;
    }
  /**
   * Get Ticket By Sum, else Get Ticket. `claimant`: for whom the ticket may be claimed first.
   */
  | {
      readonly kind: 'ticket';
      readonly raida: number;
      readonly tokens: readonly TokenAn[];
      readonly claimant: number;
      readonly key: RequestKey;
    }
  /**
   * Validate Ticket in the name of another RAIDA, so that nobody can use the ticket there any more.
   * Sent once. Encrypted, or a relay that holds it back could use what it says.
   */
  | {
      readonly kind: 'seal';
      readonly raida: number;
      readonly ticket: Uint8Array;
      readonly claimant: number;
      readonly tokens: readonly TokenId[];
      readonly key: RequestKey;
      readonly tcp: boolean;
    }
  /** Fix. Sent once: whether it was carried out is for `prove` to find out. */
  | {
      readonly kind: 'fix';
      readonly raida: number;
      readonly tokens: readonly TokenId[];
      readonly pg: Uint8Array;
      readonly tickets: readonly (Uint8Array | null)[];
      readonly key: RequestKey;
      readonly tcp: boolean;
    };

export type Outcome =
  /** Proven by a signature (WALLET.md section 2). */
  | { readonly kind: 'proven'; readonly row: number }
  /** It answered that it knows none of them. A hint: nobody signed it. */
  | { readonly kind: 'denied' }
  /** No answer that means anything. */
  | { readonly kind: 'silent' }
  /** Every candidate was denied, each under a signature of the key that is ours. */
  | { readonly kind: 'disowned' }
  /** A ticket for the tokens that passed (one byte each). */
  | {
      readonly kind: 'ticket';
      readonly ticket: Uint8Array;
      readonly passes: Uint8Array;
      /** Those of the tokens that passed. */
      readonly covered: readonly TokenId[];
      /** The RAIDA for which it has been claimed already, or null. */
      readonly sealedFor: number | null;
      /** Whether datagrams were lost on the way: what depends on one of them goes by TCP. */
      readonly lossy: boolean;
    }
  /** The ticket was claimed: the answer, which only the issuer can encrypt, lists its tokens. */
  | { readonly kind: 'sealed' }
  /** The token that must be known is not, under a signature: nothing is said of the one in question. */
  | { readonly kind: 'control lost' }
  /** Any other answer, signed under the request's key or not. */
  | { readonly kind: 'answered'; readonly status: number; readonly authentic: boolean };
