import type { VersionReply, VersionRequest } from '@raida-wallet/protocol';

import type { NodePorts } from '../ports.ts';

export function serveVersion(_request: VersionRequest, node: NodePorts): VersionReply {
  return { kind: 'version', text: node.config.version };
}
