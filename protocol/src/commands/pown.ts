import type { Command, Passes } from '../command.ts';
import type { TokenAnPan } from '../token.ts';
import {
  decodePasses,
  encodePasses,
  readTokenAnPans,
  TOKEN_AN_PAN_BYTES,
  writeTokenAnPans,
} from './layout.ts';

/**
 * POWN, 1/20 (section 5, S1): change AN to PAN where the AN is right. Not idempotent in its
 * answer: the same datagram delivered twice passes, then fails.
 *
 * | request offset | size | field | source |
 * |---|---|---|---|
 * | 37 i | 1 | DN of token i | S1 |
 * | 37 i + 1 | 4 | SN | S1 |
 * | 37 i + 5 | 16 | AN | S1 |
 * | 37 i + 21 | 16 | PAN | S1 |
 *
 * Reply: 241 all pass, 242 all fail, without a body.
 *
 * | reply offset (243) | size | field | source |
 * |---|---|---|---|
 * | 0 | 0, or 4 zero bytes (S1; section 9) | reserved, told by the body's length | S1 |
 * | 0 or 4 | ceil(N/8) | bitfield | S1, live |
 */
export interface PownRequest {
  readonly tokens: readonly TokenAnPan[];
}

/** Zero bytes that S1 puts before the bitfield. */
const RESERVED_BYTES = 4;

export const pown: Command<PownRequest, Passes> = {
  name: 'pown',
  group: 1,
  code: 20,
  carriesSecrets: true,
  payloadBytes: ({ tokens }) => tokens.length * TOKEN_AN_PAN_BYTES,
  encodeRequest: ({ tokens }, payload) => writeTokenAnPans(tokens, payload),
  decodeRequest: (payload) => ({ tokens: readTokenAnPans(payload) }),
  encodeReply: encodePasses,
  decodeReply: (reply, context) =>
    decodePasses('pown', reply, context, (bodyBytes, bitfield) =>
      bodyBytes === RESERVED_BYTES + bitfield ? RESERVED_BYTES : 0,
    ),
};
