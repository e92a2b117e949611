import { QUORUM, RAIDA_COUNT } from '@raida-wallet/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  FIRST_REST_MS,
  LOSSES_BEFORE_REST,
  MAX_REST_MS,
  RAIDA_BEFORE_REST,
} from '../../src/ports/limits.ts';
import { RelayPool } from '../../src/ports/relay-pool.ts';
import type { Exchange, ExchangeResult, Silence } from '../../src/wallet/ports.ts';
import { planRelays } from '../../src/wallet/relay-plan.ts';

const ECHO = [0, 0] as const;
const POWN = [1, 20] as const;
const REPLY: ExchangeResult = { kind: 'reply', bytes: new Uint8Array(32) };

const silence = (why: Silence): ExchangeResult => ({ kind: 'silence', why });

function exchangeOf(raida: number, command: readonly number[] = ECHO, tcp = false): Exchange {
  const frame = new Uint8Array(50);
  frame.set(command, 4);
  return { raida, tcp, deadlineMs: 2_000, frame };
}

/** A relay without a socket: what it answers is what the test says. */
interface SimulatedRelay {
  setOnline: (online: boolean) => void;
  answer: (exchange: Exchange) => ExchangeResult | Promise<ExchangeResult>;
  readonly carried: Exchange[];
}

function simulate(count: number) {
  const relays: SimulatedRelay[] = [];
  const told: boolean[] = [];
  const clock = { nowMs: 0 };
  const origins = Array.from({ length: count }, (_, relay) => `https://relay-${relay}.example`);
  const pool = new RelayPool(
    origins,
    (_, onConnection) => {
      const relay: SimulatedRelay = {
        setOnline: onConnection,
        answer: () => REPLY,
        carried: [],
      };
      relays.push(relay);
      return {
        exchange(exchange) {
          relay.carried.push(exchange);
          return Promise.resolve(relay.answer(exchange));
        },
        networkLost: () => onConnection(false),
      };
    },
    (online) => told.push(online),
    () => clock.nowMs,
  );
  /** Which relay carries this exchange; null when none does. */
  const carrierOf = async (exchange: Exchange): Promise<number | null> => {
    const before = relays.map(({ carried }) => carried.length);
    await pool.exchange(exchange);
    const carrier = relays.findIndex(({ carried }, i) => carried.length > before[i]!);
    return carrier < 0 ? null : carrier;
  };
  const lose = async (exchange: Exchange, times = LOSSES_BEFORE_REST): Promise<void> => {
    for (let i = 0; i < times; i++) await pool.exchange(exchange);
  };
  return { pool, relays, told, clock, carrierOf, lose };
}

/** A RAIDA that has a relay to fall back on, and its two first relays. */
function raidaWithTwo(count: number) {
  const plan = planRelays(count);
  const raida = plan.findIndex((relays) => relays.length > 1);
  const [first, second] = plan[raida]!;
  return { raida, first: first!, second: second! };
}

describe('connections', () => {
  test('requests wait for a first connection, each at the first relay of its plan', async () => {
    const { carrierOf } = simulate(3);
    const plan = planRelays(3);
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      expect(await carrierOf(exchangeOf(raida))).toBe(plan[raida]![0]);
    }
  });

  test('a lost relay is replaced where the plan has another, and comes back', async () => {
    const { relays, carrierOf, pool } = simulate(3);
    const plan = planRelays(3);
    relays[1]!.setOnline(false);
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      const expected = plan[raida]!.find((relay) => relay !== 1) ?? null;
      expect(await carrierOf(exchangeOf(raida))).toBe(expected);
    }
    const alone = plan.findIndex((places) => places.every((relay) => relay === 1));
    expect(await pool.exchange(exchangeOf(alone))).toEqual(silence('offline'));
    relays[1]!.setOnline(true);
    expect(await carrierOf(exchangeOf(alone))).toBe(1);
  });

  test('it is online with one connection, and each that comes is a reason to try again', () => {
    const { relays, told } = simulate(3);
    relays[0]!.setOnline(true);
    relays[1]!.setOnline(true);
    relays[0]!.setOnline(false);
    relays[1]!.setOnline(false);
    relays[2]!.setOnline(false);
    expect(told).toEqual([true, true, false, false]);
  });

  test.each([
    [1, 0],
    [2, 1],
    [3, 0],
  ])('%i relays: %i RAIDA cannot be reached', async (count, unreachable) => {
    const { pool } = simulate(count);
    if (unreachable === 0) expect(pool.remark).toBeUndefined();
    else expect(pool.remark).toMatch(/^1 of 25 servers cannot be reached.*three/);
    const results = await Promise.all(
      Array.from({ length: RAIDA_COUNT }, (_, raida) => pool.exchange(exchangeOf(raida))),
    );
    expect(results.filter(({ kind }) => kind === 'silence')).toHaveLength(unreachable);
  });
});

describe('losses', () => {
  test.each(['timeout', 'refused', 'busy', 'rejected', 'offline'] as const)(
    'after some "%s" in a row another relay is asked, and later the first again',
    async (why) => {
      const { relays, clock, carrierOf, lose } = simulate(5);
      const { raida, first, second } = raidaWithTwo(5);
      relays[first]!.answer = () => silence(why);
      await lose(exchangeOf(raida), LOSSES_BEFORE_REST - 1);
      expect(await carrierOf(exchangeOf(raida))).toBe(first);
      expect(await carrierOf(exchangeOf(raida))).toBe(second);
      clock.nowMs += FIRST_REST_MS - 1;
      expect(await carrierOf(exchangeOf(raida))).toBe(second);
      clock.nowMs += 1;
      expect(await carrierOf(exchangeOf(raida))).toBe(first);
    },
  );

  test('a loss now and then changes nothing', async () => {
    const { relays, carrierOf, lose } = simulate(5);
    const { raida, first } = raidaWithTwo(5);
    for (let i = 0; i < 10; i++) {
      relays[first]!.answer = () => silence('timeout');
      await lose(exchangeOf(raida), LOSSES_BEFORE_REST - 1);
      relays[first]!.answer = () => REPLY;
      expect(await carrierOf(exchangeOf(raida))).toBe(first);
    }
  });

  test('a relay that carries Echo and loses POWN is left as well', async () => {
    const { relays, carrierOf } = simulate(5);
    const { raida, first, second } = raidaWithTwo(5);
    relays[first]!.answer = ({ frame }) => (frame[5] === POWN[1] ? silence('timeout') : REPLY);
    for (let i = 0; i < LOSSES_BEFORE_REST; i++) {
      expect(await carrierOf(exchangeOf(raida, POWN))).toBe(first);
      if (i < LOSSES_BEFORE_REST - 1) expect(await carrierOf(exchangeOf(raida))).toBe(first);
    }
    expect(await carrierOf(exchangeOf(raida, POWN))).toBe(second);
    expect(await carrierOf(exchangeOf(raida))).toBe(second);
  });

  test('TCP that does not get through is not hidden by UDP that does', async () => {
    const { relays, carrierOf } = simulate(5);
    const { raida, first, second } = raidaWithTwo(5);
    relays[first]!.answer = ({ tcp }) => (tcp ? silence('refused') : REPLY);
    for (let i = 0; i < LOSSES_BEFORE_REST; i++) {
      expect(await carrierOf(exchangeOf(raida))).toBe(first);
      expect(await carrierOf(exchangeOf(raida, POWN, true))).toBe(first);
    }
    expect(await carrierOf(exchangeOf(raida, POWN, true))).toBe(second);
  });

  test('many lost at the same time are one reason to rest, not many', async () => {
    const { pool, relays, clock, carrierOf, lose } = simulate(5);
    const { raida, first, second } = raidaWithTwo(5);
    const overdue: (() => void)[] = [];
    relays[first]!.answer = () =>
      new Promise((resolve) => overdue.push(() => resolve(silence('timeout'))));
    const all = Array.from({ length: 12 }, () => pool.exchange(exchangeOf(raida)));
    clock.nowMs = 2_000;
    for (const end of overdue) end();
    await Promise.all(all);
    expect(await carrierOf(exchangeOf(raida))).toBe(second);
    clock.nowMs += FIRST_REST_MS;
    relays[first]!.answer = () => silence('timeout');
    await lose(exchangeOf(raida));
    clock.nowMs += FIRST_REST_MS;
    expect(await carrierOf(exchangeOf(raida))).toBe(second);
    clock.nowMs += FIRST_REST_MS;
    expect(await carrierOf(exchangeOf(raida))).toBe(first);
  });

  test('a relay that keeps losing is tried again at least every ten minutes', async () => {
    const { relays, clock, carrierOf, lose } = simulate(5);
    const { raida, first } = raidaWithTwo(5);
    relays[first]!.answer = () => silence('timeout');
    for (let i = 0; i < 10; i++) {
      await lose(exchangeOf(raida));
      clock.nowMs += MAX_REST_MS;
      expect(await carrierOf(exchangeOf(raida))).toBe(first);
    }
  });

  test('after a long time without losses the rests are short again', async () => {
    const { relays, clock, carrierOf, lose } = simulate(5);
    const { raida, first, second } = raidaWithTwo(5);
    relays[first]!.answer = () => silence('timeout');
    await lose(exchangeOf(raida));
    clock.nowMs += FIRST_REST_MS;
    await lose(exchangeOf(raida));
    clock.nowMs += 2 * FIRST_REST_MS + MAX_REST_MS + 1;
    await lose(exchangeOf(raida));
    expect(await carrierOf(exchangeOf(raida))).toBe(second);
    clock.nowMs += FIRST_REST_MS;
    expect(await carrierOf(exchangeOf(raida))).toBe(first);
  });

  test('answers that are not believed count, however many there are', async () => {
    const { pool, carrierOf } = simulate(5);
    const { raida, first, second } = raidaWithTwo(5);
    for (let i = 0; i < LOSSES_BEFORE_REST; i++) {
      expect(await carrierOf(exchangeOf(raida))).toBe(first);
      const forged = exchangeOf(raida);
      await pool.exchange(forged);
      pool.distrust(forged);
    }
    expect(await carrierOf(exchangeOf(raida))).toBe(second);
  });

  test('a relay that loses many RAIDA is spared by the others before they lose anything', async () => {
    const { relays, carrierOf, lose } = simulate(3);
    const plan = planRelays(3);
    const all = plan.flatMap(([first, second], raida) =>
      first === 0 && second !== undefined ? [{ raida, second }] : [],
    );
    relays[0]!.answer = () => silence('timeout');
    const alone = plan.findIndex((places) => places[0] === 0 && places.length === 1);
    const losing = [alone, ...all.slice(0, RAIDA_BEFORE_REST - 2).map(({ raida }) => raida)];
    const spared = all.at(-1)!;
    for (const raida of losing) await lose(exchangeOf(raida));
    expect(await carrierOf(exchangeOf(spared.raida))).toBe(0);
    relays[0]!.answer = () => REPLY;
    await carrierOf(exchangeOf(spared.raida));
    relays[0]!.answer = () => silence('timeout');
    await lose(exchangeOf(all[RAIDA_BEFORE_REST - 2]!.raida));
    expect(await carrierOf(exchangeOf(spared.raida))).toBe(spared.second);
    expect(await carrierOf(exchangeOf(alone))).toBe(0);
  });

  test('when every relay of a plan rests, the one that has rested most is tried', async () => {
    const { relays, clock, carrierOf, lose } = simulate(5);
    const { raida, first, second } = raidaWithTwo(5);
    const places = planRelays(5)[raida]!;
    for (const relay of places) relays[relay]!.answer = () => silence('timeout');
    for (const relay of places) {
      clock.nowMs += 1_000;
      expect(await carrierOf(exchangeOf(raida))).toBe(relay);
      await lose(exchangeOf(raida), LOSSES_BEFORE_REST - 1);
    }
    clock.nowMs += 1_000;
    expect(await carrierOf(exchangeOf(raida))).toBe(first);
    await lose(exchangeOf(raida), LOSSES_BEFORE_REST - 1);
    expect(await carrierOf(exchangeOf(raida))).toBe(second);
  });

  test("what is lost with the device's own network is held against no relay", async () => {
    const { pool, relays, carrierOf } = simulate(5);
    const { raida, first } = raidaWithTwo(5);
    const lost: (() => void)[] = [];
    relays[first]!.answer = () =>
      new Promise((resolve) => lost.push(() => resolve(silence('offline'))));
    const all = Array.from({ length: 12 }, () => pool.exchange(exchangeOf(raida)));
    pool.networkLost();
    for (const end of lost) end();
    await Promise.all(all);
    for (const relay of relays) relay.setOnline(true);
    relays[first]!.answer = () => REPLY;
    expect(await carrierOf(exchangeOf(raida))).toBe(first);
  });
});

/** Anything that relays may do, in any order. */
const happening = (count: number) =>
  fc.oneof(
    fc.record({ kind: fc.constant('ask' as const), raida: fc.nat(RAIDA_COUNT - 1) }),
    fc.record({
      kind: fc.constant('turn' as const),
      relay: fc.nat(count - 1),
      online: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('behave' as const),
      relay: fc.nat(count - 1),
      why: fc.constantFrom(null, 'timeout', 'refused', 'busy', 'rejected', 'offline' as const),
    }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(MAX_REST_MS) }),
  );

test('whatever relays do, none ever carries more than 12 RAIDA, and one that may is asked (I8)', async () => {
  const histories = fc.integer({ min: 2, max: 16 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      events: fc.array(happening(count), { minLength: 200, maxLength: 400 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(histories, async ({ count, events }) => {
      const { relays, clock, carrierOf, pool } = simulate(count);
      const plan = planRelays(count);
      const online = relays.map(() => true);
      for (const event of events) {
        if (event.kind === 'pass') clock.nowMs += event.ms;
        else if (event.kind === 'turn') {
          online[event.relay] = event.online;
          relays[event.relay]!.setOnline(event.online);
        } else if (event.kind === 'behave') {
          const { why } = event;
          relays[event.relay]!.answer = () => (why === null ? REPLY : silence(why));
        } else {
          const exchange = exchangeOf(event.raida);
          const carrier = await carrierOf(exchange);
          pool.distrust(exchange);
          const usable = plan[event.raida]!.filter((relay) => online[relay]);
          if (usable.length === 0) expect(carrier).toBeNull();
          else expect(usable).toContain(carrier);
        }
      }
      for (const { carried } of relays) {
        const seen = new Set(carried.map(({ raida }) => raida));
        expect(seen.size).toBeLessThanOrEqual(RAIDA_COUNT - QUORUM);
      }
    }),
    { numRuns: 100 },
  );
});
