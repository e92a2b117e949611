import { RAIDA_COUNT } from '@raida-wallet/protocol';

/**
 * Whom a node believes in a Fix (S2, PROTOCOL.md section 5). All of it is in the name of one file
 * in the node's config folder: `trusted.<25 times 0 or 1, dot-separated>.<required>.config`.
 */
export interface Trust {
  /** By RAIDA: whether its tickets count. A node's own flag has no effect. */
  readonly trusted: readonly boolean[];
  /** How many different trusted other RAIDA must vouch for a token. */
  readonly required: number;
}

const PREFIX = 'trusted.';
const NAME = /^trusted\.((?:[01]\.){25})([0-9]{1,2})\.config$/;

/** Trust in all, 13 of which must agree: the first example of S2. */
export const DEFAULT_TRUST: Trust = {
  trusted: Array<boolean>(RAIDA_COUNT).fill(true),
  required: 13,
};

export function trustFileName({ trusted, required }: Trust): string {
  return `${PREFIX}${trusted.map((one) => (one ? 1 : 0)).join('.')}.${required}.config`;
}

/** What is wrong with a config folder, and what to write there. */
export class TrustError extends Error {
  override readonly name = 'TrustError';

  constructor(folder: string, problem: string) {
    super(
      `${folder}: ${problem}. It must hold one file whose name says which RAIDA to trust (25 times ` +
        `0 or 1) and how many of them must vouch for a token before a Fix changes it, for ` +
        `example an empty file named ${trustFileName(DEFAULT_TRUST)}`,
    );
  }
}

/** The trust that the names in a config folder say. Throws TrustError, naming `folder`. */
export function trustOfFileNames(names: readonly string[], folder: string, raida: number): Trust {
  const found = names.filter((name) => name.startsWith(PREFIX)).sort();
  const [name, ...others] = found;
  if (name === undefined) throw new TrustError(folder, 'there is no trusted.*.config file');
  if (others.length > 0) {
    throw new TrustError(folder, `there are ${found.length} of them: ${found.join(', ')}`);
  }
  const match = NAME.exec(name);
  if (!match) throw new TrustError(folder, `${name} is not of the form that it must have`);
  const trusted = match[1]!.split('.', RAIDA_COUNT).map((flag) => flag === '1');
  const required = Number(match[2]);
  const trustedOthers = trusted.filter((one, id) => one && id !== raida).length;
  if (required === 0) throw new TrustError(folder, `${name} requires no RAIDA at all to vouch`);
  if (required > trustedOthers) {
    throw new TrustError(
      folder,
      `${name} requires ${required} RAIDA to vouch, but trusts only ${trustedOthers} besides itself`,
    );
  }
  return { trusted, required };
}
