import { md5 } from '@noble/hashes/legacy.js';

import { SECRET_BYTES, TOKEN_ID_BYTES } from './limits.ts';
import { type TokenId, writeTokenId } from './token.ts';

/**
 * The AN that a Fix sets (sections 5 and 9): MD5 of RAIDA id (1) || DN (1) || SN (4) || PG (16),
 * 22 raw bytes. Every RAIDA must get a PG of its own, or one could compute the others' ANs.
 */
export function derivePanOfFix(raida: number, token: TokenId, pg: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + TOKEN_ID_BYTES + SECRET_BYTES);
  input[0] = raida;
  writeTokenId(input, 1, token);
  input.set(pg, 1 + TOKEN_ID_BYTES);
  return md5(input);
}
