/** Fixed numbers of the browser's ports, with their units and reasons. */

/** How much longer than a deadline the wallet itself waits for the relay's word. */
export const RELAY_GRACE_MS = 2_000;
/** How often overdue exchanges are looked for. */
export const SWEEP_MS = 250;
/** Frames share WebSocket messages up to this size; a relay takes 1 MiB. */
export const MESSAGE_BYTES = 262_144;
/** Pauses between attempts to reach the relay: doubled from the first to the last. */
export const FIRST_RECONNECT_MS = 500;
export const MAX_RECONNECT_MS = 15_000;
/** An answer about the network that takes longer is asked for again. */
export const FETCH_TIMEOUT_MS = 10_000;

/** Relays that a page may name; a relay takes as many (docs/relay.md). */
export const MAX_RELAYS = 16;
/** Exchanges of one kind that a relay loses in a row before another is asked in its place. */
export const LOSSES_BEFORE_REST = 3;
/** So many RAIDA are hardly away at once by chance: it is the relay that is cut off. */
export const RAIDA_BEFORE_REST = 4;
/** How long a relay that loses is left alone: doubled from the first to the last. */
export const FIRST_REST_MS = 30_000;
export const MAX_REST_MS = 600_000;
