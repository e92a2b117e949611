/** The relay as a library: what its command line is made of. */
export { ConfigError } from './config-error.ts';
export { LIMITS, type Limits } from './limits.ts';
export { createLog, type Log } from './log.ts';
export { type Network, parseNetwork, readNetworkFile } from './network-file.ts';
export { Relay, type RelayOptions, startRelay } from './relay.ts';
