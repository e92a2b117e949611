import { COMMANDS, derivePanOfFix, STATUS, toHex, type TokenId } from '@raida-wallet/protocol';
import { describe, expect, test } from 'vitest';
import { frameOf, handle, readAnswer, secret, send, testNode, token } from './support/node.ts';

/** The counting of votes; votes over the network are tested in network.test.ts. */

const PG = secret('pg');
const [A, B] = [token(1), token(2)];

/** A ticket of every RAIDA that is named. */
function ticketsOf(...issuers: number[]): (Uint8Array | null)[] {
  return Array.from({ length: 25 }, (_, raida) =>
    issuers.includes(raida) ? Uint8Array.of(1, 2, 3, raida) : null,
  );
}

const upTo = (count: number, from = 4) => Array.from({ length: count }, (_, i) => from + i);

function fixFrame(tokens: readonly TokenId[], issuers: readonly number[]) {
  return frameOf(COMMANDS.fix, { tokens, pg: PG, tickets: ticketsOf(...issuers) });
}

/** A node 3 whose others vouch for what `covered` says. Remembers whom it asked. */
function fixNode(covered: (issuer: number) => readonly TokenId[] | null, required = 13) {
  const trusted = Array.from({ length: 25 }, (_, raida) => raida !== 24);
  const node = testNode({ trust: { trusted, required } });
  node.store.write(A, A.an);
  const asked: [number, string][] = [];
  node.votes = (issuer, ticket) => {
    asked.push([issuer, toHex(ticket)]);
    return Promise.resolve(covered(issuer));
  };
  return { node, asked };
}

test('13 of the others make a token whole, also one that the node did not know', async () => {
  const { node, asked } = fixNode(() => [A, B]);
  const answer = await send(node, fixFrame([A, B], upTo(13)));
  expect([answer.status, answer.worth]).toEqual([STATUS.allPass, 'authentic']);
  for (const one of [A, B]) expect(node.store.read(one)).toEqual(derivePanOfFix(3, one, PG));
  const tickets = ticketsOf(...upTo(13));
  expect(asked).toEqual(upTo(13).map((issuer) => [issuer, toHex(tickets[issuer]!)]));
});

test('12 do not', async () => {
  const { node } = fixNode(() => [A]);
  const answer = await send(node, fixFrame([A], upTo(12)));
  expect(answer.status).toBe(STATUS.allFail);
  expect(node.store.read(A)).toEqual(A.an);
});

test('the bits of a mixed answer are those of the tokens', async () => {
  const { node } = fixNode((issuer) => (issuer < 16 ? [B] : [A, B]));
  const answer = await send(node, fixFrame([A, B], upTo(13)));
  expect([answer.status, toHex(answer.body)]).toEqual([STATUS.mixed, '02']);
  expect(node.store.read(A)).toEqual(A.an);
});

describe('votes that do not count', () => {
  test('one ticket that lists a token 13 times is one vote', async () => {
    const { node } = fixNode(() => Array<TokenId>(13).fill(A), 2);
    expect((await send(node, fixFrame([A], [5]))).status).toBe(STATUS.allFail);
    expect((await send(node, fixFrame([A], [5, 6]))).status).toBe(STATUS.allPass);
  });

  test('its own ticket, which it does not even look at', async () => {
    const { node, asked } = fixNode(() => [A], 2);
    expect((await send(node, fixFrame([A], [3, 5]))).status).toBe(STATUS.allFail);
    expect(asked.some(([issuer]) => issuer === 3)).toBe(false);
  });

  test('those of a RAIDA that it does not trust, whose ticket is left alone', async () => {
    const { node, asked } = fixNode(() => [A], 2);
    expect((await send(node, fixFrame([A], [5, 24]))).status).toBe(STATUS.allFail);
    expect(asked.some(([issuer]) => issuer === 24)).toBe(false);
  });

  test('those that were refused, and those for other tokens', async () => {
    const { node } = fixNode((issuer) => (issuer === 5 ? [A] : issuer === 6 ? [B] : null), 2);
    expect((await send(node, fixFrame([A], [5, 6, 7]))).status).toBe(STATUS.allFail);
  });
});

test('a token listed twice in the request is fixed once, and both places say so', async () => {
  const { node } = fixNode(() => [A], 2);
  const answer = await send(node, fixFrame([A, B, A], [5, 6]));
  expect([answer.status, toHex(answer.body)]).toEqual([STATUS.mixed, '05']);
});

test('tickets are claimed even when they cannot be enough, as S2 has it', async () => {
  const { node, asked } = fixNode(() => [A], 2);
  expect((await send(node, fixFrame([A], [5]))).status).toBe(STATUS.allFail);
  expect(asked.map(([issuer]) => issuer)).toEqual([5]);
});

test('no ticket at all is no vote at all', async () => {
  const { node, asked } = fixNode(() => [A], 1);
  expect((await send(node, fixFrame([A], []))).status).toBe(STATUS.allFail);
  expect(asked).toEqual([]);
});

test('an answer comes as soon as every token has its votes, whoever is still silent', async () => {
  const { node } = fixNode(() => [A], 2);
  const good = node.votes;
  let late = (): void => undefined;
  node.votes = (issuer, ticket) =>
    issuer === 7 ? new Promise((resolve) => (late = () => resolve([A]))) : good(issuer, ticket);
  expect((await send(node, fixFrame([A], [5, 6, 7]))).status).toBe(STATUS.allPass);
  late();
});

test('a silent RAIDA whose vote matters is waited for', async () => {
  const { node } = fixNode(() => [A], 3);
  const good = node.votes;
  let late = (): void => undefined;
  node.votes = (issuer, ticket) =>
    issuer === 7 ? new Promise((resolve) => (late = () => resolve([A]))) : good(issuer, ticket);
  const frame = fixFrame([A], [5, 6, 7]);
  let answered = false;
  const reply = Promise.resolve(handle(node, frame)).then((bytes) => {
    answered = true;
    return bytes;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toBe(false);
  expect(node.store.read(A)).toEqual(A.an);
  late();
  expect(readAnswer((await reply)!, frame).status).toBe(STATUS.allPass);
});

test('all are asked at once, not one after the other', async () => {
  const { node } = fixNode(() => [A], 13);
  let open = 0;
  let most = 0;
  node.votes = async () => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setImmediate(resolve));
    open -= 1;
    return [A];
  };
  expect((await send(node, fixFrame([A], upTo(20)))).status).toBe(STATUS.allPass);
  expect(most).toBe(20);
});
