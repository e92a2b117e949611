import type { Command, Refused } from '../command.ts';
import { DecodeError } from '../errors.ts';
import { MAX_VERSION_BYTES } from '../limits.ts';
import { STATUS } from '../status.ts';
import { expectNoPayload, refused } from './layout.ts';

/**
 * Version, 0/1 (section 5). Its encrypted reply shows in which way a RAIDA counts (section 3),
 * because the plaintext is printable ASCII.
 *
 * Request payload: none.
 *
 * | reply offset | size | field | source |
 * |---|---|---|---|
 * | 0 | 1 to 255 | version, printable ASCII, for example `20250323` | live |
 */
export type VersionRequest = Record<never, never>;
export interface VersionReply {
  readonly kind: 'version';
  readonly text: string;
}

const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;

export function isPrintableAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= FIRST_PRINTABLE && byte <= LAST_PRINTABLE);
}

export const version: Command<VersionRequest, VersionReply> = {
  name: 'version',
  group: 0,
  code: 1,
  carriesSecrets: false,
  payloadBytes: () => 0,
  encodeRequest() {},
  decodeRequest(payload) {
    expectNoPayload(payload);
    return {};
  },
  encodeReply({ text }) {
    const body = Uint8Array.from(text, (character) => character.charCodeAt(0));
    return { status: STATUS.success, body };
  },
  decodeReply({ status, body }): VersionReply | Refused {
    if (status !== STATUS.success) return refused(status);
    if (body.length === 0 || body.length > MAX_VERSION_BYTES) {
      const expected = `1 to ${MAX_VERSION_BYTES} body bytes`;
      throw new DecodeError('version reply', 0, expected, `${body.length}`);
    }
    if (!isPrintableAscii(body)) {
      throw new DecodeError('version reply', 0, 'printable ASCII', 'other bytes');
    }
    return { kind: 'version', text: String.fromCharCode(...body) };
  },
};
