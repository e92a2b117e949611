import type { TokenId } from '@raida-wallet/protocol';

/** What `POST /coins` is asked for: so many new tokens of a denomination. */
export interface CoinOrder {
  readonly dn: number;
  readonly count: number;
}

/** What a node does to datagrams and connections; what is left out is not changed. */
export interface Faults {
  /** Each answer waits so long, between the two. */
  readonly delayMs?: readonly [number, number];
  /** Shares, from 0 to 1. */
  readonly dropRequests?: number;
  readonly dropReplies?: number;
  readonly duplicate?: number;
  readonly reorder?: number;
  /** Commands that are answered with a status and not carried out, by their name. */
  readonly refuse?: Readonly<Record<string, number>>;
}

/** How a node's cipher counts when it encrypts a reply (PROTOCOL.md, section 3). */
export type CounterMode = 'restart' | 'continue';

/** What a node says of itself. */
export interface NodeStatus {
  readonly id: number;
  readonly port: number;
  /** Whether it answers: neither stopped nor silent. */
  readonly running: boolean;
  readonly silent: boolean;
  readonly counterMode: CounterMode;
  readonly faults: Required<Faults>;
  /** How many requests of each command it got since it was started, by the command's name. */
  readonly requests: Readonly<Record<string, number>>;
}

/** Which nodes: `all`, `3`, `0-11` or `1,5`. */
export type Nodes = string | number;

/** One token's AN on each of the 25 nodes, 32 hexadecimal digits, or null where there is none. */
export type TokenSecrets = readonly (string | null)[];

/** The control interface of the local network, as the tests use it. */
export class Control {
  readonly #address: string;

  constructor(port: number) {
    this.#address = `http://127.0.0.1:${port}`;
  }

  /** New tokens that all nodes know, as the bytes of a coin file. */
  async issue(...tokens: readonly CoinOrder[]): Promise<Buffer> {
    const answer = await this.#send('POST', '/coins', { tokens });
    return Buffer.from(await answer.arrayBuffer());
  }

  /** Makes all nodes know the tokens of this coin file. */
  async register(coinFile: Uint8Array): Promise<void> {
    await this.#send('POST', '/register', coinFile);
  }

  async nodes(): Promise<NodeStatus[]> {
    return (await (await this.#send('GET', '/nodes')).json()) as NodeStatus[];
  }

  /** Sets one AN (32 hexadecimal digits) of a token at these nodes; null takes the token away. */
  async write(nodes: Nodes, token: TokenId, an: string | null): Promise<void> {
    const { dn, sn } = token;
    await this.#send('PUT', `/nodes/${nodes}/tokens`, { tokens: [{ dn, sn, an }] });
  }

  /** What the nodes really hold, those that are stopped included. */
  async read(tokens: readonly TokenId[]): Promise<TokenSecrets[]> {
    const asked = tokens.map(({ dn, sn }) => ({ dn, sn }));
    const answer = await this.#send('POST', '/tokens/read', { tokens: asked });
    return (await answer.json()) as TokenSecrets[];
  }

  /** Nothing listens any more; `silent` keeps the sockets open and answers nothing. */
  async stop(nodes: Nodes, how: { readonly silent?: boolean } = {}): Promise<void> {
    await this.#send('POST', `/nodes/${nodes}/stop`, how);
  }

  async start(nodes: Nodes): Promise<void> {
    await this.#send('POST', `/nodes/${nodes}/start`);
  }

  async setFaults(nodes: Nodes, faults: Faults): Promise<void> {
    await this.#send('PUT', `/nodes/${nodes}/faults`, faults);
  }

  async setCounterMode(nodes: Nodes, mode: CounterMode): Promise<void> {
    await this.#send('PUT', `/nodes/${nodes}/counter-mode`, { mode });
  }

  async setTicketLifetime(lifetimeMs: number): Promise<void> {
    await this.#send('PUT', '/tickets', { lifetimeMs });
  }

  /** As it was when the network started: all nodes run and none of them misbehaves. */
  async reset(): Promise<void> {
    await this.start('all');
    await this.#send('POST', '/reset-faults');
  }

  async #send(method: string, path: string, body?: unknown): Promise<Response> {
    const bytes = body instanceof Uint8Array;
    const answer = await fetch(`${this.#address}${path}`, {
      method,
      ...(body === undefined ? {} : { body: bytes ? body.slice() : JSON.stringify(body) }),
      headers: bytes ? {} : { 'content-type': 'application/json' },
    });
    if (!answer.ok) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    }
    return answer;
  }
}
