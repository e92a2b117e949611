import { readInt8, readUint32, writeUint32 } from './bytes.ts';
import { MAX_DENOMINATION, MIN_DENOMINATION } from './limits.ts';

/** What a token is (section 1): its identity is (DN, SN), never SN alone. */
export interface TokenId {
  /** Denomination, -8 to 6; the value is 10^dn. */
  readonly dn: number;
  /** Serial number, an unsigned 32-bit number. */
  readonly sn: number;
}

/** A token and the secret that one RAIDA holds for it. */
export interface TokenAn extends TokenId {
  /** 16 bytes. */
  readonly an: Uint8Array;
}

/** A token, the secret of one RAIDA, and what it is to become or may have become. */
export interface TokenAnPan extends TokenAn {
  /** 16 bytes. */
  readonly pan: Uint8Array;
}

/** A token with all of its secrets. */
export interface Token extends TokenId {
  /** 25 x 16 bytes, by RAIDA. */
  readonly ans: readonly Uint8Array[];
}

/** A text that is equal for equal identities, for maps and messages: `1:102205`, `-2:7`. */
export function tokenKey(token: TokenId): string {
  return `${token.dn}:${token.sn}`;
}

export function isDenomination(dn: number): boolean {
  return Number.isInteger(dn) && dn >= MIN_DENOMINATION && dn <= MAX_DENOMINATION;
}

export function isSerialNumber(sn: number): boolean {
  return Number.isInteger(sn) && sn >= 0 && sn <= 0xffffffff;
}

/** DN (1) || SN (4), big-endian. */
export function writeTokenId(bytes: Uint8Array, offset: number, token: TokenId): void {
  bytes[offset] = token.dn;
  writeUint32(bytes, offset + 1, token.sn);
}

/** DN may lie outside of -8 to 6: what that means depends on the command (section 7). */
export function readTokenId(bytes: Uint8Array, offset: number): TokenId {
  return { dn: readInt8(bytes, offset), sn: readUint32(bytes, offset + 1) };
}
