import { MAX_REPLY_BODY_BYTES } from '@raida-wallet/protocol';

/**
 * Every limit of the relay, with its unit last in its name, its default and its reason. Each has
 * a command-line flag: `openExchanges` is `--open-exchanges`. docs/relay.md says what a client
 * sees when one is reached.
 */
export const LIMITS = {
  connections: limit(2048, 'WebSocket connections in all; each costs about 20 KB'),
  httpConnections: limit(256, 'connections that fetch files, next to the WebSocket connections'),
  handshakeMs: limit(10_000, 'a client that has not sent a whole HTTP request by then is closed'),
  messageBytes: limit(1_048_576, 'one WebSocket message; 16 of the largest frames, or 740 by UDP'),
  messageFragments: limit(1024, 'fragments of a message; each costs memory of its own'),
  pendingPongs: limit(16, 'pongs that wait for a client that pings and does not read'),
  openExchangesPerConnection: limit(1024, 'one client must not take what others need'),
  openExchanges: limit(8192, 'exchanges in all; bounds memory'),
  udpSockets: limit(4096, 'UDP sockets in all, one an open exchange; each is a file descriptor'),
  udpSocketsPerRaida: limit(512, 'a RAIDA that never answers must not take the sockets of others'),
  udpSocketIdleMs: limit(30_000, 'an unused socket is closed after this'),
  tcpExchanges: limit(512, 'TCP connections to RAIDA in all; each is a file descriptor'),
  replyBodyBytes: limit(MAX_REPLY_BODY_BYTES, 'body of a reply by TCP; no known one is larger'),
  outboundBufferBytes: limit(
    4_194_304,
    'unsent bytes of a connection; above it answers are dropped',
  ),
  answerMessageBytes: limit(262_144, 'answers share messages up to this size'),
  heartbeatMs: limit(30_000, 'a client that is silent for two of these is gone'),
  closeMs: limit(5_000, 'a client that does not answer a close within this is cut off'),
  drainMs: limit(10_000, 'open exchanges may end within this after SIGTERM'),
  resolveMs: limit(300_000, 'host names of the network file are resolved again this often'),
  logLinesPerSecond: limit(
    50,
    'further lines are counted, not written: a client must not fill a disk',
  ),
} as const;

export type LimitName = keyof typeof LIMITS;
export type Limits = { readonly [Name in LimitName]: number };

export const LIMIT_NAMES = Object.keys(LIMITS) as LimitName[];

interface Limit {
  readonly default: number;
  readonly reason: string;
}

function limit(value: number, reason: string): Limit {
  return { default: value, reason };
}

export function limitFlag(name: LimitName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The defaults, but for what is given. */
export function withDefaults(given: Partial<Limits> = {}): Limits {
  const pairs = LIMIT_NAMES.map((name) => [name, given[name] ?? LIMITS[name].default]);
  return Object.fromEntries(pairs) as Limits;
}
