import { createHash, randomBytes } from 'node:crypto';
import { COMMANDS, encodeRequest, makeChallenge, writeUint16 } from '@raida-wallet/protocol';

/** Tokens and requests of the benchmark. All requests are encrypted, as a wallet's are. */

const COIN_ID = 6;
/** Its AN never changes, so frames under it can be made beforehand. */
export const KEY_TOKEN = { dn: 6, sn: 1 };

/**
 * @param {number} raida
 * @param {{ dn: number, sn: number }} token
 * @param {number} generation
 */
export function an(raida, token, generation = 0) {
  const text = `${raida} ${token.dn} ${token.sn} ${generation}`;
  return new Uint8Array(createHash('md5').update(text).digest());
}

/**
 * The frames of one slot, in their order. Detect asks the same thing again; POWN moves its tokens
 * there and back.
 *
 * @param {'detect' | 'pown'} command
 * @param {number} raida
 * @param {number} slot
 * @param {{ dn: number, sn: number }[]} tokens
 */
export function framesOf(command, raida, slot, tokens) {
  if (command === 'detect') {
    const held = tokens.map((token) => ({ ...token, an: an(raida, token) }));
    return [frame(COMMANDS.detect, { tokens: held }, raida, slot)];
  }
  return [
    [0, 1],
    [1, 0],
  ].map(([from, to], i) => {
    const moved = tokens.map((token) => ({
      ...token,
      an: an(raida, token, from),
      pan: an(raida, token, to),
    }));
    return frame(COMMANDS.pown, { tokens: moved }, raida, 2 * slot + i);
  });
}

/**
 * @param {import('@raida-wallet/protocol').Command<any, unknown>} command
 * @param {unknown} request
 * @param {number} raida
 * @param {number} echo
 */
function frame(command, request, raida, echo) {
  const nonce = new Uint8Array(randomBytes(8));
  writeUint16(nonce, 6, echo);
  const bytes = encodeRequest(command, request, {
    raida,
    coinId: COIN_ID,
    encryption: { kind: 'token', token: KEY_TOKEN, key: an(raida, KEY_TOKEN) },
    challenge: makeChallenge(randomBytes(12)),
    nonce,
  });
  return Buffer.from(bytes).toString('base64');
}
