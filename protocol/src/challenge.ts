import { readUint32, writeUint32 } from './bytes.ts';
import { crc32 } from './crc32.ts';
import { CHALLENGE_BYTES, CHALLENGE_RANDOM_BYTES } from './limits.ts';

/**
 * Challenge (section 2): 12 random bytes || CRC-32 of them, big-endian.
 * Fresh for each request and each RAIDA.
 */

/** Completes in place a challenge whose first 12 bytes are random. */
export function sealChallenge(challenge: Uint8Array): void {
  writeUint32(challenge, CHALLENGE_RANDOM_BYTES, crc32(challenge, 0, CHALLENGE_RANDOM_BYTES));
}

/** The challenge around 12 random bytes. */
export function makeChallenge(random: Uint8Array): Uint8Array {
  const challenge = new Uint8Array(CHALLENGE_BYTES);
  challenge.set(random.subarray(0, CHALLENGE_RANDOM_BYTES));
  sealChallenge(challenge);
  return challenge;
}

/** Whether the last four bytes are the CRC-32 of the first twelve: a server's status 37 if not. */
export function isChallengeSealed(challenge: Uint8Array): boolean {
  return (
    readUint32(challenge, CHALLENGE_RANDOM_BYTES) === crc32(challenge, 0, CHALLENGE_RANDOM_BYTES)
  );
}
