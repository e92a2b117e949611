import { RAIDA_COUNT } from '@raida-wallet/protocol';

import type { Exchange, ExchangeResult, TransportPort } from '../wallet/ports.ts';
import { RelayChoice } from './relay-choice.ts';

/** One relay: a transport that tells when its connection comes and goes. */
export interface Relay extends TransportPort {
  networkLost(): void;
  /** What it cannot do, in words for a person. */
  readonly remark?: string;
}

export type ConnectRelay = (origin: string, onConnection: (online: boolean) => void) => Relay;

/** Offset of command group and code in a frame's clear header (PROTOCOL.md section 2). */
const COMMAND_OFFSET = 4;
const OUT_OF_REACH = 'cannot be reached with two relays: it takes three or more.';
/** Stands for every reply that was not believed. Commands are 0 and above. */
const DISTRUSTED = -1;

/**
 * Several relays as one transport. Each RAIDA's requests go to the relays of its plan and to no
 * other (WALLET.md, I8), so what no relay of the plan can carry now is not carried.
 */
export class RelayPool implements Relay {
  readonly remark?: string;
  readonly #relays: readonly Relay[];
  readonly #choice: RelayChoice;
  readonly #online: boolean[];
  readonly #nowMs: () => number;
  /** Who carried the exchanges that were answered, for as long as somebody may distrust them. */
  readonly #carriers = new WeakMap<Exchange, { relay: number; sentAtMs: number }>();
  #networkLostAtMs = -Infinity;

  /** The plan follows the order of the origins: sort them, so that it is the same each time. */
  constructor(
    origins: readonly string[],
    connect: ConnectRelay,
    onConnection: (online: boolean) => void,
    nowMs = () => performance.now(),
  ) {
    this.#choice = new RelayChoice(origins.length);
    this.#online = origins.map(() => false);
    const out = this.#choice.plan.filter((relays) => relays.length === 0).length;
    if (out > 0) this.remark = `${out} of ${RAIDA_COUNT} servers ${OUT_OF_REACH}`;
    this.#nowMs = nowMs;
    this.#relays = origins.map((origin, relay) =>
      connect(origin, (online) => {
        this.#choice.setDown(relay, !online);
        this.#online[relay] = online;
        if (online || !this.#online.includes(true)) onConnection(online);
      }),
    );
  }

  async exchange(exchange: Exchange): Promise<ExchangeResult> {
    const { raida } = exchange;
    const sentAtMs = this.#nowMs();
    const relay = this.#choice.choose(raida, sentAtMs);
    if (relay === null) return { kind: 'silence', why: 'offline' };
    const result = await this.#relays[relay]!.exchange(exchange);
    if (result.kind === 'reply') {
      this.#choice.answered(relay, raida, kindOf(exchange));
      this.#carriers.set(exchange, { relay, sentAtMs });
    } else if (sentAtMs > this.#networkLostAtMs) {
      this.#choice.lost(relay, raida, kindOf(exchange), sentAtMs, this.#nowMs());
    }
    return result;
  }

  /** Counts apart from what gets lost: a relay that forges answers answers everything. */
  distrust(exchange: Exchange): void {
    const carrier = this.#carriers.get(exchange);
    if (!carrier) return;
    const { relay, sentAtMs } = carrier;
    this.#choice.lost(relay, exchange.raida, DISTRUSTED, sentAtMs, this.#nowMs());
  }

  /** What is lost with the device's own network is no relay's fault. */
  networkLost(): void {
    this.#networkLostAtMs = this.#nowMs();
    for (const relay of this.#relays) relay.networkLost();
  }
}

/** Command and way of transport. A relay sees both, so it could carry one kind and lose another. */
function kindOf({ frame, tcp }: Exchange): number {
  return (frame[COMMAND_OFFSET]! << 9) | (frame[COMMAND_OFFSET + 1]! << 1) | (tcp ? 1 : 0);
}
