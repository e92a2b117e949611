import type { DetectRequest, Passes } from '@raida-wallet/protocol';

import type { NodePorts } from '../ports.ts';
import { judgeAns } from './judging.ts';

export function serveDetect({ tokens }: DetectRequest, node: NodePorts): Passes {
  return { kind: 'passes', passes: judgeAns(tokens, node) };
}
