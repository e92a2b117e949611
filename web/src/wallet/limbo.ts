import type { Ledger, OperationRecord } from './ledger.ts';
import type { Operation } from './operation-state.ts';
import { NONE, type TokenRecord } from './token-record.ts';

/** Numbers of the operations that are not stored: the one that finds limbo, and a check. */
const FIND = 0;
export const CHECK = -1;

/**
 * What no operation has in hand and is not at rest: a mutation is open, or it never became ours and
 * was given up, perhaps because of what a relay said. All of it is asked for again at every start
 * (WALLET.md section 5). null when there is none.
 */
export function limboOf(
  ledger: Ledger,
  handled: ReadonlySet<TokenRecord>,
  startedAtMs: number,
): OperationRecord | null {
  const tokens = [...ledger.tokens.values()].filter(
    (token) => !handled.has(token) && isHere(token) && (isOpen(token) || token.settledAtMs === 0),
  );
  if (tokens.length === 0) return null;
  return { id: FIND, kind: 'find', startedAtMs, tokens, ...NOTHING };
}

/** What an audit found doubtful. */
export function checkOf(tokens: readonly TokenRecord[], startedAtMs: number): OperationRecord {
  return { id: CHECK, kind: 'check', startedAtMs, tokens: [...tokens], ...NOTHING };
}

const NOTHING = { names: [], closedAtMs: 0, repairs: 0, send: null };

/** Not in a file for somebody else; one that could not be taken back is asked for like any other. */
function isHere(token: TokenRecord): boolean {
  return token.sent === 0 || token.claimedAtMs === 0;
}

function isOpen(token: TokenRecord): boolean {
  return token.target.some((row) => row !== NONE) || token.doubt.some((doubt) => doubt !== 0);
}

/** What an operation takes in hand is not looked for any more. */
export function leaveLimbo(running: Iterable<Operation>, tokens: readonly TokenRecord[]): void {
  const taken = new Set(tokens);
  for (const { record, hints } of running) {
    if (record.kind !== 'find' && record.kind !== 'check') continue;
    const left = record.tokens.filter((token) => !taken.has(token));
    record.tokens.splice(0, Infinity, ...left);
    for (const token of tokens) hints.delete(token);
  }
}
