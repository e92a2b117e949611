/**
 * Every fixed number of the wire, with its unit. The source is PROTOCOL.md unless said otherwise.
 */

/** Servers of one network, numbered 0 to 24 (section 1). */
export const RAIDA_COUNT = 25;
/** How many of 25 must agree (section 1). */
export const QUORUM = 13;

/** Bytes of an AN, PAN, PG, challenge and signature (sections 1 to 3). */
export const SECRET_BYTES = 16;
export const CHALLENGE_BYTES = 16;
/** Random bytes of a challenge; the other four are their CRC-32 (section 2). */
export const CHALLENGE_RANDOM_BYTES = 12;
export const SIGNATURE_BYTES = 16;
export const NONCE_BYTES = 8;
export const TICKET_BYTES = 4;
/** Bytes of DN and SN together (section 5, "ID"). */
export const TOKEN_ID_BYTES = 5;

export const REQUEST_HEADER_BYTES = 32;
export const REPLY_HEADER_BYTES = 32;
export const TERMINATOR_BYTES = 2;
/** The smallest body: a challenge and the terminator. */
export const MIN_BODY_BYTES = CHALLENGE_BYTES + TERMINATOR_BYTES;
/** The body length field has 16 bits (section 2). */
export const MAX_BODY_BYTES = 65_535;
export const MAX_REQUEST_BYTES = REQUEST_HEADER_BYTES + MAX_BODY_BYTES;
/** Larger requests than this travel by TCP; servers take 1440 (section 6). */
export const DEFAULT_UDP_MAX_BYTES = 1400;
/** The reply's size field has 24 bits; no reply that we know of is larger than this (section 6). */
export const MAX_REPLY_BODY_BYTES = 65_535;

/** A version is a date or a number; what is longer is none, and must not fill a screen. */
export const MAX_VERSION_BYTES = 255;

/** Tokens that one ticket covers at most (section 5). */
export const MAX_TOKENS_PER_TICKET = 4096;
/** How long a RAIDA keeps a ticket (section 5). */
export const TICKET_LIFETIME_MS = 300_000;

/** Value of a token is 10^DN (section 1). */
export const MIN_DENOMINATION = -8;
export const MAX_DENOMINATION = 6;

/** Coin id of the live network (section 2). A network setting everywhere. */
export const DEFAULT_COIN_ID = 6;

/** Before the tokens of a `.bin` (section 8). */
export const COIN_FILE_HEADER_BYTES = 32;
/** A coin file's token count has 16 bits (section 8). */
export const MAX_TOKENS_PER_FILE = 65_535;
/** No real coin file comes near it; refused before it is parsed, so that a phone does not choke. */
export const MAX_COIN_FILE_BYTES = 64 * 1024 * 1024;
/** File systems end names at 255 bytes, a character takes up to four, and the rest needs room. */
export const MAX_MEMO_CHARACTERS = 48;
