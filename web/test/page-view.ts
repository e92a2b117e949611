import type {
  CoinState,
  CoinView,
  DepositView,
  RepairPlan,
  RepairView,
  SendPlan,
  SendView,
  WalletView,
} from '../src/wallet/messages.ts';

/** Views as the worker would send them, with only what a test cares about spelt out. */

const CONFIRMED = 'c'.repeat(25);

export function coin(
  dn: number,
  sn: number,
  state: CoinState = 'owned',
  marks: string = CONFIRMED,
): CoinView {
  return { key: `${dn}:${sn}`, dn, sn, state, marks };
}

export function deposit(changes: Partial<DepositView> = {}): DepositView {
  return {
    id: 1,
    names: ['one.bin'],
    startedAtMs: 0,
    stage: 'moving',
    coins: 12,
    units: 0n,
    confirmedServers: 0,
    answeringServers: 25,
    claimed: 0,
    unrecognised: 0,
    settlesAtMs: null,
    retryAtMs: null,
    giverCouldRead: false,
    report: null,
    ...changes,
  };
}

export function send(changes: Partial<SendView> = {}): SendView {
  return {
    id: 4,
    startedAtMs: 0,
    coins: 3,
    units: 1_200_000_000n,
    fileName: "12 CloudCoin #3 'lunch'.bin",
    memo: 'lunch',
    state: 'ready',
    takenCoins: 0,
    waiting: { coins: 3, units: 1_200_000_000n },
    ...changes,
  };
}

export function sendPlan(changes: Partial<SendPlan> = {}): SendPlan {
  return {
    units: 1_200_000_000n,
    exact: true,
    denominations: [
      { dn: 1, count: 1 },
      { dn: 0, count: 2 },
    ],
    below: null,
    above: null,
    spendable: 125_005_000_000n,
    ...changes,
  };
}

export const NOTHING_TO_REPAIR: RepairPlan = { repairable: 0, cells: 0, blocked: [] };

function repair(changes: Partial<RepairView> = {}): RepairView {
  return { plan: NOTHING_TO_REPAIR, running: null, last: null, ...changes };
}

export function walletView(changes: Partial<WalletView> = {}): WalletView {
  const nothing = { coins: 0, units: 0n };
  return {
    owned: nothing,
    settling: nothing,
    importing: nothing,
    quarantined: nothing,
    sent: nothing,
    spendable: nothing,
    needRepair: 0,
    repair: repair(),
    sends: [],
    coins: [],
    deposits: [],
    ...changes,
  };
}
