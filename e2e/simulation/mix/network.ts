import { RAIDA_COUNT } from '@raida-wallet/protocol';
import type { Exchange, ExchangeResult, Silence } from '@raida-wallet/web/wallet/ports';
import { planRelays } from '@raida-wallet/web/wallet/relay-plan';

import type { Chance } from './chance.ts';
import type { Coverage } from './coverage.ts';
import type { Datagram, Datagrams } from './datagrams.ts';
import type { NetworkFaults, Plan } from './plan.ts';
import type { Meddler } from './meddler.ts';
import type { Actor, Servers } from './servers.ts';
import type { Due, VirtualTime } from './virtual-time.ts';

/** A slow datagram takes this many times as long. */
const SLOW_FACTOR = 20;

/** Who waits for a reply: gone after a kill, asleep while the device is. */
export interface Asker {
  /** Whether a reply can be taken in now. Counts as a moment at which the process may be killed. */
  hears(): boolean;
  /** Until when the device sleeps, or 0. */
  asleepUntilMs(): number;
}

/** Relays, and what lies between them and the RAIDA: where datagrams get lost. */
export class Network {
  faults: NetworkFaults;
  meddler: Meddler | null;
  readonly relaysDown: Uint8Array;
  readonly servers: Servers;
  readonly time: VirtualTime;
  readonly datagrams: Datagrams;
  readonly coverage: Coverage;
  readonly chance: Chance;
  readonly #actor: Actor;
  readonly #routes: readonly (readonly number[])[];
  /** Datagrams that arrive when everything else is over. */
  #held: (() => void)[] = [];

  constructor(
    plan: Plan,
    parts: Pick<Network, 'servers' | 'time' | 'datagrams' | 'coverage' | 'chance'>,
    meddler: Meddler | null,
    actor: Actor = 'wallet',
  ) {
    this.#actor = actor;
    this.faults = plan.network;
    this.meddler = meddler;
    this.servers = parts.servers;
    this.time = parts.time;
    this.datagrams = parts.datagrams;
    this.coverage = parts.coverage;
    this.chance = parts.chance;
    this.relaysDown = new Uint8Array(plan.relays);
    this.#routes = routesOf(plan.relays);
  }

  exchange(exchange: Exchange, asker: Asker): Promise<ExchangeResult> {
    const { raida } = exchange;
    const relay = this.#routes[raida]!.find((one) => this.relaysDown[one] === 0);
    return new Promise((resolve) => {
      const flight = new Flight(this, asker, resolve);
      if (relay === undefined) return flight.end('offline', 1);
      const datagram = this.datagrams.sees(exchange, relay);
      this.time.at(this.time.nowMs + exchange.deadlineMs, flight);
      if (this.chance.hits(this.faults.busy)) {
        this.coverage.fault('relay busy');
        return flight.end('busy', 1);
      }
      if (this.servers.down[raida]) {
        this.coverage.fault('RAIDA down');
        return flight.end('refused', this.#latencyMs());
      }
      this.#send(exchange, datagram, relay, flight);
    });
  }

  #send({ raida, tcp, frame }: Exchange, datagram: Datagram, relay: number, flight: Flight): void {
    if (!tcp && this.chance.hits(this.faults.duplicates)) {
      this.coverage.fault('duplicate');
      this.#carry(raida, tcp, frame.slice(), datagram, relay, flight);
    }
    this.#carry(raida, tcp, frame, datagram, relay, flight);
  }

  #carry(
    raida: number,
    tcp: boolean,
    frame: Uint8Array,
    datagram: Datagram,
    relay: number,
    flight: Flight,
  ): void {
    if (this.meddler?.relay === relay) {
      const meddled = this.meddler.carry(raida, frame, datagram);
      if (meddled) {
        for (const extra of meddled.extra) this.#deliver(raida, extra, datagram, null, 'relay');
        if (meddled.reply) flight.answer(meddled.reply, datagram, this.#latencyMs());
        if (meddled.later) this.#hold(raida, meddled.later, datagram, meddled.laterMs);
        if (!meddled.frame) return;
        this.#carryOn(raida, tcp, meddled.frame, datagram, flight, meddled.status);
        return;
      }
    }
    this.#carryOn(raida, tcp, frame, datagram, flight, null);
  }

  #carryOn(
    raida: number,
    tcp: boolean,
    frame: Uint8Array,
    datagram: Datagram,
    flight: Flight,
    status: number | null,
  ): void {
    if (this.#isLost(tcp)) return;
    if (this.chance.hits(this.faults.held)) {
      this.coverage.fault('held to the end');
      this.#held.push(() => this.#deliver(raida, frame, datagram, null));
      return;
    }
    this.time.after(this.#latencyMs(), () => {
      this.#deliver(raida, frame, datagram, (reply) => {
        if (this.#isLost(tcp)) return;
        if (status !== null) reply[2] = status;
        flight.answer(reply, datagram, this.#latencyMs());
      });
    });
  }

  #hold(raida: number, frame: Uint8Array, datagram: Datagram, ms: number): void {
    this.time.after(ms, () => this.#deliver(raida, frame, datagram, null, 'relay'));
  }

  /** A datagram reaches its RAIDA, if that is there. */
  #deliver(
    raida: number,
    frame: Uint8Array,
    datagram: Datagram,
    answer: ((reply: Uint8Array) => void) | null,
    actor: Actor = this.#actor,
  ): void {
    if (this.servers.down[raida]) return;
    this.datagrams.arrives(datagram);
    this.servers.serve(raida, frame, actor, (reply) => {
      this.datagrams.pending.delete(datagram);
      if (reply && answer) answer(reply);
    });
  }

  /** Everything that was held back arrives now. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const arrive of held) arrive();
  }

  #isLost(tcp: boolean): boolean {
    if (tcp || !this.chance.hits(this.faults.loss)) return false;
    this.coverage.fault('loss');
    return true;
  }

  #latencyMs(): number {
    const { latencyMs, jitter, slow } = this.faults;
    let ms = latencyMs;
    if (jitter > 0) {
      this.coverage.fault('reordered');
      ms += Math.floor(this.chance.next() * jitter * latencyMs);
    }
    if (this.chance.hits(slow)) {
      this.coverage.fault('slow');
      ms *= SLOW_FACTOR;
    }
    return ms;
  }
}

/** With two relays one RAIDA has no route; with one relay it carries all. */
function routesOf(relays: number): readonly (readonly number[])[] {
  const cached = ROUTES.get(relays);
  if (cached) return cached;
  const routes = planRelays(relays);
  if (routes.length !== RAIDA_COUNT) throw new Error('a plan names routes for every RAIDA');
  ROUTES.set(relays, routes);
  return routes;
}

const ROUTES = new Map<number, readonly (readonly number[])[]>();

/** One exchange, until it is answered or its time is over. */
class Flight implements Due {
  readonly #network: Network;
  readonly #asker: Asker;
  readonly #resolve: (result: ExchangeResult) => void;
  #over = false;

  constructor(network: Network, asker: Asker, resolve: (result: ExchangeResult) => void) {
    this.#network = network;
    this.#asker = asker;
    this.#resolve = resolve;
  }

  /** The deadline. */
  fire(): void {
    this.#settle({ kind: 'silence', why: 'timeout' });
  }

  end(why: Silence, ms: number): void {
    this.#network.time.after(ms, () => this.#settle({ kind: 'silence', why }));
  }

  answer(reply: Uint8Array, datagram: Datagram, ms: number): void {
    const { time, datagrams } = this.#network;
    time.after(ms, () => {
      if (this.#over) return;
      const wakeMs = this.#asker.asleepUntilMs();
      if (wakeMs > time.nowMs) {
        time.after(wakeMs - time.nowMs, () => this.answer(reply, datagram, 0));
        return;
      }
      if (this.#settle({ kind: 'reply', bytes: reply })) datagrams.answered(datagram, reply);
    });
  }

  #settle(result: ExchangeResult): boolean {
    if (this.#over) return false;
    const wakeMs = this.#asker.asleepUntilMs();
    const { time } = this.#network;
    if (wakeMs > time.nowMs) {
      time.after(wakeMs - time.nowMs, () => this.#settle(result));
      return false;
    }
    this.#over = true;
    if (!this.#asker.hears()) return false;
    time.touch();
    this.#resolve(result);
    return true;
  }
}
