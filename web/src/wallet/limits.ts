import { RAIDA_COUNT, SECRET_BYTES } from '@raida-wallet/protocol';

/** Every fixed number of the wallet, with its unit and its reason. */

/** Bytes of the seed from which every secret of this wallet derives. */
export const SEED_BYTES = 32;
/** A row of candidates: one secret for each RAIDA. */
export const ROW_BYTES = RAIDA_COUNT * SECRET_BYTES;

/** Mutations open at once for one token (WALLET.md, I6): 13 others always hold an AN that we know. */
export const MAX_IN_DOUBT = 12;

/** RAIDA moved at once: 9, then 8, then 8 (WALLET.md, I6). */
export const FIRST_BATCH = 9;
export const LATER_BATCH = 8;

/** A previous owner's tickets live 300 s; a minute more for clocks and delays (WALLET.md, I7). */
export const SETTLE_AFTER_MS = 360_000;

/** While coins settle, the time that has passed is stored this often: phones close pages. */
export const STORE_WAIT_EVERY_MS = 60_000;

/** An AN proven longer ago than this is proven again before it is moved. */
export const PROOF_FRESH_MS = 600_000;

/** Time-outs before a RAIDA's own round-trip time is known (WALLET.md, section 4). */
export const FIRST_ECHO_TIMEOUT_MS = 2_000;
export const FIRST_TIMEOUT_MS = 3_000;
export const TIMEOUT_PER_TOKEN_MS = 10;
export const MAX_TIMEOUT_MS = 10_000;
/** Below this a busy relay or a phone's own scheduling would look like a loss. */
export const MIN_TIMEOUT_MS = 300;
/** Each retry waits this much longer. */
export const TIMEOUT_BACKOFF = 1.5;

/** How often a request that is free to repeat is sent before its RAIDA counts as silent. */
export const MAX_TRIES = 4;
/** A RAIDA that lets this many requests in a row time out is left alone for the round. */
export const MAX_LOSSES_IN_A_ROW = 12;
/** Outstanding requests to one RAIDA: enough to hide latency, few enough for a socket's buffer. */
export const WINDOW_PER_RAIDA = 12;
/** Once all but 12 RAIDA have answered, the others are waited for this long. */
export const STRAGGLER_MS = 1_500;
/** Pause after a relay said that it has too much to do, times the number of tries. */
export const OVERLOAD_PAUSE_MS = 250;

/** Proofs asked for in one round: 800 tokens at 25 RAIDA, about 20 MB while it lasts. */
export const MAX_PROBES_PER_ROUND = 20_000;

/** Tokens in one POWN; 1,000 make 37 kB, well below the wire's 64 kB and quick to commit. */
export const MAX_TOKENS_PER_POWN = 1_000;

/** Pauses between rounds that brought nothing new: doubled from the first to the last. */
export const FIRST_RETRY_MS = 1_000;
export const MAX_RETRY_MS = 30_000;
/** A lock waits for what was tried again after pauses up to this one, and for nothing that was fruitless longer. */
export const BUSY_RETRY_MS = 8_000;
/** The same once all coins have settled and only some servers are missing. */
export const MAX_RETRY_SETTLED_MS = 300_000;

/** Counterfeit needs two verdicts of each RAIDA; they must lie at least this far apart. */
export const VERDICT_GAP_MS = 10_000;
export const VERDICTS_NEEDED = 2;

/** RAIDA that an audit hears, of which each is asked about all coins that are at rest. */
export const AUDITED_RAIDA = 3;
/** Where these are silent, as many more are asked, so often. */
export const AUDIT_TRIES = 3;
/** Up to so many coins are asked about one by one; more of them by their sum. */
export const MAX_AUDIT_ECHOES = 8;
/** Tokens in one sum: a request about them fits one datagram. */
export const MAX_TOKENS_PER_SUM = 246;
/** Coins that are checked at all RAIDA in one go; more of them come after these. */
export const MAX_CHECKED = 250;
/** Rounds of questions about a coin that an audit found doubtful. */
export const MAX_CHECK_ROUNDS = 4;
/** While the page is open, coins are audited this often. */
export const AUDIT_EVERY_MS = 3_600_000;
/** The same while nobody answers: doubled from here. */
export const FIRST_AUDIT_RETRY_MS = 10_000;
/** After a key was refused, and while something is doubtful that can be decided; never more often. */
export const AUDIT_SOON_MS = 300_000;

/** Journal entries after which the store is compacted at the next start. */
export const COMPACT_AFTER_ENTRIES = 200;
/** Tokens in one page of the store: about 0.5 MB. */
export const TOKENS_PER_PAGE = 500;

/** Files that are looked at in one go; a person who drops more has dropped a disk. */
export const MAX_FILES = 200;

/** Secrets that files may bring for one coin until one of them is good. */
export const MAX_GUESSES = 50;
/** Of what a RAIDA may still hold of a coin's past, the newest are asked for. */
export const MAX_SOURCES = 24;
/** Of the sources of a move, as many of the newest are tried as AN xor PAN. */
export const MAX_TAMPERED_ROWS = 4;

/** Tokens of the least value that take turns as keys. */
export const KEYS_IN_TURN = 3;

/** Tickets shown in one Fix: 13 must be believed, and some of them may be lost. */
export const MAX_TICKETS = 16;
/**
 * Tickets of a Fix that may still be claimable for one and the same other RAIDA. They live on for 300 s,
 * so those of MAX_HEAL_ROUNDS rounds add up.
 */
export const MAX_UNSEALED = 1;
/** Tokens in one ticket: so many that a Fix for them fits one datagram (PROTOCOL.md section 6). */
export const MAX_TOKENS_PER_FIX = 246;
/** Groups in one round of tickets: a RAIDA keeps 512 tickets, for all its clients. */
export const MAX_GROUPS_PER_ROUND = 24;
/** Get Ticket is tried this often, with a pause in between (WALLET.md section 4). */
export const MAX_TICKET_TRIES = 3;
export const TICKET_PAUSE_MS = 1_000;
/** A Fix asks other RAIDA before it answers; a relay waits no longer than this. */
export const FIX_TIMEOUT_MS = 60_000;
/** Once most have answered a Fix, the others are waited for this long: a vote may take seconds. */
export const FIX_STRAGGLER_MS = 6_000;
/** Rounds in which a coin that only 13 know is to be healed, before it is moved all the same. */
export const BRITTLE_ROUNDS = 2;
/** Rounds of tickets after which a repair gives a token up, until a person asks again. */
export const MAX_HEAL_ROUNDS = 6;

/** Counters beyond the known one that a restore looks at, of PANs and of Fixes. */
export const RESTORE_WINDOW = 3;
/** Of the Fixes of one token that a list names, the newest are looked for. */
export const MAX_RESTORED_FIXES = 16;
/** Of what another copy of this wallet knew of a coin that is here, the newest secrets are taken over. */
export const MAX_LEARNT_ROWS = 16;
/** PANs of a coin's past that are asked for, however much came after them. */
export const MAX_PAN_SOURCES = 4;
/** Counters that a restore leaves out: what was written down may be months old (I11). */
export const RESTORE_MARGIN = 1_000;
