import { expect, test } from 'vitest';

import { copyBytes, isChallengeSealed, makeChallenge, signatureFor } from '@raida-wallet/protocol';

// A Node Buffer is a Uint8Array whose `slice` does not copy. A node that answered from one spoiled
// the challenge that it was about to check.
test('signing leaves a challenge in a Buffer as it was', () => {
  const challenge = Buffer.from(makeChallenge(new Uint8Array(12).fill(3)));
  const before = Uint8Array.from(challenge);
  signatureFor(challenge, new Uint8Array(16).fill(9));
  expect(Uint8Array.from(challenge)).toEqual(before);
  expect(isChallengeSealed(challenge)).toBe(true);
});

test('a copy of a Buffer shares nothing with it', () => {
  const buffer = Buffer.of(1, 2, 3);
  const copy = copyBytes(buffer);
  buffer[0] = 9;
  expect([...copy]).toEqual([1, 2, 3]);
});
