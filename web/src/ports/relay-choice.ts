import { RAIDA_COUNT } from '@raida-wallet/protocol';

import { planRelays } from '../wallet/relay-plan.ts';
import { FIRST_REST_MS, LOSSES_BEFORE_REST, MAX_REST_MS, RAIDA_BEFORE_REST } from './limits.ts';

/** One relay on its way to one RAIDA. */
interface Way {
  /** Losses in a row, by the kind of request: a relay may lose one kind and carry the others. */
  readonly losses: Map<number, number>;
  restMs: number;
  restedAtMs: number;
  restUntilMs: number;
}

/**
 * Which relay carries the next request to a RAIDA: the first of its plan that is connected and does
 * not rest. A relay rests after losses in a row; it is tried again by itself. Rest is a preference
 * and no more: where every other is gone, a resting relay is better than none. Whatever is measured
 * here, a RAIDA's requests never leave its plan (WALLET.md, I8).
 *
 * Nothing here knows sockets or timers; times come from the caller, in milliseconds.
 */
export class RelayChoice {
  readonly plan: readonly (readonly number[])[];
  readonly #down: boolean[];
  readonly #ways: readonly (readonly Way[])[];

  constructor(relayCount: number) {
    this.plan = planRelays(relayCount);
    this.#down = new Array<boolean>(relayCount).fill(false);
    this.#ways = this.#down.map(() => Array.from({ length: RAIDA_COUNT }, newWay));
  }

  /** A relay is down from the loss of its connection until it is connected again. */
  setDown(relay: number, down: boolean): void {
    this.#down[relay] = down;
  }

  /** Null: no relay that may carry this RAIDA is connected. */
  choose(raida: number, nowMs: number): number | null {
    let best: number | null = null;
    let bestRestUntilMs = Infinity;
    for (const relay of this.plan[raida]!) {
      if (this.#down[relay]) continue;
      const restUntilMs = this.#restUntilMs(relay, raida, nowMs);
      if (restUntilMs <= nowMs) return relay;
      if (restUntilMs >= bestRestUntilMs) continue;
      best = relay;
      bestRestUntilMs = restUntilMs;
    }
    return best;
  }

  answered(relay: number, raida: number, kind: number): void {
    this.#ways[relay]![raida]!.losses.delete(kind);
  }

  /** What was sent before a rest and is lost in it says nothing new. */
  lost(relay: number, raida: number, kind: number, sentAtMs: number, nowMs: number): void {
    const way = this.#ways[relay]![raida]!;
    if (sentAtMs < way.restedAtMs) return;
    const losses = (way.losses.get(kind) ?? 0) + 1;
    way.losses.set(kind, losses);
    if (losses < LOSSES_BEFORE_REST) return;
    way.losses.clear();
    const longAgo = nowMs - way.restUntilMs > MAX_REST_MS;
    way.restMs = longAgo ? FIRST_REST_MS : Math.min(2 * way.restMs, MAX_REST_MS);
    way.restedAtMs = nowMs;
    way.restUntilMs = nowMs + way.restMs;
  }

  /** A relay that many RAIDA rest from is spared by the others as well. */
  #restUntilMs(relay: number, raida: number, nowMs: number): number {
    const own = this.#ways[relay]![raida]!.restUntilMs;
    if (own > nowMs) return own;
    const resting = this.#ways[relay]!.filter(({ restUntilMs }) => restUntilMs > nowMs);
    if (resting.length < RAIDA_BEFORE_REST) return own;
    return Math.min(...resting.map(({ restUntilMs }) => restUntilMs));
  }
}

function newWay(): Way {
  return { losses: new Map(), restMs: 0, restedAtMs: -Infinity, restUntilMs: -Infinity };
}
