import type { CoinState, RepairStage, SendState } from '@raida-wallet/web/wallet/view-types';
import type { OperationKind } from '@raida-wallet/web/wallet/journal';
import type { OperationStage } from '@raida-wallet/web/wallet/operation-state';

import type { Action, Trick } from './plan.ts';
import type { Lie } from './servers.ts';

/** What has been seen, and how often: the "sometimes" half of what a simulation asserts. */
export class Coverage {
  readonly #kinds: Record<keyof typeof EXPECTED, Map<string, number>> = {
    operation: new Map(),
    stage: new Map(),
    coin: new Map(),
    send: new Map(),
    repair: new Map(),
    fault: new Map(),
    action: new Map(),
  };

  operation(kind: OperationKind): void {
    count(this.#kinds.operation, kind);
  }

  stage(name: OperationStage['name']): void {
    count(this.#kinds.stage, name);
  }

  coin(state: CoinState): void {
    count(this.#kinds.coin, state);
  }

  send(state: SendState): void {
    count(this.#kinds.send, state);
  }

  repair(stage: RepairStage): void {
    count(this.#kinds.repair, stage);
  }

  fault(kind: Fault): void {
    count(this.#kinds.fault, kind);
  }

  action(name: Action['do']): void {
    count(this.#kinds.action, name);
  }

  /** `stage probing`, `coin owned`, `fault loss`: each with how often it was seen. */
  *entries(): Generator<readonly [string, number]> {
    for (const [kind, names] of Object.entries(this.#kinds)) {
      for (const [name, times] of names) yield [`${kind} ${name}`, times];
    }
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

export type Fault =
  | `relay ${Trick}`
  | `RAIDA ${Lie}`
  | 'loss'
  | 'duplicate'
  | 'reordered'
  | 'slow'
  | 'held to the end'
  | 'relay busy'
  | 'relay down'
  | 'RAIDA down'
  | 'RAIDA rolled back'
  | 'RAIDA fracked'
  | 'no Get Ticket By Sum'
  | 'restart counter'
  | 'continue counter'
  | 'killed'
  | 'last commit lost'
  | 'storage error'
  | 'quota'
  | 'stale tab writes'
  | 'compaction'
  | 'lock stolen'
  | 'clock set'
  | 'suspended'
  | 'counterfeit'
  | 'file with PANs'
  | 'previous owner fix'
  | 'previous owner pown'
  | 'recipient takes all'
  | 'recipient takes some'
  | 'recipient returns';

/** Everything that has to be seen in a long run. The compiler knows when one is missing. */
const EXPECTED: {
  readonly operation: Record<OperationKind, true>;
  readonly stage: Record<Exclude<OperationStage['name'], 'idle'>, true>;
  readonly coin: Record<CoinState, true>;
  readonly send: Record<SendState, true>;
  readonly repair: Record<RepairStage, true>;
  readonly fault: Record<Fault, true>;
  readonly action: Record<Action['do'], true>;
} = {
  operation: {
    deposit: true,
    restore: true,
    repair: true,
    send: true,
    'take back': true,
    find: true,
    check: true,
  },
  stage: {
    probing: true,
    recording: true,
    planning: true,
    arming: true,
    moving: true,
    judging: true,
    finding: true,
    ticketing: true,
    sealing: true,
    'arming fixes': true,
    fixing: true,
    waiting: true,
    closing: true,
    done: true,
  },
  coin: {
    importing: true,
    settling: true,
    owned: true,
    fracked: true,
    limbo: true,
    contested: true,
    moved: true,
    unrecognised: true,
    counterfeit: true,
    sent: true,
  },
  send: {
    ready: true,
    'handed over': true,
    taken: true,
    'taking back': true,
    'taken back': true,
  },
  repair: {
    checking: true,
    tickets: true,
    sealing: true,
    fixing: true,
    proving: true,
    waiting: true,
  },
  fault: {
    'relay flips': true,
    'relay flips pans': true,
    'relay forges': true,
    'relay restates': true,
    'relay replays': true,
    'relay swaps': true,
    'relay holds': true,
    'relay mixes': true,
    'RAIDA denies': true,
    'RAIDA wrong statuses': true,
    'RAIDA mute': true,
    loss: true,
    duplicate: true,
    reordered: true,
    slow: true,
    'held to the end': true,
    'relay busy': true,
    'relay down': true,
    'RAIDA down': true,
    'RAIDA rolled back': true,
    'RAIDA fracked': true,
    'no Get Ticket By Sum': true,
    'restart counter': true,
    'continue counter': true,
    killed: true,
    'last commit lost': true,
    'storage error': true,
    quota: true,
    'stale tab writes': true,
    compaction: true,
    'lock stolen': true,
    'clock set': true,
    suspended: true,
    counterfeit: true,
    'file with PANs': true,
    'previous owner fix': true,
    'previous owner pown': true,
    'recipient takes all': true,
    'recipient takes some': true,
    'recipient returns': true,
  },
  action: {
    deposit: true,
    wait: true,
    settle: true,
    retry: true,
    repair: true,
    send: true,
    'hand over': true,
    'recipient takes': true,
    'take back': true,
    'recipient returns': true,
    'keep list': true,
    'keep backup': true,
    restore: true,
    'restore here': true,
    'other device': true,
    'back from there': true,
    lock: true,
    kill: true,
    'set the clock': true,
    suspend: true,
    'open a second tab': true,
    servers: true,
    relays: true,
    frack: true,
    'roll back': true,
  },
};

/** Names of everything that a long run has to see. */
export const EXPECTED_NAMES: readonly string[] = Object.entries(EXPECTED).flatMap(([kind, names]) =>
  Object.keys(names).map((name) => `${kind} ${name}`),
);
