import { randomBytes } from 'node:crypto';
import {
  COMMANDS,
  type CommandName,
  type CounterMode,
  findCommand,
  TICKET_LIFETIME_MS,
} from '@raida-wallet/protocol';

import { handleRequest } from '../node/handler.ts';
import type { MaybePromise, NodeConfig, NodePorts, TokenStore } from '../node/ports.ts';
import { TicketTable } from '../node/tickets.ts';
import type { Address, Endpoint } from '../transport/endpoint.ts';
import { FaultInjector, type Faults, NO_FAULTS } from '../transport/faults.ts';
import type { TicketClient } from '../transport/ticket-client.ts';
import { type Listener, listen } from './ports.ts';

/** What is counted: requests by command, and those that name none. */
export type CountedCommand = CommandName | 'other';

export interface NodeStatus {
  readonly id: number;
  readonly port: number;
  /** Whether it answers: neither stopped nor silent. */
  readonly running: boolean;
  /** Open, but never answering. */
  readonly silent: boolean;
  readonly counterMode: CounterMode;
  readonly faults: Faults;
  readonly requests: Readonly<Partial<Record<CountedCommand, number>>>;
}

export interface LocalNodeOptions {
  readonly config: NodeConfig;
  readonly address: Address;
  readonly store: TokenStore;
  readonly votes: TicketClient;
  readonly counterMode: CounterMode;
  readonly report: (raida: number, error: unknown) => void;
}

const NAME_OF = new Map(
  (Object.keys(COMMANDS) as CommandName[]).map((name) => [COMMANDS[name] as object, name]),
);

/** One RAIDA of the local network: the handler, its state in memory, and its sockets. */
export class LocalNode {
  readonly id: number;
  readonly faults = new FaultInjector(Math.random);
  readonly tickets = new TicketTable({ now: monotonicMs, random: randomBytes });
  counterMode: CounterMode;
  readonly #firstCounterMode: CounterMode;
  readonly #host: string;
  readonly #ports: NodePorts;
  readonly #endpoint: Endpoint;
  readonly #requests = new Map<CountedCommand, number>();
  #port: number;
  #listener: Listener | null = null;
  #silent = false;
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(options: LocalNodeOptions) {
    const { config, address, votes, report } = options;
    this.id = config.raida;
    this.#firstCounterMode = options.counterMode;
    this.counterMode = options.counterMode;
    this.#host = address.host;
    this.#port = address.port;
    this.#ports = {
      config,
      store: options.store,
      tickets: this.tickets,
      counterMode: () => this.counterMode,
      now: monotonicMs,
      validateTicket: (issuer, ticket) =>
        votes.ask({ issuer, claimant: config.raida, coinId: config.coinId, ticket }),
      refusal: (command) => {
        const name = NAME_OF.get(command);
        return name && this.faults.faults.refuse[name];
      },
      report: (error) => report(config.raida, error),
    };
    this.#endpoint = {
      handle: (request) => this.#handle(request),
      faults: this.faults,
      isSilent: () => this.#silent,
    };
  }

  /** Where it listens, or did before it was stopped. Port 0 until the first start. */
  get address(): Address {
    return { host: this.#host, port: this.#port };
  }

  get status(): NodeStatus {
    return {
      id: this.id,
      port: this.#port,
      running: this.#listener !== null && !this.#silent,
      silent: this.#silent,
      counterMode: this.counterMode,
      faults: this.faults.faults,
      requests: Object.fromEntries(this.#requests),
    };
  }

  /** Opens the sockets, and answers. */
  start(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#open();
      this.#silent = false;
    });
  }

  /** Opens the sockets, and answers nothing. */
  silence(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#open();
      this.#silent = true;
    });
  }

  /** Closes the sockets, so that senders are refused. The tokens and tickets stay. */
  stop(): Promise<void> {
    return this.#inTurn(async () => {
      const listener = this.#listener;
      this.#listener = null;
      this.#silent = false;
      this.faults.forget();
      await listener?.close();
    });
  }

  async #open(): Promise<void> {
    if (this.#listener) return;
    this.#listener = await listen(this.#host, this.#port, this.#endpoint);
    this.#port = this.#listener.port;
  }

  /** Starts and stops that come at once happen one after the other. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const done = this.#lastTurn.then(action);
    this.#lastTurn = done.catch(() => undefined);
    return done;
  }

  /** Faults, counter mode and ticket life are as they were at first. */
  reset(): void {
    this.faults.faults = NO_FAULTS;
    this.counterMode = this.#firstCounterMode;
    this.tickets.lifetimeMs = TICKET_LIFETIME_MS;
  }

  #handle(request: Uint8Array): MaybePromise<Uint8Array | null> {
    const command = request.length > 5 && findCommand(request[4]!, request[5]!);
    const name = (command && NAME_OF.get(command)) || 'other';
    this.#requests.set(name, (this.#requests.get(name) ?? 0) + 1);
    return handleRequest(request, this.#ports);
  }
}

/** Time that no clock change can turn back: a ticket lives as long as it should. */
function monotonicMs(): number {
  return performance.now();
}
