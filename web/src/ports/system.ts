import type { ClockPort, RandomPort } from '../wallet/ports.ts';

/** The browser's clock and randomness. */

export const systemClock: ClockPort = {
  now: () => Date.now(),
  steadyMs: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** The most that one call to getRandomValues gives (Web Cryptography API). */
const RANDOM_BYTES_PER_CALL = 65_536;

export const systemRandom: RandomPort = {
  fill(bytes) {
    for (let start = 0; start < bytes.length; start += RANDOM_BYTES_PER_CALL) {
      const part = bytes.subarray(start, start + RANDOM_BYTES_PER_CALL);
      crypto.getRandomValues(part as Uint8Array<ArrayBuffer>);
    }
  },
};
