import type { EchoReply } from '@raida-wallet/protocol';

/** Echo: the signature of its reply is the answer. */
export function serveEcho(): EchoReply {
  return { kind: 'echo' };
}
