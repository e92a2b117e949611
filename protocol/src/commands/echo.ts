import type { Command, Refused } from '../command.ts';
import { STATUS } from '../status.ts';
import { EMPTY, expectBodyBytes, expectNoPayload, refused } from './layout.ts';

/**
 * Echo, 0/0 (section 5). Encrypted under a token's AN it is the wallet's only proof that a RAIDA
 * holds that AN: the signature of the reply.
 *
 * Request payload: none. Reply: status 250, no body.
 */
export type EchoRequest = Record<never, never>;
export interface EchoReply {
  readonly kind: 'echo';
}

export const echo: Command<EchoRequest, EchoReply> = {
  name: 'echo',
  group: 0,
  code: 0,
  carriesSecrets: false,
  payloadBytes: () => 0,
  encodeRequest() {},
  decodeRequest(payload) {
    expectNoPayload(payload);
    return {};
  },
  encodeReply: () => ({ status: STATUS.success, body: EMPTY }),
  decodeReply({ status, body }): EchoReply | Refused {
    if (status !== STATUS.success) return refused(status);
    expectBodyBytes('echo', body, 0);
    return { kind: 'echo' };
  },
};
