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
