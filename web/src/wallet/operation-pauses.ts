import { QUORUM } from '@raida-wallet/protocol';

import { BUSY_RETRY_MS, MAX_HEAL_ROUNDS, VERDICT_GAP_MS } from './limits.ts';
import { awaitsVerdict, hintsOf, isActive, knownCount, type Operation } from './operation-state.ts';
import { isDisowned, type TokenRecord } from './token-record.ts';

/**
 * Whether an operation is in the middle of something that is better finished before the wallet is
 * locked: it asks or stores, or it goes on within moments by itself. Nothing is lost by a lock in the
 * middle; but coins that were half moved are safest moved. Not waited for: silent servers, what has come to
 * nothing several times, sends that are only watched, coins that an audit checks, and the six minutes in which coins settle.
 */
export function isUnderWay(op: Operation, nowMs: number): boolean {
  const { stage, record } = op;
  const looksOn = record.kind === 'send' || record.kind === 'check';
  if (looksOn || stage.name === 'done') return false;
  const fruitless = op.retryMs > BUSY_RETRY_MS;
  if (stage.name === 'idle' || stage.name === 'probing') return !fruitless;
  if (stage.name !== 'waiting') return true;
  if (countAnswering(op) < QUORUM) return false;
  return record.tokens.some((token) => goesOn(op, token, fruitless, nowMs));
}

function countAnswering({ answering }: Operation): number {
  return answering.reduce((sum, one) => sum + one, 0);
}

function goesOn(op: Operation, token: TokenRecord, fruitless: boolean, nowMs: number): boolean {
  if (!isActive(op, token) || isDisowned(token)) return false;
  if (awaitsVerdict(op, token) && token.lastVerdictAtMs + VERDICT_GAP_MS > nowMs) return true;
  if (fruitless) return false;
  if (token.claimedAtMs === 0) return knownCount(token, hintsOf(op, token)) >= QUORUM;
  return op.heal.wanted.has(token) && (op.heal.rounds.get(token) ?? 0) < MAX_HEAL_ROUNDS;
}
