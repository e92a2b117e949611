import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { ConfigError } from './config-error.ts';
import { LIMIT_NAMES, limitFlag, type LimitName, type Limits, LIMITS } from './limits.ts';
import { parseOrigin } from './origin.ts';

/** What the command line says. */
export interface Options {
  readonly networkFile: string;
  readonly port: number;
  readonly host: string;
  readonly allowPrivate: boolean;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly allowNoOrigin: boolean;
  readonly walletFolder: string | undefined;
  readonly walletRelays: readonly string[];
  readonly jsonReady: boolean;
  readonly limits: Partial<Limits>;
}

const BUILT_WALLET = fileURLToPath(new URL('../../web/dist', import.meta.url));
/** A browser opens a connection to each; more would add nothing to what they know (I8). */
const MAX_WALLET_RELAYS = 16;
const DEFAULT_HOST = '127.0.0.1';
const MAX_PORT = 65_535;
/** Longer waits are no use, and a timer of Node cannot hold more than 31 bits. */
const MAX_LIMIT = 2_147_483_647;

export const USAGE = `usage: npm run relay -- --network FILE --port N [options]
  --network FILE        the RAIDA that this relay speaks to
  --port N              where to listen; 0: the system chooses
  --host ADDRESS        on which address to listen (${DEFAULT_HOST})
  --serve-wallet[=DIR]  serve the built wallet too (web/dist)
  --wallet-relay URL    a relay for wallets that are served here, in place of this one
                        alone; may be repeated, up to ${MAX_WALLET_RELAYS} times
  --allow-private       RAIDA may have private and loopback addresses
  --allow-origin URL    pages of this origin may connect too; may be repeated
  --allow-no-origin     clients that are no browsers may connect
  --json-ready          print one JSON line when ready
limits, each a whole number (docs/relay.md):
${LIMIT_NAMES.map((name) => `  --${limitFlag(name)} N (${LIMITS[name].default})`).join('\n')}`;

const FLAGS = {
  network: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string', default: DEFAULT_HOST },
  'allow-private': { type: 'boolean', default: false },
  'allow-origin': { type: 'string', multiple: true },
  'allow-no-origin': { type: 'boolean', default: false },
  'serve-wallet': { type: 'string' },
  'wallet-relay': { type: 'string', multiple: true },
  'json-ready': { type: 'boolean', default: false },
} as const;

/** A plain object to the compiler, so that the types of the other flags stay exact. */
const LIMIT_FLAGS: object = Object.fromEntries(
  LIMIT_NAMES.map((name) => [limitFlag(name), { type: 'string' }]),
);

/** Reads the command line. Throws ConfigError. */
export function parseOptions(args: readonly string[]): Options {
  const values = parseFlags(args);
  const networkFile = values.network;
  if (networkFile === undefined) throw new ConfigError('--network: is missing');
  if (values.port === undefined) throw new ConfigError('--port: is missing');
  return {
    networkFile,
    port: wholeNumber('--port', values.port, 0, MAX_PORT),
    host: values.host,
    allowPrivate: values['allow-private'],
    allowedOrigins: new Set(
      values['allow-origin']?.map((text) => parseOrigin('--allow-origin', text)),
    ),
    allowNoOrigin: values['allow-no-origin'],
    walletFolder: values['serve-wallet'],
    walletRelays: parseWalletRelays(values['wallet-relay'] ?? []),
    jsonReady: values['json-ready'],
    limits: parseLimits(values),
  };
}

function parseFlags(args: readonly string[]) {
  try {
    const given = withWalletFolder(args);
    const { values } = parseArgs({ args: given, options: { ...LIMIT_FLAGS, ...FLAGS } });
    return values;
  } catch (error) {
    throw new ConfigError((error as Error).message);
  }
}

/** `--serve-wallet` may stand alone, which `parseArgs` does not know. */
function withWalletFolder(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    const next = args[index + 1];
    const alone = arg === '--serve-wallet' && (next === undefined || next.startsWith('-'));
    return alone ? `--serve-wallet=${BUILT_WALLET}` : arg;
  });
}

/** One that stood there twice would be taken for two, and carry more than one may (I8). */
function parseWalletRelays(texts: readonly string[]): readonly string[] {
  const flag = '--wallet-relay';
  const origins = texts.map((text) => parseOrigin(flag, text));
  const repeated = origins.find((origin, i) => origins.indexOf(origin) < i);
  if (repeated !== undefined) throw new ConfigError(`${flag}: ${repeated} is given twice`);
  if (origins.length > MAX_WALLET_RELAYS) {
    throw new ConfigError(`${flag}: at most ${MAX_WALLET_RELAYS} relays, not ${origins.length}`);
  }
  return origins;
}

function parseLimits(values: Readonly<Record<string, unknown>>): Partial<Limits> {
  const limits: Partial<Record<LimitName, number>> = {};
  for (const name of LIMIT_NAMES) {
    const flag = limitFlag(name);
    const value = values[flag];
    if (typeof value === 'string') limits[name] = wholeNumber(`--${flag}`, value, 1, MAX_LIMIT);
  }
  return limits;
}

function wholeNumber(what: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new ConfigError(`${what}: must be a whole number from ${min} to ${max}, not ${text}`);
}
