/** A RAIDA without I/O: no sockets, no files, no timers. What a simulation needs. */
export { MemoryTokenStore } from './memory-store.ts';
export { handleRequest } from './handler.ts';
export type {
  MaybePromise,
  NodeConfig,
  NodePorts,
  TokenReader,
  TokenStore,
  TokenWriter,
} from './ports.ts';
export { type Claim, TicketTable, type TicketTableOptions } from './tickets.ts';
export { DEFAULT_TRUST, type Trust, TrustError, trustFileName, trustOfFileNames } from './trust.ts';
