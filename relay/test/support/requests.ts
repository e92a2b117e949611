import { randomBytes } from 'node:crypto';
import {
  type AnyCommand,
  COMMANDS,
  encodeRequest,
  type Encryption,
  makeChallenge,
  type RelayRequest,
} from '@raida-wallet/protocol';

export const COIN_ID = 6;

const NO_ENCRYPTION: Encryption = { kind: 'none' };

const KEY = { token: { dn: 0, sn: 7 }, key: new Uint8Array(16).fill(9) };
export const BY_TOKEN: Encryption = { kind: 'token', ...KEY };
export const BY_LOCKER: Encryption = { kind: 'locker', ...KEY };

/** A whole request frame. */
export function frameOf(
  command: AnyCommand,
  request: unknown,
  raida: number,
  encryption: Encryption = NO_ENCRYPTION,
): Uint8Array {
  return encodeRequest(command, request, {
    raida,
    coinId: COIN_ID,
    encryption,
    challenge: makeChallenge(randomBytes(12)),
    nonce: randomBytes(8),
  });
}

export function echoFrame(raida: number, encryption: Encryption = NO_ENCRYPTION): Uint8Array {
  return frameOf(COMMANDS.echo, {}, raida, encryption);
}

/** An encrypted POWN of this many tokens. */
export function pownFrame(
  raida: number,
  tokens: number,
  encryption: Encryption = BY_TOKEN,
): Uint8Array {
  const request = {
    tokens: Array.from({ length: tokens }, (_, sn) => ({
      dn: 0,
      sn,
      an: new Uint8Array(16).fill(1),
      pan: new Uint8Array(16).fill(2),
    })),
  };
  return frameOf(COMMANDS.pown, request, raida, encryption);
}

/** How long a RAIDA of these tests may take; only tests of deadlines give another. */
const AMPLE_MS = 10_000;

export function relayRequest(
  exchange: number,
  raida: number,
  frame = echoFrame(raida),
  more: Partial<RelayRequest> = {},
): RelayRequest {
  return { raida, tcp: false, deadlineMs: AMPLE_MS, exchange, frame, ...more };
}
