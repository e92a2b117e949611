import {
  COMMANDS,
  ENCRYPTION_TYPE,
  findCommand,
  MAX_REQUEST_BYTES,
  MIN_BODY_BYTES,
  PROTOCOL_VERSION,
  RAIDA_ID_OFFSET,
  readUint16,
  type RelayRequest,
  type RelayStatus,
  REQUEST_HEADER_BYTES,
  TERMINATOR_BYTE,
} from '@raida-wallet/protocol';

import type { Network } from './network-file.ts';

/** Offsets in the request header (PROTOCOL.md, section 2). */
const GROUP_OFFSET = 4;
const CODE_OFFSET = 5;
const COIN_ID_OFFSET = 6;
const ENCRYPTION_TYPE_OFFSET = 16;
const BODY_BYTES_OFFSET = 22;

const MIN_REQUEST_BYTES = REQUEST_HEADER_BYTES + MIN_BODY_BYTES;

export type Verdict = Extract<RelayStatus, 'ok' | 'malformed' | 'forbidden' | 'tooBig'>;

/**
 * Looks at the clear header before anything is forwarded. `malformed`: no request of version 1 to
 * this RAIDA. `tooBig`: does not fit its transport. `forbidden`: well-formed, but not for us to
 * carry. Reads single bytes rather than a decoded header, because it runs for every frame.
 */
export function checkFrame(request: RelayRequest, network: Network): Verdict {
  const { frame } = request;
  if (request.raida >= network.servers.length) return 'malformed';
  if (frame.length < MIN_REQUEST_BYTES) return 'malformed';
  if (frame.length > (request.tcp ? MAX_REQUEST_BYTES : network.udpMaxBytes)) return 'tooBig';
  const wellFormed =
    frame[0] === PROTOCOL_VERSION &&
    frame[RAIDA_ID_OFFSET] === request.raida &&
    readUint16(frame, BODY_BYTES_OFFSET) === frame.length - REQUEST_HEADER_BYTES &&
    frame[frame.length - 1] === TERMINATOR_BYTE &&
    frame[frame.length - 2] === TERMINATOR_BYTE;
  if (!wellFormed) return 'malformed';
  if (readUint16(frame, COIN_ID_OFFSET) !== network.coinId) return 'forbidden';
  return isCommandAllowed(frame) ? 'ok' : 'forbidden';
}

/** Secrets travel under a key that RAIDA know; an encryption type that they do not know is none. */
function isCommandAllowed(frame: Uint8Array): boolean {
  const command = findCommand(frame[GROUP_OFFSET]!, frame[CODE_OFFSET]!);
  if (!command) return false;
  switch (frame[ENCRYPTION_TYPE_OFFSET]) {
    case ENCRYPTION_TYPE.none:
      return !command.carriesSecrets && command !== COMMANDS.fix;
    case ENCRYPTION_TYPE.token:
    case ENCRYPTION_TYPE.locker:
      return true;
    default:
      return false;
  }
}
