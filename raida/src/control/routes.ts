import {
  CoinFileError,
  coinFileName,
  encodeCoinFile,
  RAIDA_COUNT,
  readCoinFile,
  toHex,
} from '@raida-wallet/protocol';

import type { LocalNetwork } from '../network/local-network.ts';
import type { LocalNode } from '../network/local-node.ts';
import { ControlError } from './control-error.ts';
import { issueTokens, MIX } from './issue.ts';
import {
  check,
  Coins,
  CounterModeChange,
  FaultChanges,
  Nothing,
  Stop,
  TicketChange,
  TokenAns,
  TokenIds,
} from './schemas.ts';

/** What the control interface can do. README.md of this workspace is the list for people. */

/** JSON, or a coin file. */
export type Answer =
  { readonly json: unknown } | { readonly coinFile: Uint8Array; readonly name: string };

export interface Call {
  readonly network: LocalNetwork;
  /** Those that the path names; none where it names none. */
  readonly nodes: readonly LocalNode[];
  readonly body: Uint8Array;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** `{ids}` stands for a choice of nodes. */
  readonly path: string;
  /** Whether pages of this machine may call it: nothing that a stranger's page could break. */
  readonly fromPages?: true;
  readonly run: (call: Call) => Answer | Promise<Answer>;
}

const statusOf = (nodes: readonly LocalNode[]): Answer => ({
  json: nodes.map(({ status }) => status),
});

export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/nodes',
    run: ({ network }) => statusOf(network.nodes),
  },
  { method: 'POST', path: '/coins', fromPages: true, run: postCoins },
  { method: 'POST', path: '/register', run: postRegister },
  { method: 'POST', path: '/tokens/read', run: postTokensRead },
  { method: 'PUT', path: '/nodes/{ids}/tokens', run: putTokens },
  {
    method: 'POST',
    path: '/nodes/{ids}/stop',
    async run({ nodes, body }) {
      const { silent } = check(Stop, body);
      await Promise.all(nodes.map((node) => (silent ? node.silence() : node.stop())));
      return statusOf(nodes);
    },
  },
  {
    method: 'POST',
    path: '/nodes/{ids}/start',
    async run({ nodes, body }) {
      check(Nothing, body);
      await Promise.all(nodes.map((node) => node.start()));
      return statusOf(nodes);
    },
  },
  {
    method: 'PUT',
    path: '/nodes/{ids}/faults',
    run({ nodes, body }) {
      const changes = check(FaultChanges, body);
      for (const { faults } of nodes) faults.faults = { ...faults.faults, ...changes };
      return statusOf(nodes);
    },
  },
  {
    method: 'PUT',
    path: '/nodes/{ids}/counter-mode',
    run({ nodes, body }) {
      const { mode } = check(CounterModeChange, body);
      for (const node of nodes) node.counterMode = mode;
      return statusOf(nodes);
    },
  },
  {
    method: 'PUT',
    path: '/tickets',
    run({ network, body }) {
      const { lifetimeMs } = check(TicketChange, body);
      for (const { tickets } of network.nodes) tickets.lifetimeMs = lifetimeMs;
      return { json: { lifetimeMs } };
    },
  },
  {
    method: 'POST',
    path: '/reset-faults',
    run({ network, body }) {
      check(Nothing, body);
      network.resetFaults();
      return statusOf(network.nodes);
    },
  },
];

async function postCoins({ network, body }: Call): Promise<Answer> {
  const order = check(Coins, body);
  const tokens = await issueTokens(network, 'preset' in order ? MIX : order.tokens);
  return {
    coinFile: encodeCoinFile(tokens, { coinId: network.coinId }),
    name: coinFileName(tokens),
  };
}

async function postRegister({ network, body }: Call): Promise<Answer> {
  const tokens = readCoins(body, network.coinId);
  await network.register(tokens);
  return { json: { tokens: tokens.length } };
}

function readCoins(body: Uint8Array, coinId: number) {
  try {
    return readCoinFile(body, { coinId }).tokens;
  } catch (error) {
    if (error instanceof CoinFileError) throw new ControlError(400, `the body: ${error.message}`);
    throw error;
  }
}

/** For each token the ANs of the 25 nodes, null where there is none. */
function postTokensRead({ network, body }: Call): Answer {
  const { tokens } = check(TokenIds, body);
  return {
    json: tokens.map((token) =>
      Array.from({ length: RAIDA_COUNT }, (_, raida) => {
        const an = network.read(raida, token);
        return an ? toHex(an) : null;
      }),
    ),
  };
}

async function putTokens({ network, nodes, body }: Call): Promise<Answer> {
  const { tokens } = check(TokenAns, body);
  await network.write(
    tokens.flatMap(({ dn, sn, an, ans }) =>
      nodes.map(({ id }) => ({ raida: id, token: { dn, sn }, an: (ans ? ans[id] : an) ?? null })),
    ),
  );
  return { json: { tokens: tokens.length, nodes: nodes.length } };
}
