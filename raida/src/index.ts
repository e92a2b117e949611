/** RAIDA: the handler and its ports for simulations, the local network for tests and tools. */
export * from './node/index.ts';
export { startControl, type Control } from './control/server.ts';
export { LocalNetwork, type LocalNetworkOptions } from './network/local-network.ts';
export { type LocalNode, type NodeStatus } from './network/local-node.ts';
export { type Faults, NO_FAULTS } from './transport/faults.ts';
