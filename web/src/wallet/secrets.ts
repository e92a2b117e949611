import { derivePanOfFix, RAIDA_COUNT, SECRET_BYTES, xorInto } from '@raida-wallet/protocol';

import { ROW_BYTES } from './limits.ts';
import type { TokenRecord } from './token-record.ts';

/** The candidate of a row at one RAIDA: 16 bytes, a view where it is stored. */
export function secretAt(token: TokenRecord, row: number, raida: number): Uint8Array {
  const { origin, secrets } = token.rows[row]!;
  const start = raida * SECRET_BYTES;
  if (secrets) return secrets.subarray(start, start + SECRET_BYTES);
  if (origin.kind === 'fix') {
    return derivePanOfFix(raida, token, origin.pgs.subarray(start, start + SECRET_BYTES));
  }
  if (origin.kind !== 'tampered') throw new Error('assertion failed: a stored row has secrets');
  const secret = secretAt(token, origin.rows[0], raida).slice();
  xorInto(secret, secretAt(token, origin.rows[1], raida));
  return secret;
}

/** All 25 of a row, one after the other. */
export function secretsOfRow(token: TokenRecord, row: number): Uint8Array {
  return rowOf((raida) => secretAt(token, row, raida));
}

export function rowOf(secret: (raida: number) => Uint8Array): Uint8Array {
  const row = new Uint8Array(ROW_BYTES);
  for (let raida = 0; raida < RAIDA_COUNT; raida++) row.set(secret(raida), raida * SECRET_BYTES);
  return row;
}
