import type { Ledger, OperationRecord } from './ledger.ts';
import type { Operation } from './operation-state.ts';
import { isDisowned, NONE, type TokenRecord } from './token-record.ts';

/** The number of the operation that finds limbo. It is not stored. */
const FIND = 0;

/**
 * Tokens with a mutation that is open and that no operation has in hand: what became of it is asked at
 * every start (WALLET.md section 5). null when there are none.
 */
export function limboOf(
  ledger: Ledger,
  handled: ReadonlySet<TokenRecord>,
  startedAtMs: number,
): OperationRecord | null {
  const tokens = [...ledger.tokens.values()].filter(
    (token) => !handled.has(token) && !isDisowned(token) && isOpen(token),
  );
  if (tokens.length === 0) return null;
  const nothing = { names: [], closedAtMs: 0, repairs: 0, send: null };
  return { id: FIND, kind: 'find', startedAtMs, tokens, ...nothing };
}

function isOpen(token: TokenRecord): boolean {
  return token.target.some((row) => row !== NONE) || token.doubt.some((doubt) => doubt !== 0);
}

/** What an operation takes in hand is not looked for any more. */
export function leaveLimbo(running: Iterable<Operation>, tokens: readonly TokenRecord[]): void {
  const taken = new Set(tokens);
  for (const { record } of running) {
    if (record.kind !== 'find') continue;
    const left = record.tokens.filter((token) => !taken.has(token));
    record.tokens.splice(0, Infinity, ...left);
  }
}
