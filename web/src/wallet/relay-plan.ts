import { assert, QUORUM, RAIDA_COUNT } from '@raida-wallet/protocol';

/**
 * Most RAIDA that one relay may ever carry (WALLET.md, I8): the 13 others make a quorum that it has
 * never seen, whatever it read, changed or kept back.
 */
export const MAX_RAIDA_PER_RELAY = RAIDA_COUNT - QUORUM;

/** A third relay stands in when two are gone; a fourth would only be one more that sees a RAIDA. */
const MAX_RELAYS_PER_RAIDA = 3;

/**
 * For each RAIDA the relays that may ever carry its requests, the first choice first. It depends on
 * nothing but their number, so it holds over reloads and kills without being stored.
 *
 * One relay carries everything: whoever has no other is as safe as that relay is honest. Two carry
 * 12 each, and nothing reaches the last RAIDA. From three on every RAIDA is reached, from five on
 * also without any one of them.
 */
export function planRelays(count: number): readonly (readonly number[])[] {
  assert(Number.isInteger(count) && count >= 1, 'a plan is for at least one relay');
  if (count === 1) return Array.from({ length: RAIDA_COUNT }, () => [0]);
  const plan = Array.from({ length: RAIDA_COUNT }, (): number[] => []);
  const loads = new Array<number>(count).fill(0);
  for (let place = 0; place < MAX_RELAYS_PER_RAIDA; place++) {
    for (const relays of plan) {
      if (relays.length < place) continue;
      const relay = leastLoaded(plan, loads, relays);
      if (relay === null) continue;
      relays.push(relay);
      loads[relay]!++;
    }
  }
  return plan;
}

/**
 * The relay with the fewest RAIDA that has room and does not have this one. Among equals the one
 * that stands in least often for the first choice, so that the work of a lost relay is spread.
 */
function leastLoaded(
  plan: readonly (readonly number[])[],
  loads: readonly number[],
  taken: readonly number[],
): number | null {
  const [first] = taken;
  const standsIn = (relay: number): number =>
    plan.filter((relays) => relays[0] === first && relays.includes(relay)).length;
  let best: number | null = null;
  for (const [relay, load] of loads.entries()) {
    if (load >= MAX_RAIDA_PER_RELAY || taken.includes(relay)) continue;
    const better =
      best === null ||
      load < loads[best]! ||
      (load === loads[best] && first !== undefined && standsIn(relay) < standsIn(best));
    if (better) best = relay;
  }
  return best;
}
