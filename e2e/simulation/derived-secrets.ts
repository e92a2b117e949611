import {
  derivePanOfFix,
  RAIDA_COUNT,
  readTokenId,
  SECRET_BYTES,
  toHex,
  TOKEN_ID_BYTES,
} from '@raida-wallet/protocol';
import { decodeEntry } from '@raida-wallet/web/wallet/journal';

/** A stored PG is as good as the secrets that a Fix derives from it: those, as hex. */
export function derivedSecrets(bytes: Uint8Array): string[] {
  const entry = decodeEntry(bytes);
  if (entry.kind !== 'fix') return [];
  const secrets: string[] = [];
  for (const { ids, pgs } of entry.groups) {
    for (let at = 0; at < ids.length; at += TOKEN_ID_BYTES) {
      const token = readTokenId(ids, at);
      for (let raida = 0; raida < RAIDA_COUNT; raida++) {
        const pg = pgs.subarray(raida * SECRET_BYTES, (raida + 1) * SECRET_BYTES);
        secrets.push(toHex(derivePanOfFix(raida, token, pg)));
      }
    }
  }
  return secrets;
}
