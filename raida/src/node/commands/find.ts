import { equalBytes, FOUND, type FindReply, type PownRequest } from '@raida-wallet/protocol';

import type { NodePorts } from '../ports.ts';
import { expectTokenIds } from './judging.ts';

/** Find (section 5, S2). When AN and PAN are equal and held, the answer is AN. */
export function serveFind({ tokens }: PownRequest, node: NodePorts): FindReply {
  expectTokenIds(tokens);
  const found = Uint8Array.from(tokens, (token) => {
    const held = node.store.read(token);
    if (!held) return FOUND.neither;
    if (equalBytes(held, token.an)) return FOUND.an;
    return equalBytes(held, token.pan) ? FOUND.pan : FOUND.neither;
  });
  return { kind: 'found', found };
}
