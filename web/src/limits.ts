/** Every fixed number of the page, with its unit and its reason. */

/** Files that are looked at together. More than a person picks, few enough to list in one sheet. */
export const MAX_FILES_AT_ONCE = 200;

/** A coin file of 65,535 coins has 27 MB as .bin and less than 64 MB as .stack (PROTOCOL.md, 8). */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** All files of one go share the phone's memory. */
export const MAX_TOTAL_BYTES = 256 * 1024 * 1024;

/** Countdowns are shown in seconds and minutes; nothing changes faster than this. */
export const CLOCK_TICK_MS = 1000;

/** From here on minutes are easier to grasp than seconds. */
export const SECONDS_UNTIL_MS = 90_000;

/** Rows that appear and disappear together in a long list: a little more than a tall screen. */
export const ROWS_PER_CHUNK = 40;

/** With so few coins every one is shown at once; more start grouped and folded. */
export const MAX_UNFOLDED_COINS = 12;

/** Finished deposits that stay in sight; older ones fold away. */
export const MAX_RECENT_DEPOSITS = 3;

/** Finished sends that stay in sight; older ones fold away. */
export const MAX_RECENT_SENDS = 3;

/** A browser reads a file that is saved at once; a slow phone with a question before it, later. */
export const FILE_URL_LIFE_MS = 60_000;
