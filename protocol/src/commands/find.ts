import { copyBytes } from '../bytes.ts';
import type { Command, Refused } from '../command.ts';
import { DecodeError } from '../errors.ts';
import { STATUS } from '../status.ts';
import {
  EMPTY,
  expectBodyBytes,
  readTokenAnPans,
  refused,
  TOKEN_AN_PAN_BYTES,
  writeTokenAnPans,
} from './layout.ts';
import type { PownRequest } from './pown.ts';

/**
 * Find, 2/60 (section 5, S2): does this RAIDA hold the AN, the PAN, or neither?
 *
 * | request offset | size | field | source |
 * |---|---|---|---|
 * | 37 i | 1 | DN of token i | S2 |
 * | 37 i + 1 | 4 | SN | S2 |
 * | 37 i + 5 | 16 | AN | S2 |
 * | 37 i + 21 | 16 | PAN | S2 |
 *
 * Reply: 208 neither for all, 209 the AN for all, 210 the PAN for all, without a body.
 *
 * | reply offset (211) | size | field | source |
 * |---|---|---|---|
 * | i | 1 | token i: 00 neither, 01 AN, 02 PAN | S2 |
 */
export const FOUND = { neither: 0, an: 1, pan: 2 } as const;

export interface FindReply {
  readonly kind: 'found';
  /** One byte a token: one of FOUND. */
  readonly found: Uint8Array;
}

const WHOLE_STATUS: readonly number[] = [STATUS.findNeither, STATUS.findAllAn, STATUS.findAllPan];

export const find: Command<PownRequest, FindReply> = {
  name: 'find',
  group: 2,
  code: 60,
  carriesSecrets: true,
  payloadBytes: ({ tokens }) => tokens.length * TOKEN_AN_PAN_BYTES,
  encodeRequest: ({ tokens }, payload) => writeTokenAnPans(tokens, payload),
  decodeRequest: (payload) => ({ tokens: readTokenAnPans(payload) }),
  encodeReply({ found }) {
    const first = found[0];
    const whole = first === undefined ? undefined : WHOLE_STATUS[first];
    if (whole !== undefined && found.every((one) => one === first)) {
      return { status: whole, body: EMPTY };
    }
    return { status: STATUS.findMixed, body: copyBytes(found) };
  },
  decodeReply({ status, body }, { tokenCount }): FindReply | Refused {
    const whole = WHOLE_STATUS.indexOf(status);
    if (whole < 0 && status !== STATUS.findMixed) return refused(status);
    expectBodyBytes('find', body, whole < 0 ? tokenCount : 0);
    if (whole >= 0) return { kind: 'found', found: new Uint8Array(tokenCount).fill(whole) };
    const strange = body.findIndex((one) => one > FOUND.pan);
    if (strange >= 0) {
      throw new DecodeError('find reply', strange, '00, 01 or 02', 'another byte');
    }
    return { kind: 'found', found: body };
  },
};
