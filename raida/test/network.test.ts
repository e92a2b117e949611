import {
  COMMANDS,
  derivePanOfFix,
  STATUS,
  toHex,
  type TokenAn,
  type TokenId,
} from '@raida-wallet/protocol';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { VOTE_LIMIT_MS } from '../src/limits.ts';
import { LocalNetwork } from '../src/network/local-network.ts';
import { frameOf, readAnswer, secret } from './support/node.ts';
import { HOST, removeFolder, startNetwork, temporaryFolder, udp } from './support/network.ts';

/** Real nodes, real datagrams. */

/** The AN that RAIDA r holds for a token, as the tests hand them out. */
const anOf = (raida: number, { dn, sn }: TokenId) => secret(`${raida}/${dn}:${sn}`);
const at = (raida: number, id: TokenId): TokenAn => ({ ...id, an: anOf(raida, id) });
const PG = secret('pg');
const ids = (...sns: number[]): TokenId[] => sns.map((sn) => ({ dn: 1, sn }));

let network: LocalNetwork;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ network, stop } = await startNetwork());
});
afterAll(() => stop());

/** All nodes hold every token that the tests use, and nobody does wrong. */
beforeEach(async () => {
  await Promise.all(network.nodes.map((node) => node.start()));
  network.resetFaults();
  const ans = (id: TokenId) => Array.from({ length: 25 }, (_, raida) => anOf(raida, id));
  await network.register(ids(1, 2, 3, 4, 5).map((id) => ({ ...id, ans: ans(id) })));
});

const portOf = (raida: number) => network.nodes[raida]!.address.port;

type AnyCommand = Parameters<typeof frameOf>[0];

async function ask(raida: number, command: AnyCommand, request: object, key?: TokenAn) {
  const frame = frameOf(command, request, { raida, ...(key && { key }) });
  return readAnswer(await udp(portOf(raida), frame), frame, key);
}

async function ticketOf(raida: number, tokens: readonly TokenId[]): Promise<Uint8Array> {
  const request = { tokens: tokens.map((id) => at(raida, id)) };
  const { status, body } = await ask(raida, COMMANDS.getTicket, request);
  expect(status).toBe(STATUS.allPass);
  return body;
}

async function ticketsOf(issuers: readonly number[], tokens: readonly TokenId[]) {
  const tickets = Array<Uint8Array | null>(25).fill(null);
  for (const raida of issuers) tickets[raida] = await ticketOf(raida, tokens);
  return tickets;
}

/** Node `raida` no longer holds the right ANs of these tokens. */
async function fracture(raida: number, tokens: readonly TokenId[]) {
  await network.write(tokens.map((token) => ({ raida, token, an: secret('fracked') })));
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('the client steps of S2, over UDP', () => {
  const tokens = ids(1, 2, 3, 4);
  const FRACKED = 12;

  test('detect fails, 13 tickets, fix, detect passes under the derived ANs', async () => {
    await fracture(FRACKED, tokens);
    const detect = (ans: (id: TokenId) => Uint8Array) =>
      ask(FRACKED, COMMANDS.detect, { tokens: tokens.map((id) => ({ ...id, an: ans(id) })) });
    expect((await detect((id) => anOf(FRACKED, id))).status).toBe(STATUS.allFail);

    const tickets = await ticketsOf([...range(0, 11), 13], tokens);
    const key = at(FRACKED, ids(5)[0]!);
    const fixed = await ask(FRACKED, COMMANDS.fix, { tokens, pg: PG, tickets }, key);
    expect([fixed.status, fixed.worth]).toEqual([STATUS.allPass, 'authentic']);
    expect((await detect((id) => derivePanOfFix(FRACKED, id, PG))).status).toBe(STATUS.allPass);
    expect((await detect((id) => anOf(FRACKED, id))).status).toBe(STATUS.allFail);
  });

  test('one round of tickets serves every fracked RAIDA, and each only once', async () => {
    const fracked = range(13, 24);
    for (const raida of fracked) await fracture(raida, tokens);
    const tickets = await ticketsOf(range(0, 12), tokens);
    for (const raida of fracked) {
      const pg = secret(`pg ${raida}`);
      expect((await ask(raida, COMMANDS.fix, { tokens, pg, tickets })).status).toBe(241);
      const again = await ask(raida, COMMANDS.fix, { tokens, pg: PG, tickets });
      expect(again.status).toBe(STATUS.allFail);
      for (const id of tokens)
        expect(network.read(raida, id)).toEqual(derivePanOfFix(raida, id, pg));
    }
  });

  test('12 tickets are too few, its own is none, and they are spent all the same', async () => {
    await fracture(FRACKED, tokens);
    const tickets = await ticketsOf(range(0, 11), tokens);
    await network.register(
      tokens.map((id) => ({ ...id, ans: range(0, 24).map((raida) => anOf(raida, id)) })),
    );
    tickets[FRACKED] = await ticketOf(FRACKED, tokens);
    const before = tokens.map((id) => network.read(FRACKED, id));
    const request = { tokens, pg: PG, tickets };
    expect((await ask(FRACKED, COMMANDS.fix, request)).status).toBe(STATUS.allFail);
    expect(tokens.map((id) => network.read(FRACKED, id))).toEqual(before);
    const claim = await ask(0, COMMANDS.validateTicket, {
      claimant: FRACKED,
      ticket: tickets[0],
    });
    expect(claim.status).toBe(STATUS.ticketClaimed);
  });

  test('a ticket that lists a token 13 times is one vote', async () => {
    const [token] = tokens;
    await fracture(FRACKED, [token!]);
    const tickets = await ticketsOf(range(0, 10), [token!]);
    tickets[11] = await ticketOf(11, Array<TokenId>(13).fill(token!));
    const request = { tokens: [token!], pg: PG, tickets };
    expect((await ask(FRACKED, COMMANDS.fix, request)).status).toBe(STATUS.allFail);
    expect(network.read(FRACKED, token!)).toEqual(secret('fracked'));
  });

  test('a ticket that its owner did not get is worth nothing', async () => {
    await fracture(FRACKED, tokens);
    const tickets = await ticketsOf(range(0, 11), tokens);
    tickets[13] = Uint8Array.of(1, 2, 3, 4);
    const fixed = await ask(FRACKED, COMMANDS.fix, { tokens, pg: PG, tickets });
    expect(fixed.status).toBe(STATUS.allFail);
  });
});

describe('a Fix and RAIDA that are down', () => {
  const tokens = ids(1);
  const FRACKED = 20;

  async function fix(tickets: readonly (Uint8Array | null)[]) {
    const startedAt = performance.now();
    const { status } = await ask(FRACKED, COMMANDS.fix, { tokens, pg: PG, tickets });
    return { status, ms: performance.now() - startedAt };
  }

  test('a closed port costs its vote and no time', async () => {
    await fracture(FRACKED, tokens);
    const tickets = await ticketsOf(range(0, 12), tokens);
    await network.nodes[5]!.stop();
    const { status, ms } = await fix(tickets);
    expect(status).toBe(STATUS.allFail);
    expect(ms).toBeLessThan(VOTE_LIMIT_MS / 2);
  });

  test('a silent one is not waited for when the others are enough', async () => {
    await fracture(FRACKED, tokens);
    const tickets = await ticketsOf(range(0, 13), tokens);
    await network.nodes[5]!.silence();
    const { status, ms } = await fix(tickets);
    expect(status).toBe(STATUS.allPass);
    expect(ms).toBeLessThan(VOTE_LIMIT_MS / 2);
  });

  test('a silent one whose vote matters costs the limit, and no more', async () => {
    await fracture(FRACKED, tokens);
    const tickets = await ticketsOf(range(0, 12), tokens);
    await network.nodes[5]!.silence();
    const { status, ms } = await fix(tickets);
    expect(status).toBe(STATUS.allFail);
    expect(ms).toBeGreaterThanOrEqual(VOTE_LIMIT_MS - 50);
    expect(ms).toBeLessThan(VOTE_LIMIT_MS * 2);
  });

  test('a request that got lost is sent again', async () => {
    await fracture(FRACKED, tokens);
    const tickets = await ticketsOf(range(0, 12), tokens);
    const lossy = network.nodes[5]!;
    lossy.faults.faults = { ...lossy.faults.faults, dropRequests: 1 };
    const fixing = fix(tickets);
    await expect
      .poll(() => network.nodes[6]!.status.requests.validateTicket ?? 0)
      .toBeGreaterThan(0);
    network.resetFaults();
    expect((await fixing).status).toBe(STATUS.allPass);
  });

  test('an answer that got lost is a lost vote', async () => {
    await fracture(FRACKED, tokens);
    const tickets = await ticketsOf(range(0, 12), tokens);
    const lossy = network.nodes[5]!;
    const before = lossy.status.requests.validateTicket ?? 0;
    lossy.faults.faults = { ...lossy.faults.faults, dropReplies: 1 };
    const fixing = fix(tickets);
    await expect.poll(() => lossy.status.requests.validateTicket).toBe(before + 1);
    network.resetFaults();
    expect((await fixing).status).toBe(STATUS.allFail);
    expect(lossy.status.requests.validateTicket).toBe(before + 2);
  });
});

describe('who is trusted comes from the config folder', () => {
  const trustOnly = (required: number, ...trusted: number[]) => {
    const flags = range(0, 24).map((raida) => (trusted.includes(raida) ? 1 : 0));
    return `trusted.${flags.join('.')}.${required}.config`;
  };

  test('one vote of RAIDA 0 is enough where only RAIDA 0 is trusted', async () => {
    const folder = temporaryFolder();
    const config = join(folder, 'raida-02', 'config');
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, trustOnly(1, 0)), '');
    const { network: small, stop: stopSmall } = await startNetwork({
      dataFolder: folder,
      nodeCount: 3,
    });
    try {
      const token = { dn: 0, sn: 9 };
      for (const raida of [0, 1]) await small.write([{ raida, token, an: anOf(raida, token) }]);
      const send = async (raida: number, command: AnyCommand, request: object) => {
        const frame = frameOf(command, request, { raida });
        return readAnswer(await udp(small.nodes[raida]!.address.port, frame), frame);
      };
      const fixWith = async (issuer: number) => {
        const ticket = await send(issuer, COMMANDS.getTicket, { tokens: [at(issuer, token)] });
        const tickets = range(0, 24).map((raida) => (raida === issuer ? ticket.body : null));
        return (await send(2, COMMANDS.fix, { tokens: [token], pg: PG, tickets })).status;
      };
      expect(await fixWith(1)).toBe(STATUS.allFail);
      expect(await fixWith(0)).toBe(STATUS.allPass);
    } finally {
      await stopSmall();
    }
  });

  test('a folder without the file stops the start, and leaves nothing open', async () => {
    const folder = temporaryFolder();
    const config = join(folder, 'raida-01', 'config');
    mkdirSync(config, { recursive: true });
    const options = { dataFolder: folder, basePort: 0, nodeCount: 2 };
    await expect(LocalNetwork.start(options)).rejects.toThrow(config);
    writeFileSync(join(config, trustOnly(1, 0)), '');
    await (await LocalNetwork.start(options)).close();
    removeFolder(folder);
  });
});

test('a port that is taken is named, and the ones before it are closed again', async () => {
  const socket = createSocket('udp4');
  socket.bind(0, HOST);
  await once(socket, 'listening');
  const { port } = socket.address();
  const folder = temporaryFolder();
  const options = { dataFolder: folder, basePort: port - 1, nodeCount: 2 };
  await expect(LocalNetwork.start(options)).rejects.toThrow(`port ${port} of ${HOST} is in use`);
  socket.close();
  await once(socket, 'close');
  await (await LocalNetwork.start(options)).close();
  removeFolder(folder);
});

test('ports count up from the base port', async () => {
  const { network: counted, stop: stopCounted } = await startNetwork({
    basePort: 42_100,
    nodeCount: 3,
  });
  expect(counted.nodes.map(({ address }) => address.port)).toEqual([42_100, 42_101, 42_102]);
  await stopCounted();
});

test('a restart at the same folder keeps every token', async () => {
  const folder = temporaryFolder();
  const options = { dataFolder: folder, basePort: 0 };
  const tokens = ids(1, 2).map((id) => ({ ...id, ans: range(0, 24).map((r) => anOf(r, id)) }));
  const first = await LocalNetwork.start(options);
  await first.register(tokens);
  await first.close();
  const second = await LocalNetwork.start(options);
  for (const token of tokens) {
    for (const raida of range(0, 24)) expect(second.read(raida, token)).toEqual(token.ans[raida]);
  }
  await second.close();
  removeFolder(folder);
  expect(toHex(tokens[0]!.ans[0]!)).toHaveLength(32);
});
