import { describe, expect, test } from 'vitest';

import {
  decodeRelayAnswers,
  decodeRelayRequests,
  DecodeError,
  encodeRelayAnswers,
  encodeRelayRequests,
  RELAY_STATUS,
  writeUint32,
} from '@raida-wallet/protocol';

import { RELAY_ENVELOPE_PROPERTIES } from './properties/relay-envelope.ts';
import { runProperties } from './support/run-properties.ts';

describe('relay-envelope', () => runProperties(RELAY_ENVELOPE_PROPERTIES));

describe('messages of a hostile peer', () => {
  const part = { raida: 1, tcp: false, deadlineMs: 250, exchange: 1, frame: new Uint8Array(64) };

  /** A batch of two whose first part claims this many bytes. */
  function claiming(frameBytes: number): Uint8Array {
    const message = encodeRelayRequests([part, part]);
    writeUint32(message, 4, frameBytes);
    return message;
  }

  test('a part of 2 GiB and more does not move the cursor backwards', () => {
    for (const frameBytes of [0x7fffffff, 0x80000000, 0xfffffffc, 0xfffffffd, 0xffffffff]) {
      expect(() => decodeRelayRequests(claiming(frameBytes)), `${frameBytes}`).toThrow(DecodeError);
    }
    expect(decodeRelayRequests(claiming(64))).toHaveLength(2);
  });

  test('a part that claims almost 4 GiB is not an empty one', () => {
    const batchOfOne = Uint8Array.of(0x13, 0, 0, 1, 255, 255, 255, 255, 0x11, 1, 0, 1, 0, 0, 0, 1);
    expect(() => decodeRelayRequests(batchOfOne)).toThrow(DecodeError);
    batchOfOne.fill(0, 4, 8);
    expect(decodeRelayRequests(batchOfOne)).toHaveLength(1);
  });

  test('a failure that carries a frame, and a status that nobody knows', () => {
    const answer = encodeRelayAnswers([
      { raida: 1, status: 'ok', exchange: 1, frame: new Uint8Array(32) },
    ]);
    answer[2] = RELAY_STATUS.timeout;
    expect(() => decodeRelayAnswers(answer)).toThrow('no frame');
    answer[2] = 99;
    expect(() => decodeRelayAnswers(answer)).toThrow('a known status');
  });

  test('a batch of none', () => {
    expect(() => decodeRelayRequests(Uint8Array.of(0x13, 0, 0, 0))).toThrow(DecodeError);
    expect(() => encodeRelayRequests([])).toThrow('1 to 65535 parts');
  });

  test('a request is no answer', () => {
    expect(() => decodeRelayAnswers(encodeRelayRequests([part]))).toThrow(DecodeError);
    expect(() => decodeRelayAnswers(encodeRelayRequests([part, part]))).toThrow(DecodeError);
  });
});
