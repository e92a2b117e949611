import type { Command, Passes } from '../command.ts';
import type { TokenAn } from '../token.ts';
import {
  decodePasses,
  encodePasses,
  readTokenAns,
  TOKEN_AN_BYTES,
  writeTokenAns,
} from './layout.ts';

/**
 * Detect, 1/10 (section 5): which of these ANs does this RAIDA hold?
 *
 * | request offset | size | field | source |
 * |---|---|---|---|
 * | 21 i | 1 | DN of token i | live |
 * | 21 i + 1 | 4 | SN | live |
 * | 21 i + 5 | 16 | AN | live |
 *
 * Reply: 241 all pass, 242 all fail, without a body.
 *
 * | reply offset (243) | size | field | source |
 * |---|---|---|---|
 * | 0 | ceil(N/8) | bitfield | live |
 */
export interface DetectRequest {
  readonly tokens: readonly TokenAn[];
}

export const detect: Command<DetectRequest, Passes> = {
  name: 'detect',
  group: 1,
  code: 10,
  carriesSecrets: true,
  payloadBytes: ({ tokens }) => tokens.length * TOKEN_AN_BYTES,
  encodeRequest: ({ tokens }, payload) => writeTokenAns(tokens, payload),
  decodeRequest: (payload) => ({ tokens: readTokenAns(payload) }),
  encodeReply: encodePasses,
  decodeReply: (reply, context) => decodePasses('detect', reply, context),
};
