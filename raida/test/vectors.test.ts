import { readFileSync } from 'node:fs';
import { fromHex, toHex, type TokenId } from '@raida-wallet/protocol';
import { describe, expect, test } from 'vitest';
import { handle, secret, testNode, type TestNode } from './support/node.ts';

/**
 * What 25 live servers answered, request by request (protocol/vectors): a node whose tokens are
 * those that the recorded one had answers the same bytes. Only the execution time is its own.
 */

interface Exchange {
  readonly name: string;
  readonly raida: number;
  readonly coinId: number;
  readonly group: number;
  readonly code: number;
  readonly tokens?: readonly (TokenId & { an?: string; pan?: string })[];
  readonly key?: TokenId & { an: string };
  readonly claimant?: number;
  readonly ticket?: string;
  readonly request: string;
  readonly reply: string;
  readonly replyContinue?: string;
  readonly means: {
    readonly status: number;
    readonly passes?: readonly number[];
    readonly found?: readonly number[];
    readonly ticket?: string;
    readonly tokens?: readonly TokenId[];
  };
}

const VECTORS = new URL('../../protocol/vectors/exchanges.json', import.meta.url);
const { exchanges } = JSON.parse(readFileSync(VECTORS, 'utf8')) as { exchanges: Exchange[] };

const bytes = (hex: string): Uint8Array => fromHex(hex)!;

/** A node in the state that the recorded one was in before this request. */
function nodeBefore(exchange: Exchange): TestNode {
  const { means, tokens = [], key, ticket } = exchange;
  const given = ticket ?? means.ticket;
  const node = testNode({
    raida: exchange.raida,
    coinId: exchange.coinId,
    ...(given && { random: () => bytes(given) }),
  });
  tokens.forEach((token, i) => node.store.write(token, secret(`other ${i}`)));
  tokens.forEach((token, i) => {
    const held = heldBefore(exchange, i);
    if (held) node.store.write(token, bytes(held));
  });
  const wrongKey = means.status === 37;
  if (key && !wrongKey) node.store.write(key, bytes(key.an));
  if (wrongKey) node.store.write(tokens[0]!, bytes(tokens[0]!.an!));
  if (ticket && means.status !== 43) {
    node.tickets.issue(means.tokens ?? [{ dn: 0, sn: 1 }]);
    if (means.status === 44) node.tickets.claim(bytes(ticket), exchange.claimant!);
  }
  const burnt = exchange.name.includes('burnt');
  node.votes = () => Promise.resolve(burnt ? null : tokens);
  return node;
}

/** The AN of token i that leads to the recorded answer; undefined for any other than those sent. */
function heldBefore({ name, tokens, means }: Exchange, i: number): string | undefined {
  const { an, pan } = tokens![i]!;
  if (name.includes('already moved')) return pan;
  if (means.found) return [undefined, an, pan][means.found[i]!];
  const byStatus: Record<number, string | undefined> = { 241: an, 209: an, 210: pan };
  return means.status === 243
    ? means.passes!.includes(i)
      ? an
      : undefined
    : byStatus[means.status];
}

/** Hex, without the four bytes of the execution time. */
function withoutTime(reply: string): string {
  return reply.slice(0, 24) + reply.slice(32);
}

describe('a node answers as the recorded ones did', () => {
  test.each(exchanges.map((exchange, i) => [`${i}: ${exchange.name}`, exchange] as const))(
    '%s',
    async (_, exchange) => {
      const node = nodeBefore(exchange);
      const reply = await handle(node, bytes(exchange.request));
      expect(withoutTime(toHex(reply!))).toBe(withoutTime(exchange.reply));
      expect(node.reported).toEqual([]);

      if (exchange.replyContinue === undefined) return;
      const other = nodeBefore(exchange);
      other.mode = 'continue';
      const continued = await handle(other, bytes(exchange.request));
      expect(withoutTime(toHex(continued!))).toBe(withoutTime(exchange.replyContinue));
    },
  );

  test('there are exchanges of every command that the recorded servers have', () => {
    const commands = new Set(exchanges.map(({ group, code }) => `${group}/${code}`));
    const expected = ['0/0', '0/1', '1/10', '1/11', '1/20', '2/40', '2/50', '2/60', '2/80'];
    expect([...commands].sort()).toEqual(expected);
    expect(exchanges.length).toBeGreaterThanOrEqual(124);
  });

  test('a POWN leaves the PANs where it passed, and nothing else changed', async () => {
    for (const exchange of exchanges.filter(({ group, code }) => group === 1 && code === 20)) {
      const node = nodeBefore(exchange);
      const before = exchange.tokens!.map((token) => node.store.read(token)!);
      await handle(node, bytes(exchange.request));
      const { status, passes } = exchange.means;
      exchange.tokens!.forEach((token, i) => {
        const passed = status === 241 || (passes?.includes(i) ?? false);
        expect(toHex(node.store.read(token)!)).toBe(passed ? token.pan : toHex(before[i]!));
      });
    }
  });

  test('a Fix leaves the ANs that the recorded node was found to hold afterwards', async () => {
    const fixes = exchanges.flatMap((exchange, i) =>
      /^fix \d+$/.test(exchange.name) ? [[exchange, exchanges[i + 1]!] as const] : [],
    );
    expect(fixes.length).toBe(4);
    for (const [fix, detected] of fixes) {
      const node = nodeBefore(fix);
      await handle(node, bytes(fix.request));
      const held = detected.tokens!.map((token) => toHex(node.store.read(token)!));
      expect(held).toEqual(detected.tokens!.map(({ an }) => an));
    }
  });
});
