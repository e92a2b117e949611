import type { DetectSumReply, SumRequest } from '@raida-wallet/protocol';

import type { NodePorts } from '../ports.ts';
import { sumMatches } from './judging.ts';

export function serveDetectSum(request: SumRequest, node: NodePorts): DetectSumReply {
  return { kind: 'sum', matches: sumMatches(request, node) };
}
