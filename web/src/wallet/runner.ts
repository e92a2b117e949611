import { assert, tokenKey } from '@raida-wallet/protocol';

import type { Ask, Outcome } from './ask.ts';
import type { JournalQueue } from './journal-queue.ts';
import { Audit } from './audit.ts';
import { chooseKeys, type KeyNeed, newKeys } from './key-tokens.ts';
import {
  latestTimeMs,
  type Ledger,
  nextFixCounter,
  type OperationRecord,
  packIds,
} from './ledger.ts';
import { checkOf, CHECK, leaveLimbo, limboOf } from './limbo.ts';
import { startAnew, type step } from './operation.ts';
import { isUnderWay } from './operation-pauses.ts';
import {
  type Hints,
  isDoubtedBy,
  type Operation,
  type OperationContext,
  type OperationEffect,
  newOperation,
  recheck,
} from './operation-state.ts';
import type { RandomPort } from './ports.ts';
import type { Requester } from './requester.ts';
import type { SteadyClock } from './steady-clock.ts';
import type { TokenRecord } from './token-record.ts';
import { Vault } from './vault.ts';
import type { Waker } from './waker.ts';

/** What the wallet and its operations share. */
export interface RunnerParts {
  readonly ledger: Ledger;
  readonly journal: JournalQueue;
  readonly clock: SteadyClock;
  readonly waker: Waker;
  readonly random: RandomPort;
  /** By number. */
  readonly running: Map<number, Operation>;
  /** Being put into a file: no operation begins anything with them. */
  readonly leaving: ReadonlySet<TokenRecord>;
  readonly changed: () => void;
  /** The repair that ended last. */
  readonly repaired: (op: Operation) => void;
  readonly failed: (error: unknown) => void;
}

/** Has the operations carried out: what they want stored, asked or waited for, one after the other. */
export class Runner {
  readonly #parts: RunnerParts;
  readonly #step: typeof step;
  readonly #vault: Vault;
  readonly #requester: Requester;
  readonly #audit: Audit;
  /** Counters of PGs below this are given out. */
  #fixCounter = 0;
  /** Key tokens of the same value take turns. */
  #turn = 0;

  constructor(parts: RunnerParts, machine: { readonly step: typeof step }, requester: Requester) {
    assert(parts.ledger.seed, 'an open wallet has a seed');
    this.#parts = parts;
    this.#step = machine.step;
    this.#vault = new Vault(parts.ledger.seed);
    this.#requester = requester;
    const { ledger, running, clock, random, journal } = parts;
    this.#audit = new Audit({
      ledger,
      running,
      clock,
      random,
      udpMaxBytes: requester.network.udpMaxBytes,
      ended: () => journal.ended,
      ask: (asks, settle) => this.#askAll(asks, false, settle),
      keysAt: (raida, count) => this.#keysAt(raida, 'settled', NO_KEYS, count),
      check: (tokens) => {
        if (running.has(CHECK)) return false;
        this.start(checkOf(tokens, clock.now()));
        return true;
      },
    });
  }

  /** Settled coins that 13 RAIDA have just denied, without a signature. */
  isDoubted(token: TokenRecord): boolean {
    return this.#audit.doubted.has(token) || isDoubtedBy(this.#parts.running.get(CHECK), token);
  }

  /** What each of them said. */
  get doubted(): ReadonlyMap<TokenRecord, Hints> {
    return this.#audit.doubted;
  }

  /** Starts what was left unfinished, and looks whether all that is at rest is still ours. */
  startAll(): void {
    for (const record of this.#parts.ledger.operations.values()) {
      if (record.closedAtMs === 0) this.start(record);
    }
    this.#findLimbo();
    void this.#audit.run().catch(this.#parts.failed);
  }

  retryNow(): void {
    this.#parts.waker.wakeAll();
    this.#audit.retryNow();
  }

  /** What is open or never settled, and no operation has in hand, is asked about. */
  #findLimbo(): void {
    const { running, ledger, clock } = this.#parts;
    const handled = new Set<TokenRecord>();
    for (const { record } of running.values()) {
      for (const token of record.tokens) handled.add(token);
    }
    const limbo = limboOf(ledger, handled, clock.now());
    if (limbo) this.start(limbo);
  }

  start(record: OperationRecord): void {
    const { running, journal, failed } = this.#parts;
    if (running.has(record.id) || journal.ended) return;
    if (record.kind !== 'check') {
      leaveLimbo(running.values(), record.tokens);
      this.#audit.leave(record.tokens);
    }
    const op = newOperation(record);
    running.set(record.id, op);
    void this.#run(op).catch(failed);
  }

  /** A repair was asked for: operations that have coins in hand begin by asking everybody again. */
  recheckAll(): void {
    for (const op of this.#parts.running.values()) recheck(op);
  }

  /** Nothing is sent any more. */
  stop(): void {
    this.#requester.stop();
    this.#audit.stop();
  }

  /** Whether an operation is in the middle of something, or goes on with it by itself in a moment. */
  busy(): boolean {
    const { running, clock } = this.#parts;
    return [...running.values()].some((op) => isUnderWay(op, clock.now()));
  }

  /** Does what the machine says, one effect after the other, until it is done. */
  async #run(op: Operation): Promise<void> {
    const { journal, clock, waker, changed } = this.#parts;
    const context = this.#context();
    let effect = this.#step(op, { kind: 'start' }, context, clock.now());
    while (effect !== null && !journal.ended) {
      changed();
      const current: OperationEffect = effect;
      if (current.kind === 'commit') {
        const stored = await journal.commitIfFits(current.entry);
        const next = () => this.#step(op, { kind: 'committed' }, context, clock.now());
        effect = stored ? next() : startAnew(op, clock.now());
      } else if (current.kind === 'wake') {
        await waker.sleepUntil(current.atMs);
        this.#turn++;
        effect = this.#step(op, { kind: 'wake' }, context, clock.now());
      } else {
        effect = await this.#ask(op, current, context);
      }
    }
    if (journal.ended) return;
    this.#parts.running.delete(op.record.id);
    if (op.record.repairs > 0) this.#parts.repaired(op);
    if (op.record.kind === 'check') this.#audit.checked(op);
    else if (!op.hasAsked) this.#audit.released();
    changed();
  }

  async #ask(
    op: Operation,
    { asks, patient }: OperationEffect & { readonly kind: 'ask' },
    context: OperationContext,
  ): Promise<OperationEffect | null> {
    const { clock, changed } = this.#parts;
    let effect: OperationEffect | null = null;
    await this.#askAll(asks, patient, (index, outcome) => {
      const event = { kind: 'outcome', index, outcome } as const;
      effect = this.#step(op, event, context, clock.now()) ?? effect;
      changed();
    });
    return effect;
  }

  /** After it is stored which tokens key requests for the first time. */
  async #askAll(
    asks: readonly Ask[],
    patient: boolean,
    settle: (index: number, outcome: Outcome) => void,
  ): Promise<void> {
    const { ledger, journal } = this.#parts;
    const keys = newKeys(asks, ledger);
    if (keys.length > 0) {
      await journal.commit(() => ({ kind: 'key', ids: packIds(keys) }) as const);
    }
    await this.#requester.ask(asks, patient, (index, outcome) => {
      this.#noteRefusedKey(asks[index]!, outcome);
      settle(index, outcome);
    });
  }

  /** Anybody can write an error. It is a reason to look, and for nothing else. */
  #noteRefusedKey(ask: Ask, outcome: Outcome): void {
    if (ask.kind === 'prove') return;
    const isRefused = outcome.kind === 'answered' && !outcome.authentic;
    const isLost = outcome.kind === 'control lost' && ask.kind === 'disown';
    if (!isRefused && !isLost) return;
    const token = this.#parts.ledger.tokens.get(tokenKey(isLost ? ask.control : ask.key.token));
    if (token) this.#audit.suspect(token);
  }

  #context(): OperationContext {
    const { ledger, leaving } = this.#parts;
    return {
      udpMaxBytes: this.#requester.network.udpMaxBytes,
      pans: (token, counter) => this.#vault.pans(token, counter),
      pgs: (counter) => this.#vault.pgs(counter),
      panFloor: () => ledger.floors.pan,
      nextFixCounter: () => {
        this.#fixCounter = Math.max(this.#fixCounter, nextFixCounter(ledger));
        return this.#fixCounter++;
      },
      storedTimeMs: () => latestTimeMs(ledger),
      isLeaving: (token) => leaving.has(token),
      keyAt: (raida, need, avoid) => this.#keysAt(raida, need, avoid, 1)[0] ?? null,
      keysAt: (raida, need, avoid, count) => this.#keysAt(raida, need, avoid, count),
    };
  }

  #keysAt(raida: number, need: KeyNeed, avoid: ReadonlySet<string>, count: number) {
    const { ledger, leaving } = this.#parts;
    const doubted = (token: TokenRecord) => this.isDoubted(token);
    const wish = { raida, need, avoid, leaving, doubted, turn: this.#turn };
    return chooseKeys(ledger, wish, count);
  }
}

const NO_KEYS: ReadonlySet<string> = new Set();
