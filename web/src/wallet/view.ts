import { QUORUM, RAIDA_COUNT, tokenUnits, totalUnits } from '@raida-wallet/protocol';

import type { OperationKind } from './journal.ts';
import type { OperationRecord, Ledger } from './ledger.ts';
import { SETTLE_AFTER_MS } from './limits.ts';
import {
  deniedCount,
  HINT,
  type Hints,
  hintsOf,
  isActive,
  isDoubtedBy,
  isUnrecognised,
  type Operation,
} from './operation-state.ts';
import { viewRepair } from './repair-view.ts';
import {
  agreeCount,
  agrees,
  confirmedServers,
  countRaidas,
  isDisowned,
  isOwn,
  isSpendable,
  isWhole,
  NONE,
  type TokenRecord,
} from './token-record.ts';
import type {
  Amount,
  CoinState,
  CoinView,
  DepositStage,
  DepositView,
  RestoreReport,
  Mark,
  SendState,
  SendView,
  WalletView,
} from './view-types.ts';

/** What the page is told. Built from records and hints; holds no secret. */

export interface ViewSource {
  readonly ledger: Ledger;
  readonly running: ReadonlyMap<number, Operation>;
  /** The repair that ended last in this session, or null. */
  readonly lastRepair: Operation | null;
  /** Settled coins that 13 servers have just denied, unsigned, and what each of them said. */
  readonly doubted: ReadonlyMap<TokenRecord, Hints>;
  readonly nowMs: number;
  readonly toDeviceMs: (atMs: number) => number;
}

export function viewWallet(source: ViewSource): WalletView {
  const { ledger, running, doubted, nowMs, toDeviceMs } = source;
  const atWork = new Map<TokenRecord, Operation>();
  for (const op of running.values()) {
    for (const token of op.record.tokens) if (isActive(op, token)) atWork.set(token, op);
  }
  const isDoubted = (token: TokenRecord) =>
    !isDisowned(token) && (doubted.has(token) || isDoubtedBy(atWork.get(token), token));
  const states = new Map<TokenRecord, CoinState>();
  for (const token of ledger.tokens.values()) {
    const op = atWork.get(token);
    states.set(token, isDoubted(token) ? 'limbo' : coinState(token, op, nowMs));
  }
  const tokens = [...ledger.tokens.values()].sort(byValue);
  const amountOf = (...wanted: CoinState[]) =>
    amount(tokens.filter((token) => wanted.includes(states.get(token)!)));
  const isIdle = (token: TokenRecord) => {
    const op = atWork.get(token);
    return op === undefined || op.stage.name === 'waiting' || op.record.kind === 'check';
  };
  return {
    owned: amountOf('owned', 'fracked'),
    settling: amountOf('settling'),
    importing: amountOf('importing'),
    quarantined: amountOf('limbo', 'contested', 'moved', 'unrecognised', 'counterfeit'),
    sent: amountOf('sent'),
    spendable: amount(
      tokens.filter((token) => isSpendable(token) && isIdle(token) && !isDoubted(token)),
    ),
    repair: viewRepair(source, atWork),
    sends: [...ledger.operations.values()]
      .filter(({ kind }) => kind === 'send')
      .sort((a, b) => b.id - a.id)
      .map((record) => viewSend(record, source)),
    needRepair: tokens.filter((token) => needsRepair(token, atWork.get(token))).length,
    coins: tokens.map((token) => {
      const op = atWork.get(token);
      const hints = op ? hintsOf(op, token) : doubted.get(token);
      return viewCoin(token, states.get(token)!, op, hints);
    }),
    deposits: [...ledger.operations.values()]
      .filter(({ kind, tokens: own }) => DEPOSITS.has(kind) && own.length > 0)
      .sort((a, b) => b.id - a.id)
      .map((record) => viewDeposit(record, running.get(record.id), toDeviceMs)),
  };
}

/** What a person sees as coins that come in. */
const DEPOSITS: ReadonlySet<OperationKind> = new Set(['deposit', 'restore', 'take back']);

function byValue(a: TokenRecord, b: TokenRecord): number {
  return b.dn - a.dn || a.sn - b.sn;
}

function amount(tokens: readonly TokenRecord[]): Amount {
  return { coins: tokens.length, units: totalUnits(tokens) };
}

function coinState(token: TokenRecord, op: Operation | undefined, nowMs: number): CoinState {
  if (token.sent !== 0) return 'sent';
  if (isDisowned(token)) {
    if (token.ownRow === NONE) return 'counterfeit';
    return token.settledAtMs === 0 ? 'contested' : 'moved';
  }
  if (token.settledAtMs !== 0) {
    if (agreeCount(token) < QUORUM) return 'limbo';
    return isWhole(token) ? 'owned' : 'fracked';
  }
  if (token.claimedAtMs !== 0) {
    const due = nowMs >= token.claimedAtMs + SETTLE_AFTER_MS;
    return due && op && isDisputed(op, token) ? 'limbo' : 'settling';
  }
  if (token.ownRow !== NONE && op && isDisputed(op, token)) return 'limbo';
  return op && isUnrecognised(op, token) ? 'unrecognised' : 'importing';
}

/** So many said no, as far as they can be heard, that fewer than 13 are left to prove it. */
function isDisputed(op: Operation, token: TokenRecord): boolean {
  return deniedCount(op, token) > RAIDA_COUNT - QUORUM;
}

/** Ours, not confirmed by all servers, and nobody is at it right now. */
function needsRepair(token: TokenRecord, op: Operation | undefined): boolean {
  if (token.claimedAtMs === 0 || token.sent !== 0 || isDisowned(token) || isWhole(token))
    return false;
  return op === undefined || op.stage.name === 'waiting';
}

function viewSend(
  { id, tokens, names, startedAtMs, send }: OperationRecord,
  source: ViewSource,
): SendView {
  const { ledger, running } = source;
  const op = running.get(id);
  const { memo = '', handedOverAtMs = 0, takenBackBy = 0 } = send ?? {};
  // A verdict needs two other coins of ours; without them, what is said has to do.
  const others = [...ledger.tokens.values()].filter(
    (one) => one.claimedAtMs !== 0 && one.sent === 0,
  );
  const isTaken = (token: TokenRecord) => {
    // It came in again from somebody, so somebody had it.
    if (token.sent !== id) return takenBackBy === 0;
    const denied = op !== undefined && deniedCount(op, token) >= QUORUM;
    return isDisowned(token) || (others.length < 2 && denied);
  };
  const takenCoins = tokens.filter(isTaken).length;
  const backAt = ledger.operations.get(takenBackBy);
  const stateOf = (): SendState => {
    if (takenBackBy !== 0) {
      const isBack = (token: TokenRecord) => token.sent !== id;
      if (takenCoins < tokens.length && tokens.every((one) => isBack(one) || isTaken(one))) {
        return 'taken back';
      }
      return backAt?.closedAtMs === 0 ? 'taking back' : 'taken';
    }
    if (takenCoins === tokens.length) return 'taken';
    return handedOverAtMs === 0 ? 'ready' : 'handed over';
  };
  return {
    id,
    startedAtMs,
    coins: tokens.length,
    units: totalUnits(tokens),
    fileName: names[0] ?? '',
    memo,
    state: stateOf(),
    takenCoins,
    waiting: amount(tokens.filter((token) => token.sent === id && !isTaken(token))),
  };
}

function viewCoin(
  token: TokenRecord,
  state: CoinState,
  op: Operation | undefined,
  hints: Hints | undefined,
): CoinView {
  let marks = '';
  for (let raida = 0; raida < RAIDA_COUNT; raida++) {
    marks += markOf(token, raida, op, hints?.[raida] ?? HINT.notAsked);
  }
  return { key: token.key, dn: token.dn, sn: token.sn, state, marks };
}

function markOf(token: TokenRecord, raida: number, op: Operation | undefined, hint: number): Mark {
  // A proof wipes out the verdicts before it, so these are newer.
  if (hint === HINT.denied || token.verdicts[raida]! > 0) return 'r';
  if (agrees(token, raida)) return 'c';
  if (token.doubt[raida] === 1) return 'm';
  if (hint === HINT.silent) return 's';
  // A finished operation has asked every server, and those that do not agree have said no.
  if (op === undefined && token.settledAtMs !== 0) return 'r';
  return token.proven[raida] === NONE || isOwn(token, raida) ? 'u' : 'k';
}

function viewDeposit(
  record: OperationRecord,
  deposit: Operation | undefined,
  toDeviceMs: (atMs: number) => number,
): DepositView {
  const { tokens } = record;
  const claimed = tokens.filter(({ claimedAtMs }) => claimedAtMs !== 0);
  const recognised = tokens.filter(
    (token) => !isDisowned(token) && !(deposit && isUnrecognised(deposit, token)),
  );
  const unrecognised = tokens.length - recognised.length;
  const allDecided = claimed.length + unrecognised === tokens.length;
  const unsettled = claimed.filter(({ settledAtMs }) => settledAtMs === 0);
  const lastClaimMs = unsettled.reduce((last, token) => Math.max(last, token.claimedAtMs), 0);
  const settles = allDecided && unsettled.length > 0;
  return {
    id: record.id,
    names: record.names,
    startedAtMs: record.startedAtMs,
    stage: stageOf(record, deposit, allDecided, unsettled.length > 0),
    coins: tokens.length,
    units: tokens.reduce((sum, { dn }) => sum + tokenUnits(dn), 0n),
    confirmedServers: confirmedServers(recognised),
    answeringServers: deposit ? countRaidas((raida) => deposit.answering[raida] === 1) : 0,
    claimed: claimed.length,
    unrecognised,
    settlesAtMs: settles ? toDeviceMs(lastClaimMs + SETTLE_AFTER_MS) : null,
    retryAtMs: deposit?.stage.name === 'waiting' ? toDeviceMs(deposit.stage.retryAtMs) : null,
    giverCouldRead: deposit?.keyedByItself ?? false,
    report: record.kind === 'restore' ? reportRestore(tokens, recognised) : null,
  };
}

function reportRestore(
  tokens: readonly TokenRecord[],
  recognised: readonly TokenRecord[],
): RestoreReport {
  const known = new Set(recognised);
  const missing = tokens.filter((token) => !known.has(token));
  return {
    found: amount(recognised.filter(({ claimedAtMs }) => claimedAtMs !== 0)),
    missing: missing.map(({ key }) => key),
    waiting: amount(recognised.filter(({ claimedAtMs }) => claimedAtMs === 0)),
  };
}

function stageOf(
  record: OperationRecord,
  deposit: Operation | undefined,
  allDecided: boolean,
  hasUnsettled: boolean,
): DepositStage {
  if (record.closedAtMs !== 0) return 'done';
  if (allDecided && deposit) {
    const resting = deposit.stage.name === 'waiting' || deposit.stage.name === 'judging';
    const complete = record.tokens.every((token) => token.claimedAtMs === 0 || isWhole(token));
    if (resting || complete) return hasUnsettled ? 'settling' : 'done';
  }
  if (!deposit || deposit.stage.name === 'waiting') return 'waiting';
  return record.tokens.some(({ ownRow }) => ownRow !== NONE) ? 'moving' : 'checking';
}
