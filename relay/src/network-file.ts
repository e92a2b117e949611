import { readFile } from 'node:fs/promises';
import { MAX_REQUEST_BYTES, RAIDA_COUNT } from '@raida-wallet/protocol';
import * as v from 'valibot';

import { ConfigError } from './config-error.ts';

/** Where one RAIDA listens, by UDP and TCP alike. */
export interface ServerEntry {
  readonly id: number;
  /** A host name or an address. */
  readonly host: string;
  readonly port: number;
}

/** The network file: which RAIDA this relay speaks to, and to nothing else. */
export interface Network {
  readonly name: string;
  readonly coinId: number;
  readonly quorum: number;
  readonly udpMaxBytes: number;
  /** In the order of their numbers, 0 to length - 1. */
  readonly servers: readonly ServerEntry[];
  /** Where a wallet may ask for test coins; only local networks have it. */
  readonly testCoinsUrl?: string;
}

const MAX_PORT = 65_535;
/** Header, challenge and terminator: no request is smaller. */
const MIN_UDP_BYTES = 50;
/** The largest IPv4 datagram. */
const MAX_UDP_BYTES = 65_507;
const MAX_NAME_CHARACTERS = 100;
const MAX_HOST_CHARACTERS = 253;

const integer = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`;
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
};

const text = (maxCharacters: number) => {
  const message = `must be a text of 1 to ${maxCharacters} characters`;
  return v.pipe(v.string(message), v.minLength(1, message), v.maxLength(maxCharacters, message));
};

const isHttpUrl = (value: string): boolean =>
  URL.canParse(value) && ['http:', 'https:'].includes(new URL(value).protocol);

const ServerSchema = v.strictObject({
  id: integer(0, RAIDA_COUNT - 1),
  host: text(MAX_HOST_CHARACTERS),
  port: integer(1, MAX_PORT),
});

const NetworkSchema = v.strictObject({
  name: text(MAX_NAME_CHARACTERS),
  coinId: integer(0, 0xffff),
  quorum: integer(1, RAIDA_COUNT),
  udpMaxBytes: integer(MIN_UDP_BYTES, Math.min(MAX_UDP_BYTES, MAX_REQUEST_BYTES)),
  servers: v.pipe(
    v.array(ServerSchema, 'must be a list of { id, host, port }'),
    v.minLength(1, 'must name at least one RAIDA'),
    v.maxLength(RAIDA_COUNT, `must name at most ${RAIDA_COUNT} RAIDA`),
  ),
  testCoinsUrl: v.exactOptional(
    v.pipe(v.string('must be a text'), v.check(isHttpUrl, 'must be an http or https address')),
  ),
});

/** Checks the contents of a network file. Throws ConfigError, one line for each wrong field. */
export function parseNetwork(json: string): Network {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new ConfigError('not JSON');
  }
  const result = v.safeParse(NetworkSchema, value);
  if (!result.success) throw new ConfigError(result.issues.map(describeIssue).join('\n'));
  const network = result.output;
  checkServerIds(network.servers);
  if (network.quorum > network.servers.length) {
    throw new ConfigError(
      `quorum: ${network.quorum} cannot be reached with ${network.servers.length} servers`,
    );
  }
  return { ...network, servers: [...network.servers].sort((a, b) => a.id - b.id) };
}

/** Reads a network file. Throws ConfigError with the file's name before each line. */
export async function readNetworkFile(path: string): Promise<Network> {
  let json: string;
  try {
    json = await readFile(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    return parseNetwork(json);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.message.replaceAll(/^/gm, `${path}: `));
  }
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const keys = issue.path?.map(({ key }) => key) ?? [];
  const field = keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    return path === '' ? String(key) : `${path}.${String(key)}`;
  }, '');
  return `${field || 'the file'}: ${issueMessage(issue)}`;
}

function issueMessage(issue: v.BaseIssue<unknown>): string {
  if (issue.type !== 'strict_object') return issue.message;
  if (issue.expected === 'never') return 'is not a field of a network file';
  return issue.expected === 'Object' ? 'must be an object' : 'is missing';
}

/** The numbers are 0 to n - 1, each once: tokens have one secret for each. */
function checkServerIds(servers: readonly ServerEntry[]): void {
  const seen = new Map<number, number>();
  servers.forEach(({ id }, index) => {
    const first = seen.get(id);
    if (first !== undefined) {
      throw new ConfigError(`servers[${index}].id: ${id} is taken by servers[${first}]`);
    }
    seen.set(id, index);
  });
  const missing = servers.map((_, id) => id).filter((id) => !seen.has(id));
  if (missing.length > 0) {
    const ids = missing.join(', ');
    throw new ConfigError(
      `servers: no server has the id ${ids} (ids are 0 to ${servers.length - 1})`,
    );
  }
}
