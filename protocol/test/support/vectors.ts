import { readFileSync } from 'node:fs';

import { fromHex } from '@raida-wallet/protocol';

/** The vectors of `protocol/vectors`, which this project's code did not make. */

const FOLDER = new URL('../../vectors/', import.meta.url);

export interface TokenVector {
  readonly dn: number;
  readonly sn: number;
  readonly an?: string;
  readonly pan?: string;
}

export interface ExchangeVector {
  readonly name: string;
  readonly raida: number;
  readonly coinId: number;
  readonly group: number;
  readonly code: number;
  readonly encryption: number;
  readonly challenge: string;
  readonly nonce: string;
  readonly key?: { readonly dn: number; readonly sn: number; readonly an: string };
  readonly tokens?: readonly TokenVector[];
  readonly claimant?: number;
  readonly ticket?: string;
  readonly tickets?: readonly string[];
  readonly pg?: string;
  readonly request: string;
  readonly reply: string;
  readonly replyContinue?: string;
  readonly means: {
    readonly status: number;
    readonly text?: string;
    /** Indexes of the tokens that passed. */
    readonly passes?: readonly number[];
    readonly ticket?: string;
    readonly found?: readonly number[];
    readonly tokens?: readonly TokenVector[];
  };
}

export interface FileVector {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly tokens: readonly { dn: number; sn: number; ans: readonly string[] }[] | null;
  readonly error: string | null;
  readonly pown?: string;
  readonly pans?: readonly (readonly string[])[];
  readonly legacy?: boolean;
}

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as T;
}

export const EXCHANGES = readJson<{ exchanges: ExchangeVector[] }>('exchanges.json').exchanges;
export const FILES = readJson<{ files: FileVector[] }>('files/files.json').files;

export function readVectorFile(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`files/${name}`, FOLDER)));
}

export function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (!bytes) throw new Error('a vector that is no hex');
  return bytes;
}
