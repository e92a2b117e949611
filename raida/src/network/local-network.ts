import { mkdirSync } from 'node:fs';
import {
  type CounterMode,
  DEFAULT_COIN_ID,
  RAIDA_COUNT,
  type Token,
  type TokenId,
} from '@raida-wallet/protocol';

import { lockFolder } from '../store/folder-lock.ts';
import { LmdbStore, type NodeChange } from '../store/lmdb-store.ts';
import { TicketClient, type VoteTimes } from '../transport/ticket-client.ts';
import { LocalNode } from './local-node.ts';
import { portOf } from './ports.ts';
import { readTrust } from './trust-folder.ts';

/** What Version answers: that of the servers whose behaviour the nodes have. */
const NODE_VERSION = '20250323';

export interface LocalNetworkOptions {
  /** Everything that outlives the process: tokens, and a config folder for each node. */
  readonly dataFolder: string;
  /** Node r listens at this port + r; 0 lets the system choose each. */
  readonly basePort: number;
  readonly host?: string;
  readonly nodeCount?: number;
  readonly coinId?: number;
  readonly counterMode?: CounterMode;
  readonly voteTimes?: VoteTimes;
  /** Told of errors that no request is to blame for. */
  readonly report?: (raida: number, error: unknown) => void;
}

/** RAIDA 0 to n - 1 in this process. */
export class LocalNetwork {
  readonly coinId: number;
  readonly nodes: readonly LocalNode[];
  readonly #store: LmdbStore;
  readonly #unlock: () => void;

  private constructor(
    nodes: readonly LocalNode[],
    store: LmdbStore,
    unlock: () => void,
    coinId: number,
  ) {
    this.nodes = nodes;
    this.#store = store;
    this.#unlock = unlock;
    this.coinId = coinId;
  }

  /** Opens the data folder and starts every node. Rejects, leaving nothing open, if one fails. */
  static async start(options: LocalNetworkOptions): Promise<LocalNetwork> {
    const { dataFolder, nodeCount = RAIDA_COUNT, coinId = DEFAULT_COIN_ID } = options;
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    const unlock = lockFolder(dataFolder);
    let network: LocalNetwork | null = null;
    try {
      const trusts = Array.from({ length: nodeCount }, (_, raida) => readTrust(dataFolder, raida));
      const store = new LmdbStore(dataFolder, nodeCount);
      const nodes: LocalNode[] = [];
      const votes = new TicketClient((raida) => nodes[raida]?.address, options.voteTimes);
      network = new LocalNetwork(nodes, store, unlock, coinId);
      for (const [raida, trust] of trusts.entries()) {
        const node = new LocalNode({
          config: { raida, coinId, version: NODE_VERSION, trust },
          address: {
            host: options.host ?? '127.0.0.1',
            port: portOf(options.basePort, raida),
          },
          store: store.node(raida),
          votes,
          counterMode: options.counterMode ?? 'restart',
          report: options.report ?? (() => undefined),
        });
        nodes.push(node);
        await node.start();
      }
      return network;
    } catch (error) {
      if (network) await network.close();
      else unlock();
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.#store.close();
    this.#unlock();
  }

  /** Makes every node hold exactly these ANs. */
  async register(tokens: readonly Token[]): Promise<void> {
    await this.write(
      tokens.flatMap((token) =>
        this.nodes.map(({ id }) => ({ raida: id, token, an: token.ans[id]! })),
      ),
    );
  }

  /** Sets tokens at chosen nodes, past all rules. */
  write(changes: readonly NodeChange[]): Promise<void> {
    return this.#store.write(changes);
  }

  /** The AN that a node holds, stopped or not; undefined when it holds none or does not exist. */
  read(raida: number, token: TokenId): Uint8Array | undefined {
    return this.nodes[raida] && this.#store.node(raida).read(token);
  }

  /** What was changed for a test is as at the start; nodes that are stopped stay so. */
  resetFaults(): void {
    for (const node of this.nodes) node.reset();
  }
}
