/** Every fixed number of the scripts, with its unit and its reason. */

/** A network of 25 nodes opens its stores and sockets in a second or two; a loaded machine in ten. */
export const CHILD_READY_MS = 60_000;
/** A relay drains for some seconds and a node commits what it has; after that it is stuck. */
export const CHILD_STOP_MS = 15_000;
/** Lines of a child's output that are kept to explain its death. */
export const CHILD_OUTPUT_LINES = 60;

/** How often `npm start` looks whether npm is still there. */
export const PARENT_CHECK_MS = 500;

/** Where `npm start` puts the wallet when nobody says otherwise. */
export const DEFAULT_PORT = 8480;
/** How many ports after the default one are tried when it is taken on the first start. */
export const PORT_ATTEMPTS = 20;
/** A relay on this machine answers at once, or it is not a relay. */
export const PROBE_MS = 2_000;

/** A program prints its version in well under a second; a cold disk needs longer. */
export const PROGRAM_ANSWER_MS = 20_000;
/** Older ones lack what Playwright speaks and what the wallet uses. */
export const MIN_CHROMIUM_MAJOR = 120;
/** Playwright's download in all, 170 MB. */
export const DOWNLOAD_MS = 300_000;
/** A download that shows no progress for so long is on a network that swallows it. */
export const DOWNLOAD_STALL_MS = 45_000;
/** Playwright's own limit for a connection that gives no byte. */
export const DOWNLOAD_CONNECTION_MS = 20_000;
/** After a failed download the next attempt waits so long, so that not every run pays for it. */
export const DOWNLOAD_RETRY_MS = 3_600_000;
/** Debian's package of a browser, with its lists and libraries. */
export const APT_MS = 420_000;
