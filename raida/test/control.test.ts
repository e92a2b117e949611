import {
  coinFileName,
  COMMANDS,
  encodeCoinFile,
  readCoinFile,
  STATUS,
  toHex,
  type Token,
} from '@raida-wallet/protocol';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Control, startControl } from '../src/control/server.ts';
import type { LocalNetwork } from '../src/network/local-network.ts';
import type { NodeStatus } from '../src/network/local-node.ts';
import { frameOf, readAnswer, secret, token } from './support/node.ts';
import { startNetwork, udp, udpAnswers } from './support/network.ts';

let network: LocalNetwork;
let stopNetwork: () => Promise<void>;
let control: Control;

beforeAll(async () => {
  ({ network, stop: stopNetwork } = await startNetwork());
  control = await startControl(network, 0);
});
afterAll(async () => {
  await control.close();
  await stopNetwork();
});
afterEach(async () => {
  await call('POST', '/nodes/all/start');
  await call('POST', '/reset-faults');
});

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const raw = body instanceof Uint8Array ? body.slice() : JSON.stringify(body);
  const answer = await fetch(`http://127.0.0.1:${control.port}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: raw }),
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  const json: unknown =
    answer.headers.get('content-type') === 'application/json' && JSON.parse(text);
  return { status: answer.status, headers: answer.headers, bytes, json };
}

/** The message of an answer that must be an error with this status. */
async function refusal(status: number, method: string, path: string, body?: unknown) {
  const answer = await call(method, path, body);
  expect([answer.status, answer.json]).toEqual([status, { error: expect.any(String) as string }]);
  return (answer.json as { error: string }).error;
}

async function issue(body: object = { preset: 'mix' }): Promise<readonly Token[]> {
  const answer = await call('POST', '/coins', body);
  expect(answer.status).toBe(200);
  return readCoinFile(answer.bytes, { coinId: 6 }).tokens;
}

async function held(tokens: readonly { dn: number; sn: number }[]): Promise<(string | null)[][]> {
  const ids = tokens.map(({ dn, sn }) => ({ dn, sn }));
  const answer = await call('POST', '/tokens/read', { tokens: ids });
  expect(answer.status).toBe(200);
  return answer.json as (string | null)[][];
}

const hexOf = (tokens: readonly Token[]) => tokens.map(({ ans }) => ans.map(toHex));

async function nodes(): Promise<NodeStatus[]> {
  return (await call('GET', '/nodes')).json as NodeStatus[];
}

describe('coins', () => {
  test('new tokens are a coin file, and every node holds them', async () => {
    const answer = await call('POST', '/coins', {
      tokens: [
        { dn: 1, count: 2 },
        { dn: -8, count: 1 },
      ],
    });
    const { tokens } = readCoinFile(answer.bytes, { coinId: 6 });
    expect(tokens.map(({ dn }) => dn)).toEqual([1, 1, -8]);
    expect(await held(tokens)).toEqual(hexOf(tokens));
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="${coinFileName(tokens)}"`,
    );
  });

  test('the preset is a mix of twelve, other ones each time', async () => {
    const [first, second] = [await issue(), await issue()];
    expect(first.map(({ dn }) => dn)).toEqual([2, 1, 1, 1, 0, 0, 0, 0, 0, -1, -1, -2]);
    const secrets = new Set([...hexOf(first), ...hexOf(second)].flat());
    expect(secrets.size).toBe(24 * 25);
  });

  test('a node detects what was issued', async () => {
    const [one] = await issue({ tokens: [{ dn: 0, count: 1 }] });
    const frame = frameOf(
      COMMANDS.detect,
      { tokens: [{ ...one!, an: one!.ans[7]! }] },
      { raida: 7 },
    );
    const answer = readAnswer(await udp(network.nodes[7]!.address.port, frame), frame);
    expect(answer.status).toBe(STATUS.allPass);
  });

  test('many at once', async () => {
    const tokens = await issue({ tokens: [{ dn: 0, count: 500 }] });
    expect(new Set(tokens.map(({ sn }) => sn)).size).toBe(500);
    expect(await held(tokens)).toEqual(hexOf(tokens));
  });

  test('registered files are held exactly, whatever was there before', async () => {
    const tokens = await issue();
    await call('PUT', '/nodes/0-11/tokens', {
      tokens: tokens.map(({ dn, sn }) => ({ dn, sn, an: null })),
    });
    expect((await held(tokens))[0]!.filter((an) => an === null)).toHaveLength(12);
    const file = encodeCoinFile(tokens, { coinId: 6 });
    expect((await call('POST', '/register', file)).json).toEqual({ tokens: 12 });
    expect(await held(tokens)).toEqual(hexOf(tokens));
  });

  test('any format is registered', async () => {
    for (const name of ['four.stack', 'card-json.png', 'twelve.bin']) {
      const file = readFileSync(new URL(`../../protocol/vectors/files/${name}`, import.meta.url));
      expect((await call('POST', '/register', new Uint8Array(file))).status).toBe(200);
      const { tokens } = readCoinFile(new Uint8Array(file), { coinId: 6 });
      expect(await held(tokens)).toEqual(hexOf(tokens));
    }
  });

  test('a bad file registers nothing and says why', async () => {
    const name = '../../protocol/vectors/files/bad-twice-different.bin';
    const file = new Uint8Array(readFileSync(new URL(name, import.meta.url)));
    expect(await refusal(400, 'POST', '/register', file)).toContain('different ANs');
  });
});

describe('tokens of chosen nodes', () => {
  test('one AN for all that are chosen, null to forget', async () => {
    const [one] = await issue({ tokens: [{ dn: 2, count: 1 }] });
    const { dn, sn } = one!;
    const an = toHex(secret('control'));
    await call('PUT', '/nodes/1,5,7-8/tokens', { tokens: [{ dn, sn, an }] });
    await call('PUT', '/nodes/24/tokens', { tokens: [{ dn, sn, an: null }] });
    const expected: (string | null)[] = one!.ans.map(toHex);
    for (const raida of [1, 5, 7, 8]) expected[raida] = an;
    expected[24] = null;
    expect(await held([one!])).toEqual([expected]);
  });

  test('25 ANs, of which each chosen node takes its own', async () => {
    const [one] = await issue({ tokens: [{ dn: 2, count: 1 }] });
    const { dn, sn } = one!;
    const ans = Array.from({ length: 25 }, (_, raida) =>
      raida === 3 ? null : toHex(secret(`own ${raida}`)),
    );
    await call('PUT', '/nodes/0-12/tokens', { tokens: [{ dn, sn, ans }] });
    const expected = one!.ans.map((an, raida) => (raida < 13 ? ans[raida]! : toHex(an)));
    expected[3] = null!;
    expect(await held([one!])).toEqual([expected]);
  });

  test('a token that nobody knows is null everywhere', async () => {
    expect(await held([{ dn: 6, sn: 1 }])).toEqual([Array<null>(25).fill(null)]);
  });
});

describe('nodes', () => {
  test('all of them, with what they have been asked', async () => {
    const before = await nodes();
    expect(before.map(({ id }) => id)).toEqual(Array.from({ length: 25 }, (_, i) => i));
    const frame = frameOf(COMMANDS.echo, {}, { raida: 4 });
    await udp(before[4]!.port, frame);
    const unknown = frame.slice();
    unknown[5] = 200;
    await udp(before[4]!.port, unknown);
    const { requests } = (await nodes())[4]!;
    const earlier = before[4]!.requests;
    expect(requests.echo).toBe((earlier.echo ?? 0) + 1);
    expect(requests.other).toBe((earlier.other ?? 0) + 1);
  });

  test('stop, silent and start', async () => {
    await call('POST', '/nodes/0-11/stop');
    await call('POST', '/nodes/12/stop', { silent: true });
    const stopped = await nodes();
    expect(stopped.filter(({ running }) => running).map(({ id }) => id)).toEqual(
      Array.from({ length: 12 }, (_, i) => 13 + i),
    );
    expect(stopped.filter(({ silent }) => silent).map(({ id }) => id)).toEqual([12]);
    const echo = (raida: number) => frameOf(COMMANDS.echo, {}, { raida });
    await expect(udp(stopped[3]!.port, echo(3))).rejects.toThrow('ECONNREFUSED');
    expect(await udpAnswers(stopped[12]!.port, echo(12), 1, 100)).toEqual([]);

    await call('POST', '/nodes/all/start');
    const started = await nodes();
    expect(started.every(({ running, silent }) => running && !silent)).toBe(true);
    expect(started.map(({ port }) => port)).toEqual(stopped.map(({ port }) => port));
    expect((await udp(stopped[12]!.port, echo(12))).length).toBe(32);
  });

  test('faults change only what is named, and are reset together', async () => {
    await call('PUT', '/nodes/2/faults', { dropRequests: 0.3, delayMs: [1, 2] });
    await call('PUT', '/nodes/2/faults', { duplicate: 0.1, reorder: 0.2 });
    const expected = {
      delayMs: [1, 2],
      dropRequests: 0.3,
      dropReplies: 0,
      duplicate: 0.1,
      reorder: 0.2,
      refuse: {},
    };
    expect((await nodes())[2]!.faults).toEqual(expected);
    await call('PUT', '/nodes/all/counter-mode', { mode: 'continue' });
    await call('POST', '/reset-faults');
    const clean = await nodes();
    expect(clean[2]!.faults).toEqual({
      ...expected,
      delayMs: [0, 0],
      dropRequests: 0,
      duplicate: 0,
      reorder: 0,
    });
    expect(new Set(clean.map(({ counterMode }) => counterMode))).toEqual(new Set(['restart']));
  });

  test('a command that is refused, as by a node that does not know it', async () => {
    const [one] = await issue({ tokens: [{ dn: 0, count: 1 }] });
    const ask = async (raida: number, command: Parameters<typeof frameOf>[0]) => {
      const frame = frameOf(command, { tokens: [{ ...one!, an: one!.ans[raida]! }] }, { raida });
      return readAnswer(await udp(network.nodes[raida]!.address.port, frame), frame);
    };
    await call('PUT', '/nodes/4/faults', { refuse: { getTicket: STATUS.badCommand } });
    const refused = await ask(4, COMMANDS.getTicket);
    expect(refused).toMatchObject({ status: STATUS.badCommand, worth: 'hint' });
    expect([...refused.signature]).toEqual(new Array(16).fill(0));
    // Other commands, and other nodes, go on.
    expect((await ask(4, COMMANDS.detect)).status).toBe(STATUS.allPass);
    expect((await ask(5, COMMANDS.getTicket)).status).toBe(STATUS.allPass);

    await call('PUT', '/nodes/4/faults', { dropReplies: 0 });
    expect((await nodes())[4]!.faults.refuse).toEqual({ getTicket: STATUS.badCommand });
    await call('PUT', '/nodes/4/faults', { refuse: {} });
    expect((await ask(4, COMMANDS.getTicket)).status).toBe(STATUS.allPass);
  });

  test('the counter mode of each node', async () => {
    await call('PUT', '/nodes/9/counter-mode', { mode: 'continue' });
    const key = token(1234, 'key');
    await network.write([8, 9].map((raida) => ({ raida, token: key, an: key.an })));
    for (const [raida, mode] of [
      [8, 'restart'],
      [9, 'continue'],
    ] as const) {
      const frame = frameOf(COMMANDS.version, {}, { raida, key });
      const reply = await udp(network.nodes[raida]!.address.port, frame);
      expect(new TextDecoder().decode(readAnswer(reply, frame, key, mode).body)).toBe('20250323');
    }
  });

  test('the life of tickets', async () => {
    expect((await call('PUT', '/tickets', { lifetimeMs: 1 })).json).toEqual({ lifetimeMs: 1 });
    const [one] = await issue({ tokens: [{ dn: 0, count: 1 }] });
    const ask = async (command: Parameters<typeof frameOf>[0], request: object) => {
      const frame = frameOf(command, request, { raida: 0 });
      return readAnswer(await udp(network.nodes[0]!.address.port, frame), frame);
    };
    const { body: ticket } = await ask(COMMANDS.getTicket, {
      tokens: [{ ...one!, an: one!.ans[0]! }],
    });
    await expect
      .poll(async () => (await ask(COMMANDS.validateTicket, { claimant: 1, ticket })).status, {
        interval: 5,
      })
      .not.toBe(STATUS.success);
    await call('POST', '/reset-faults');
    expect(network.nodes[0]!.tickets.lifetimeMs).toBe(300_000);
  });
});

describe('errors say which field is wrong', () => {
  test.each([
    ['POST', '/coins', {}, 'the body: must be {"tokens"'],
    ['POST', '/coins', { preset: 'all' }, 'the body: must be {"tokens"'],
    ['POST', '/coins', { tokens: [{ dn: 7, count: 1 }] }, 'the body: must be {"tokens"'],
    [
      'POST',
      '/coins',
      {
        tokens: [
          { dn: 1, count: 65_535 },
          { dn: 2, count: 1 },
        ],
      },
      'tokens: the counts',
    ],
    ['POST', '/tokens/read', { tokens: [] }, 'tokens: must name at least one'],
    [
      'POST',
      '/tokens/read',
      {
        tokens: [
          { dn: 0, sn: 1 },
          { dn: 0, sn: -1 },
        ],
      },
      'tokens[1].sn: must be',
    ],
    ['POST', '/tokens/read', { tokens: [{ dn: 0 }] }, 'tokens[0].sn: is missing'],
    ['POST', '/tokens/read', 'x', 'the body: must be an object'],
    ['PUT', '/nodes/1/tokens', { tokens: [{ dn: 0, sn: 1 }] }, 'tokens[0]: must have either'],
    [
      'PUT',
      '/nodes/1/tokens',
      { tokens: [{ dn: 0, sn: 1, an: 'abc' }] },
      'tokens[0].an: must be 32',
    ],
    [
      'PUT',
      '/nodes/1/tokens',
      { tokens: [{ dn: 0, sn: 1, ans: [null] }] },
      'tokens[0].ans: must have 25',
    ],
    ['PUT', '/nodes/25/faults', {}, 'nodes: must be all'],
    ['PUT', '/nodes/3-1/faults', {}, 'nodes: must be all'],
    ['PUT', '/nodes/1,/faults', {}, 'nodes: must be all'],
    ['PUT', '/nodes/x/faults', {}, 'nodes: must be all'],
    ['PUT', '/nodes/1/faults', { dropRequests: 1.1 }, 'dropRequests: must be a number from 0 to 1'],
    ['PUT', '/nodes/1/faults', { delayMs: [2, 1] }, 'delayMs: must be [min, max]'],
    ['PUT', '/nodes/1/faults', { refuse: { ticket: 6 } }, 'refuse.ticket: must be one of echo'],
    ['PUT', '/nodes/1/faults', { refuse: { echo: 256 } }, 'refuse.echo: must be a whole number'],
    ['PUT', '/nodes/1/faults', { lose: 1 }, 'lose: is not a field'],
    ['PUT', '/nodes/1/counter-mode', { mode: 'stop' }, 'mode: must be "restart"'],
    ['POST', '/nodes/1/stop', { silent: 1 }, 'silent: must be true or false'],
    ['PUT', '/tickets', { lifetimeMs: 0 }, 'lifetimeMs: must be a whole number'],
    ['PUT', '/tickets', {}, 'lifetimeMs: is missing'],
  ])('%s %s %j', async (method, path, body, message) => {
    expect(await refusal(400, method, path, body)).toContain(message);
  });

  test('what was sent as an AN is never repeated', async () => {
    const an = `${toHex(secret('mistyped'))}0`;
    const message = await refusal(400, 'PUT', '/nodes/1/tokens', {
      tokens: [{ dn: 0, sn: 1, an }],
    });
    expect(message).not.toContain(an.slice(0, 8));
  });

  test('no JSON, no such path, no such method', async () => {
    expect(await refusal(400, 'PUT', '/tickets', Uint8Array.of(0x7b))).toContain('must be JSON');
    expect(await refusal(404, 'GET', '/coin')).toContain('POST /coins');
    expect(await refusal(404, 'PUT', '/nodes/1/fault')).toContain('PUT /nodes/{ids}/faults');
    const wrong = await call('GET', '/coins');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

test('a control port that is taken is named', async () => {
  await expect(startControl(network, control.port)).rejects.toThrow(
    `port ${control.port} of 127.0.0.1 is in use`,
  );
});
