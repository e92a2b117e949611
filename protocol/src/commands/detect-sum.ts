import type { Command, Refused, SumRequest } from '../command.ts';
import { STATUS } from '../status.ts';
import {
  EMPTY,
  expectBodyBytes,
  readSumRequest,
  refused,
  sumPayloadBytes,
  writeSumRequest,
} from './layout.ts';

/**
 * Detect Sum, 1/11 (section 5): is this the XOR of the ANs that this RAIDA holds?
 *
 * | request offset | size | field | source |
 * |---|---|---|---|
 * | 5 i | 1 | DN of token i | live |
 * | 5 i + 1 | 4 | SN | live |
 * | 5 N | 16 | XOR of the N ANs | live |
 *
 * Reply: 241 when it is, 242 when it is not, without a body.
 */
export interface DetectSumReply {
  readonly kind: 'sum';
  readonly matches: boolean;
}

export const detectSum: Command<SumRequest, DetectSumReply> = {
  name: 'detect sum',
  group: 1,
  code: 11,
  carriesSecrets: true,
  payloadBytes: sumPayloadBytes,
  encodeRequest: writeSumRequest,
  decodeRequest: readSumRequest,
  encodeReply: ({ matches }) => ({
    status: matches ? STATUS.allPass : STATUS.allFail,
    body: EMPTY,
  }),
  decodeReply({ status, body }): DetectSumReply | Refused {
    if (status !== STATUS.allPass && status !== STATUS.allFail) return refused(status);
    expectBodyBytes('detect sum', body, 0);
    return { kind: 'sum', matches: status === STATUS.allPass };
  },
};
