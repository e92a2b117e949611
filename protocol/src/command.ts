import type { BitOrder } from './bitfield.ts';
import type { TokenId } from './token.ts';

/** What a client must know of its request to read the reply. */
export interface ReplyContext {
  /** Tokens in the request; 0 for commands without tokens. */
  readonly tokenCount: number;
  readonly bitOrder: BitOrder;
}

/** A status and a body (without terminator), as they travel. */
export interface ReplyBody {
  readonly status: number;
  readonly body: Uint8Array;
}

/** An answer that this command has no body for: an error, or a status that we do not know. */
export interface Refused {
  readonly kind: 'refused';
  readonly status: number;
}

/**
 * One command in both directions. Every file in `commands/` exports one of these.
 * The layout tables there count offsets from the end of the challenge, and name each field's source:
 * S0 to S3 are the seed documents, `live` is what running servers take and answer (vectors/).
 * `encodeRequest` and `decodeReply` are the client's half, the others the server's.
 */
export interface Command<Request, Reply> {
  readonly name: string;
  readonly group: number;
  readonly code: number;
  /** Whether requests hold ANs, PANs or PGs: those must never travel unencrypted. */
  readonly carriesSecrets: boolean;
  payloadBytes(request: Request): number;
  /** Fills `payload`, which has exactly `payloadBytes(request)` bytes. */
  encodeRequest(request: Request, payload: Uint8Array): void;
  /** Returns views into `payload`. Throws RequestError with the status to answer (section 7). */
  decodeRequest(payload: Uint8Array): Request;
  encodeReply(reply: Reply, bitOrder?: BitOrder): ReplyBody;
  /** Returns views into `body`. Throws DecodeError for a body that the status does not allow. */
  decodeReply(reply: ReplyBody, context: ReplyContext): Reply | Refused;
}

/** Verdicts on the tokens of a request, in their order. */
export interface Passes {
  readonly kind: 'passes';
  /** One byte a token: 1 = pass. */
  readonly passes: Uint8Array;
}

/** A request that names tokens and the XOR of their ANs. */
export interface SumRequest {
  readonly tokens: readonly TokenId[];
  /** 16 bytes. */
  readonly sum: Uint8Array;
}
