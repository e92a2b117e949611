import { QUORUM, RAIDA_COUNT, tokenUnits, totalUnits } from '@raida-wallet/protocol';

import type {
  Amount,
  CoinState,
  CoinView,
  DepositStage,
  DepositView,
  Mark,
  WalletView,
} from './view-types.ts';
import { type Deposit, hintsOf, isUnrecognised } from './deposit-state.ts';
import { HINT } from './deposit-cells.ts';
import type { DepositRecord, Ledger } from './ledger.ts';
import { SETTLE_AFTER_MS, VERDICTS_NEEDED } from './limits.ts';
import {
  agrees,
  confirmedServers,
  countRaidas,
  isCounterfeit,
  isOwn,
  NONE,
  type TokenRecord,
} from './token-record.ts';

/** What the page is told. Built from records and hints; holds no secret. */

export function viewWallet(
  ledger: Ledger,
  running: ReadonlyMap<number, Deposit>,
  nowMs: number,
  toDeviceMs: (atMs: number) => number,
): WalletView {
  const atWork = new Map<TokenRecord, Deposit>();
  for (const deposit of running.values()) {
    for (const token of deposit.record.tokens) atWork.set(token, deposit);
  }
  const states = new Map<TokenRecord, CoinState>();
  for (const token of ledger.tokens.values()) {
    states.set(token, coinState(token, atWork.get(token), nowMs));
  }
  const tokens = [...ledger.tokens.values()].sort(byValue);
  const amountOf = (...wanted: CoinState[]) =>
    amount(tokens.filter((token) => wanted.includes(states.get(token)!)));
  return {
    owned: amountOf('owned', 'fracked'),
    settling: amountOf('settling'),
    importing: amountOf('importing'),
    quarantined: amountOf('limbo', 'contested', 'unrecognised', 'counterfeit'),
    sent: amountOf('sent'),
    spendable: amountOf('owned', 'fracked'),
    repair: { plan: NO_REPAIR, running: null, last: null },
    sends: [],
    needRepair: tokens.filter((token) => needsRepair(token, atWork.get(token))).length,
    coins: tokens.map((token) => viewCoin(token, states.get(token)!, atWork.get(token))),
    deposits: [...ledger.deposits.values()]
      .filter(({ tokens: own }) => own.length > 0)
      .sort((a, b) => b.id - a.id)
      .map((record) => viewDeposit(record, running.get(record.id), toDeviceMs)),
  };
}

const NO_REPAIR = { repairable: 0, cells: 0, blocked: [] };

function byValue(a: TokenRecord, b: TokenRecord): number {
  return b.dn - a.dn || a.sn - b.sn;
}

function isWhole(token: TokenRecord): boolean {
  return countRaidas((raida) => agrees(token, raida)) === RAIDA_COUNT;
}

function amount(tokens: readonly TokenRecord[]): Amount {
  return { coins: tokens.length, units: totalUnits(tokens) };
}

function coinState(token: TokenRecord, deposit: Deposit | undefined, nowMs: number): CoinState {
  if (token.settledAtMs !== 0) return isWhole(token) ? 'owned' : 'fracked';
  if (token.claimedAtMs !== 0) {
    const due = nowMs >= token.claimedAtMs + SETTLE_AFTER_MS;
    return due && deposit && isDisputed(deposit, token) ? 'limbo' : 'settling';
  }
  if (isCounterfeit(token, VERDICTS_NEEDED)) return 'counterfeit';
  if (token.ownRow !== NONE && deposit && isDisputed(deposit, token)) return 'limbo';
  return deposit && isUnrecognised(deposit, token) ? 'unrecognised' : 'importing';
}

/** So many said no, as far as they can be heard, that fewer than 13 are left to prove it. */
function isDisputed(deposit: Deposit, token: TokenRecord): boolean {
  const hints = hintsOf(deposit, token);
  return countRaidas((raida) => hints[raida] === HINT.denied) > RAIDA_COUNT - QUORUM;
}

/** Ours, not confirmed by all servers, and nobody is at it right now. */
function needsRepair(token: TokenRecord, deposit: Deposit | undefined): boolean {
  if (token.claimedAtMs === 0 || isWhole(token)) return false;
  return deposit === undefined || deposit.stage.name === 'waiting';
}

function viewCoin(token: TokenRecord, state: CoinState, deposit: Deposit | undefined): CoinView {
  let marks = '';
  for (let raida = 0; raida < RAIDA_COUNT; raida++) marks += markOf(token, raida, deposit);
  return { key: token.key, dn: token.dn, sn: token.sn, state, marks };
}

function markOf(token: TokenRecord, raida: number, deposit: Deposit | undefined): Mark {
  const hint = deposit ? hintsOf(deposit, token)[raida] : HINT.notAsked;
  if (hint === HINT.denied) return 'r';
  if (agrees(token, raida)) return 'c';
  if (token.doubt[raida] === 1) return 'm';
  if (hint === HINT.silent) return 's';
  if (token.verdicts[raida]! > 0) return 'r';
  // A finished deposit has asked every server, and those that do not agree have said no.
  if (deposit === undefined && token.settledAtMs !== 0) return 'r';
  return token.proven[raida] === NONE || isOwn(token, raida) ? 'u' : 'k';
}

function viewDeposit(
  record: DepositRecord,
  deposit: Deposit | undefined,
  toDeviceMs: (atMs: number) => number,
): DepositView {
  const { tokens } = record;
  const claimed = tokens.filter(({ claimedAtMs }) => claimedAtMs !== 0);
  const recognised = tokens.filter(
    (token) =>
      !isCounterfeit(token, VERDICTS_NEEDED) && !(deposit && isUnrecognised(deposit, token)),
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
  };
}

function stageOf(
  record: DepositRecord,
  deposit: Deposit | undefined,
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
