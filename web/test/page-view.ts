import type { CoinState, CoinView, DepositView, WalletView } from '../src/wallet/messages.ts';

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
    ...changes,
  };
}

export function walletView(changes: Partial<WalletView> = {}): WalletView {
  const nothing = { coins: 0, units: 0n };
  return {
    owned: nothing,
    settling: nothing,
    importing: nothing,
    quarantined: nothing,
    needRepair: 0,
    coins: [],
    deposits: [],
    ...changes,
  };
}
