import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_COIN_ID, RAIDA_COUNT } from '@raida-wallet/protocol';

import { MAX_PORT } from './limits.ts';

export const USAGE = `Usage: npm run raida -- --data DIR --base-port PORT [options]

Runs a network of RAIDA on this machine.

  --data DIR           where tokens, configuration and network.json lie (required)
  --base-port PORT     node n listens at PORT + n, UDP and TCP; 0: any free ports (required)
  --nodes N            how many RAIDA, 1 to 25 (25)
  --control-port PORT  HTTP control interface at 127.0.0.1; 0: any free port (none)
  --host ADDRESS       where the nodes listen (127.0.0.1)
  --coin-id N          the coin id that requests must have (${DEFAULT_COIN_ID})
  --json-ready         print one JSON line on stdout when everything is ready
  --help               print this`;

export interface Options {
  readonly dataFolder: string;
  readonly basePort: number;
  readonly nodeCount: number;
  readonly controlPort: number | null;
  readonly host: string;
  readonly coinId: number;
  readonly jsonReady: boolean;
}

/** Reads the command line; null when it asks for help. Throws with a message for a person. */
export function readOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      'base-port': { type: 'string' },
      nodes: { type: 'string', default: `${RAIDA_COUNT}` },
      'control-port': { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      'coin-id': { type: 'string', default: `${DEFAULT_COIN_ID}` },
      'json-ready': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  if (!values.data) throw new Error('--data must name a folder');
  const controlPort = values['control-port'];
  return {
    dataFolder: resolve(values.data),
    basePort: wholeNumber('--base-port', values['base-port'] ?? '', 0, MAX_PORT),
    nodeCount: wholeNumber('--nodes', values.nodes, 1, RAIDA_COUNT),
    controlPort:
      controlPort === undefined ? null : wholeNumber('--control-port', controlPort, 0, MAX_PORT),
    host: values.host,
    coinId: wholeNumber('--coin-id', values['coin-id'], 0, 0xffff),
    jsonReady: values['json-ready'],
  };
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (number >= min && number <= max) return number;
  throw new Error(`${name} must be a whole number from ${min} to ${max}`);
}
