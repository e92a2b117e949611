import {
  equalBytes,
  type Passes,
  type PownRequest,
  RequestError,
  STATUS,
} from '@raida-wallet/protocol';

import type { MaybePromise, NodePorts } from '../ports.ts';
import { holdsAn, isTokenId } from './judging.ts';

/**
 * POWN (section 5, S1). The tokens are taken one after the other in one transaction: a token
 * listed twice is treated like two requests, so that only a chain AN -> PAN -> another PAN passes
 * twice. One AN that equals its PAN turns the whole request down, with nothing changed.
 */
export function servePown({ tokens }: PownRequest, node: NodePorts): MaybePromise<Passes> {
  if (tokens.some(({ an, pan }) => equalBytes(an, pan))) {
    throw new RequestError(STATUS.invalidPan, 'an AN equals its PAN');
  }
  return node.store.change((held) => {
    const passes = new Uint8Array(tokens.length);
    tokens.forEach((token, i) => {
      if (!isTokenId(token) || !holdsAn(held, token)) return;
      held.write(token, token.pan);
      passes[i] = 1;
    });
    return { kind: 'passes', passes };
  });
}
