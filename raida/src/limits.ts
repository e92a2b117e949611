/** Every limit of a node and of the local network, with its unit and its reason. */

import { DEFAULT_UDP_MAX_BYTES } from '@raida-wallet/protocol';

/** Tickets that a node keeps at once (PROTOCOL.md section 5). */
export const TICKET_SLOTS = 512;

/** Largest datagram that a node takes, as live servers do (section 6). */
export const NODE_UDP_MAX_BYTES = 1440;
/** What clients of the local network are told to send at most by UDP. */
export const NETWORK_UDP_MAX_BYTES = DEFAULT_UDP_MAX_BYTES;

/**
 * How long a Fix waits for the votes of other RAIDA, all of them asked at once. One that is down
 * for good, or never answers, costs its vote and at most this much time.
 */
export const VOTE_LIMIT_MS = 4_000;
/**
 * A Validate Ticket without an answer is sent again after this long. When it was the answer that
 * got lost the claim is spent (status 44) and so is the vote: no protocol field tells a repeated
 * claim from a second one.
 */
export const VOTE_RETRY_MS = 1_000;
/** Votes that one process asks for at once: 25 Fixes of 24 votes, with a socket each. */
export const VOTES_AT_ONCE = 25 * 24;

/** Requests that one node works on at once. More datagrams are dropped: UDP may lose. */
export const REQUESTS_AT_ONCE = 4_096;
/** TCP connections of one node at once; a connection serves one request. */
export const TCP_CONNECTIONS = 256;
/** A TCP connection that is silent for this long is closed. */
export const TCP_IDLE_MS = 10_000;
/** Whatever it does, a TCP connection is closed after this long: a trickle must not hold it. */
export const TCP_TOTAL_MS = 60_000;
/** Room for bursts of datagrams while the process is busy with a commit. */
export const UDP_RECEIVE_BUFFER_BYTES = 1024 * 1024;

/** How often a port that the system chose for TCP is tried, until it is free for UDP as well. */
export const PORT_ATTEMPTS = 20;
/** The highest port number. */
export const MAX_PORT = 65_535;

/** The longest delay that the fault interface takes. */
export const MAX_FAULT_DELAY_MS = 60_000;
/** A datagram that waits to be overtaken leaves after this long, when none follows. */
export const REORDER_HOLD_MS = 100;

/** The longest life of a ticket that the control interface sets: a day. */
export const MAX_TICKET_LIFETIME_MS = 86_400_000;

/** Size of a control request: 65,535 tokens of 25 ANs as hex in JSON, with room to spare. */
export const CONTROL_BODY_BYTES = 96 * 1024 * 1024;
/** Tokens in one control request: as many as a coin file holds (section 8). */
export const CONTROL_TOKENS = 65_535;
/** Tokens written in one transaction of a bulk load: a commit well below a second. */
export const BULK_TOKENS = 20_000;
