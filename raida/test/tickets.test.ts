import { COMMANDS, MAX_TOKENS_PER_TICKET, STATUS, sumAns, toHex } from '@raida-wallet/protocol';
import { describe, expect, test } from 'vitest';
import { TicketTable } from '../src/node/index.ts';
import { countingRandom, frameOf, send, testNode, token } from './support/node.ts';

const A = token(1);
const B = token(2);

function nodeWith(...tokens: (typeof A)[]) {
  const node = testNode();
  for (const one of tokens) node.store.write(one, one.an);
  return node;
}

type Node = ReturnType<typeof nodeWith>;

async function getTicket(node: Node, ...tokens: (typeof A)[]) {
  return send(node, frameOf(COMMANDS.getTicket, { tokens }));
}

async function claim(node: Node, ticket: Uint8Array, claimant: number) {
  return send(node, frameOf(COMMANDS.validateTicket, { claimant, ticket }));
}

describe('get ticket', () => {
  test('all pass: four bytes', async () => {
    const { status, body } = await getTicket(nodeWith(A, B), A, B);
    expect([status, body.length]).toEqual([STATUS.allPass, 4]);
  });

  test('mixed: bitfield and ticket, which covers only the tokens that passed', async () => {
    const node = nodeWith(A);
    const { status, body } = await getTicket(node, B, A);
    expect([status, body[0], body.length]).toEqual([STATUS.mixed, 0b10, 5]);
    const { body: covered } = await claim(node, body.subarray(1), 5);
    expect(toHex(covered)).toBe('0000000001');
  });

  test('all fail: no body, and no slot is spent', async () => {
    const node = nodeWith(A);
    for (let i = 0; i < 600; i++) expect((await getTicket(node, B)).body.length).toBe(0);
    expect((await getTicket(node, A)).status).toBe(STATUS.allPass);
  });

  test('512 slots; the 513th request finds none until one expires', async () => {
    const node = nodeWith(A);
    const tickets = new Set<string>();
    for (let i = 0; i < 512; i++) {
      node.clock.ms = i;
      tickets.add(toHex((await getTicket(node, A)).body));
    }
    expect(tickets.size).toBe(512);
    expect(tickets.has('00000000')).toBe(false);
    const full = await getTicket(node, A);
    expect([full.status, full.worth]).toEqual([STATUS.noTicketSlot, 'authentic']);
    const bySum = frameOf(COMMANDS.getTicketBySum, { tokens: [A], sum: A.an });
    expect((await send(node, bySum)).status).toBe(STATUS.noTicketSlot);
    node.clock.ms = 300_000;
    expect((await getTicket(node, A)).status).toBe(STATUS.allPass);
    expect((await getTicket(node, A)).status).toBe(STATUS.noTicketSlot);
  });

  test('by sum: up to 4096 tokens, and no more', async () => {
    const tokens = Array.from({ length: MAX_TOKENS_PER_TICKET + 1 }, (_, i) => token(i + 1));
    const node = nodeWith(...tokens);
    const ask = async (count: number) => {
      const some = tokens.slice(0, count);
      const sum = sumAns(some.map(({ an }) => an));
      return send(node, frameOf(COMMANDS.getTicketBySum, { tokens: some, sum }));
    };
    expect((await ask(MAX_TOKENS_PER_TICKET + 1)).status).toBe(STATUS.tooManyTokens);
    const { status, body } = await ask(MAX_TOKENS_PER_TICKET);
    expect(status).toBe(STATUS.allPass);
    expect((await claim(node, body, 1)).body.length).toBe(5 * MAX_TOKENS_PER_TICKET);
  });

  test('as many tokens as a request holds are within that limit', async () => {
    const tokens = Array.from({ length: 3119 }, (_, i) => token(i + 1));
    expect((await getTicket(nodeWith(...tokens), ...tokens)).status).toBe(STATUS.allPass);
  });
});

describe('validate ticket', () => {
  test('each RAIDA claims once', async () => {
    const node = nodeWith(A);
    const { body: ticket } = await getTicket(node, A);
    for (let claimant = 0; claimant < 25; claimant++) {
      expect((await claim(node, ticket, claimant)).status).toBe(STATUS.success);
      const again = await claim(node, ticket, claimant);
      expect([again.status, again.body.length]).toEqual([STATUS.ticketClaimed, 0]);
    }
  });

  test('a claimant above 24 is status 18, before the ticket is looked at', async () => {
    const node = nodeWith(A);
    const { body: ticket } = await getTicket(node, A);
    expect((await claim(node, ticket, 25)).status).toBe(STATUS.wrongRaida);
    expect((await claim(node, ticket, 255)).status).toBe(STATUS.wrongRaida);
    expect((await claim(node, ticket, 24)).status).toBe(STATUS.success);
  });

  test('unknown, zero and expired tickets are status 43', async () => {
    const node = nodeWith(A);
    const { body: ticket } = await getTicket(node, A);
    expect((await claim(node, new Uint8Array(4), 1)).status).toBe(STATUS.noSuchTicket);
    expect((await claim(node, Uint8Array.of(1, 2, 3, 4), 1)).status).toBe(STATUS.noSuchTicket);
    node.clock.ms = 299_999;
    expect((await claim(node, ticket, 1)).status).toBe(STATUS.success);
    node.clock.ms = 300_000;
    expect((await claim(node, ticket, 2)).status).toBe(STATUS.noSuchTicket);
    expect((await claim(node, ticket, 1)).status).toBe(STATUS.noSuchTicket);
  });

  test('a shorter life holds for tickets that are out already', async () => {
    const node = nodeWith(A);
    const { body: ticket } = await getTicket(node, A);
    node.clock.ms = 1_000;
    node.tickets.lifetimeMs = 1_000;
    expect((await claim(node, ticket, 1)).status).toBe(STATUS.noSuchTicket);
  });
});

test('numbers that are zero or taken are drawn again', () => {
  const draws = ['00000000', '0000002a', '0000002a', '0000002b'].map((hex) =>
    Uint8Array.from(Buffer.from(hex, 'hex')),
  );
  const table = new TicketTable({ now: () => 0, random: () => draws.shift()! });
  expect(toHex(table.issue([A])!)).toBe('0000002a');
  expect(toHex(table.issue([A])!)).toBe('0000002b');
  expect(draws).toEqual([]);
});

test('a ticket is not guessed by counting', () => {
  const table = new TicketTable({ now: () => 0, random: countingRandom() });
  const numbers = Array.from({ length: 100 }, () => table.issue([A])!);
  const firstBytes = new Set(numbers.map((ticket) => ticket[0]));
  expect(firstBytes.size).toBeGreaterThan(50);
});
