import {
  QUORUM,
  RAIDA_COUNT,
  requestBytes,
  SECRET_BYTES,
  STATUS,
  TOKEN_ID_BYTES,
} from '@raida-wallet/protocol';

import type { Ask, Outcome, RequestKey } from './ask.ts';
import type { Ledger } from './ledger.ts';
import {
  AUDIT_EVERY_MS,
  AUDIT_SOON_MS,
  AUDIT_TRIES,
  AUDITED_RAIDA,
  FIRST_AUDIT_RETRY_MS,
  MAX_AUDIT_ECHOES,
  MAX_CHECKED,
  MAX_TOKENS_PER_SUM,
} from './limits.ts';
import { candidatesOf } from './operation-cells.ts';
import { deniedCount, type Hints, hintsOf, type Operation } from './operation-state.ts';
import { busyTokens } from './orders.ts';
import type { ClockPort, RandomPort } from './ports.ts';
import { secretAt } from './secrets.ts';
import { shuffled } from './shuffled.ts';
import { agreeCount, agrees, isDisowned, NONE, type TokenRecord } from './token-record.ts';

/**
 * Whether coins that are at rest are still ours: somebody with the same words, a backup or a file may have
 * moved them on another device (WALLET.md section 5, "Audit"). Cheap where all is well: few RAIDA are
 * asked about all coins at once. What one of them denies is checked at all of them, and only what 13 say
 * under keys of ours, twice, takes a coin away. Nothing is moved.
 */

export interface AuditParts {
  readonly ledger: Ledger;
  readonly running: ReadonlyMap<number, Operation>;
  readonly clock: Pick<ClockPort, 'now' | 'sleep'>;
  readonly random: RandomPort;
  readonly udpMaxBytes: number;
  /** Nothing is begun any more. */
  readonly ended: () => boolean;
  readonly ask: (
    asks: readonly Ask[],
    settle: (index: number, outcome: Outcome) => void,
  ) => Promise<void>;
  /** The best settled tokens of ours to key a request with. */
  readonly keysAt: (raida: number, count: number) => readonly RequestKey[];
  /** Checks these at all RAIDA; `checked` is told of the end. False while another check is at work. */
  readonly check: (tokens: readonly TokenRecord[]) => boolean;
}

/** An ask, and the tokens that its answer says something about. */
interface Question {
  readonly ask: Ask;
  readonly tokens: readonly TokenRecord[];
}

/** What came of a round: tokens by what was said of them. */
interface Heard {
  readonly denied: Set<TokenRecord>;
  readonly proven: Set<TokenRecord>;
  readonly answering: Set<number>;
}

export class Audit {
  readonly #parts: AuditParts;
  /** Tokens that 13 RAIDA denied, without a signature, and what each of them said. Forgotten with the tab. */
  readonly doubted = new Map<TokenRecord, Hints>();
  /** Suspects that the check at work has no room for. */
  #left: readonly TokenRecord[] = [];
  /** Tokens that this life has found to be gone: a reason to look at all others, once. */
  readonly #gone = new Set<TokenRecord>();
  /** When all coins were looked at last, and when they are next. */
  #lastAtMs = -Infinity;
  #nextAtMs = -Infinity;
  /** The next pause while nobody answers, and while what is doubtful is not decided. */
  #retryMs = FIRST_AUDIT_RETRY_MS;
  #decideMs = AUDIT_SOON_MS;
  #heardAnybody = true;
  #wake: () => void = () => undefined;

  constructor(parts: AuditParts) {
    this.#parts = parts;
  }

  /** From now on, until the wallet is closed. */
  async run(): Promise<void> {
    const { ended, clock } = this.#parts;
    while (!ended()) {
      if (clock.now() < this.#nextAtMs) await this.#sleep(this.#nextAtMs - clock.now());
      else await this.#examine();
    }
  }

  /** The connection is back, or a person is impatient: what nobody answered is asked again. */
  retryNow(): void {
    if (!this.#heardAnybody) this.#lookAt(-Infinity);
  }

  /** A key was refused, without a signature: a reason to look, but not all the time. */
  suspect(token: TokenRecord): void {
    if (!isOurs(token) || this.doubted.has(token)) return;
    this.#lookAt(this.#lastAtMs + AUDIT_SOON_MS);
  }

  /** Something else has taken these in hand, and asks about them itself. */
  leave(tokens: readonly TokenRecord[]): void {
    for (const token of tokens) this.doubted.delete(token);
  }

  /** An operation has ended without a question: what it had in hand has not been looked at. */
  released(): void {
    this.#lookAt(-Infinity);
  }

  /**
   * A check has ended. What 13 RAIDA deny, without enough of them having said so under keys of ours, is
   * doubted. Where they have said so, there may be more of the kind: all are looked at again.
   */
  checked(op: Operation): void {
    let isNews = false;
    for (const token of op.record.tokens) {
      const denied = deniedCount(op, token) >= QUORUM && token.sent === 0;
      if (denied && !isDisowned(token)) this.doubted.set(token, hintsOf(op, token));
      else this.doubted.delete(token);
      if (!denied || !isDisowned(token) || this.#gone.has(token)) continue;
      this.#gone.add(token);
      isNews = true;
    }
    this.#check(this.#left);
    if (isNews) this.#lookAt(-Infinity);
  }

  stop(): void {
    this.#wake();
  }

  #lookAt(atMs: number): void {
    if (atMs >= this.#nextAtMs) return;
    this.#nextAtMs = atMs;
    this.#wake();
  }

  async #sleep(ms: number): Promise<void> {
    const alarm = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([this.#parts.clock.sleep(ms), alarm]);
    this.#wake = () => undefined;
  }

  async #examine(): Promise<void> {
    const { ledger, clock, ended } = this.#parts;
    this.#lastAtMs = clock.now();
    this.#nextAtMs = this.#lastAtMs + AUDIT_EVERY_MS;
    const busy = busyTokens(this.#parts.running.values());
    const tokens = [...ledger.tokens.values()];
    const ours = tokens.filter(isOurs);
    const atRest = ours.filter((token) => !busy.has(token));
    const suspects = new Set<TokenRecord>();
    const isHeard = await this.#lookAtAll(atRest, suspects);
    if (!ended()) await this.#lookForLost(tokens.filter(isLost), suspects);
    if (ended()) return;
    this.#check([...suspects]);
    this.#planNext(isHeard, atRest.length === ours.length);
  }

  /**
   * Earlier than in an hour: where nobody answered, an operation had coins in hand, or something can perhaps
   * be decided now.
   */
  #planNext(isHeard: boolean, isComplete: boolean): void {
    const nowMs = this.#parts.clock.now();
    this.#heardAnybody = isHeard;
    if (!isHeard || !isComplete) {
      this.#lookAt(nowMs + this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, AUDIT_EVERY_MS);
      return;
    }
    this.#retryMs = FIRST_AUDIT_RETRY_MS;
    if (this.doubted.size === 0) this.#decideMs = AUDIT_SOON_MS;
    else if (this.#canDecide()) {
      this.#lookAt(nowMs + this.#decideMs);
      this.#decideMs = Math.min(2 * this.#decideMs, AUDIT_EVERY_MS);
    }
  }

  /** What the check at work has no room for comes when it has ended. */
  #check(suspects: readonly TokenRecord[]): void {
    const busy = busyTokens(this.#parts.running.values());
    const free = suspects.filter((token) => !busy.has(token) && token.sent === 0);
    const isBegun = free.length > 0 && this.#parts.check(free.slice(0, MAX_CHECKED));
    this.#left = isBegun ? free.slice(MAX_CHECKED) : free;
  }

  /**
   * All that should be ours, at a few RAIDA: what one of them does not confirm becomes a suspect. False when
   * nobody answered.
   */
  async #lookAtAll(tokens: readonly TokenRecord[], suspects: Set<TokenRecord>): Promise<boolean> {
    const { ended } = this.#parts;
    if (tokens.length === 0) return true;
    const decides = this.#canDecide();
    const firm = tokens.filter((token) => !this.doubted.has(token));
    const order = shuffled(ALL_RAIDA, this.#parts.random);
    let answering = 0;
    for (let turn = 0; turn < AUDIT_TRIES && answering < AUDITED_RAIDA && !ended(); turn++) {
      const raidas = order.slice(turn * AUDITED_RAIDA, (turn + 1) * AUDITED_RAIDA);
      const heard = await this.#ask(raidas.flatMap((raida) => this.#questions(raida, firm)));
      answering += heard.answering.size;
      for (const token of heard.denied) suspects.add(token);
    }
    const doubted = tokens.filter((token) => this.doubted.has(token));
    if (decides) for (const token of doubted) suspects.add(token);
    else if (!ended()) {
      const heard = await this.#ask(echoes(order[0]!, doubted));
      answering += heard.answering.size;
      for (const token of heard.proven) suspects.add(token);
    }
    return answering > 0;
  }

  /**
   * What was given up by what anybody could have said is asked about under keys of ours, once there are some;
   * and a few of the others, too: a relay may have lied, or RAIDA were put right.
   */
  async #lookForLost(lost: readonly TokenRecord[], suspects: Set<TokenRecord>): Promise<void> {
    if (lost.length === 0) return;
    const open = lost.filter((token) => !isDisowned(token));
    if (this.#canDecide()) for (const token of open) suspects.add(token);
    const some = shuffled(lost, this.#parts.random).slice(0, MAX_AUDIT_ECHOES);
    const [raida = 0] = shuffled(ALL_RAIDA, this.#parts.random);
    const asked = some.map((token) => ({
      ask: { kind: 'prove', raida, token, candidates: candidatesOf(token, raida) } as const,
      tokens: [token],
    }));
    const heard = await this.#ask(asked);
    for (const token of heard.proven) suspects.add(token);
  }

  #questions(raida: number, all: readonly TokenRecord[]): Question[] {
    const tokens = all.filter((token) => isHeldAt(token, raida));
    const [key] = this.#parts.keysAt(raida, 1);
    if (tokens.length <= MAX_AUDIT_ECHOES || !key) return echoes(raida, tokens);
    const fits = Math.floor(
      (this.#parts.udpMaxBytes - requestBytes(SECRET_BYTES)) / TOKEN_ID_BYTES,
    );
    const most = Math.max(2, Math.min(MAX_TOKENS_PER_SUM, fits));
    // Of nearly equal sizes, so that none is left with a single token.
    const size = Math.ceil(tokens.length / Math.ceil(tokens.length / most));
    const questions: Question[] = [];
    for (let start = 0; start < tokens.length; start += size) {
      const part = tokens.slice(start, start + size);
      const ans = part.map((token) => ({
        dn: token.dn,
        sn: token.sn,
        an: secretAt(token, token.proven[raida]!, raida),
      }));
      questions.push({ ask: { kind: 'sum', raida, tokens: ans, key }, tokens: part });
    }
    return questions;
  }

  /** Of a sum that is not confirmed nobody knows which token it is: each of them is asked about. */
  async #ask(questions: readonly Question[]): Promise<Heard> {
    const heard: Heard = { denied: new Set(), proven: new Set(), answering: new Set() };
    const again: Question[] = [];
    await this.#hear(questions, ({ ask, tokens }, outcome) => {
      if (outcome.kind === 'silent') return;
      heard.answering.add(ask.raida);
      if (ask.kind === 'sum') {
        if (!isHeld(outcome)) again.push(...echoes(ask.raida, tokens));
      } else for (const token of tokens) verdictOn(token, outcome, heard);
    });
    await this.#hear(again, ({ tokens }, outcome) => {
      for (const token of tokens) verdictOn(token, outcome, heard);
    });
    return heard;
  }

  async #hear(
    questions: readonly Question[],
    settle: (question: Question, outcome: Outcome) => void,
  ): Promise<void> {
    if (questions.length === 0 || this.#parts.ended()) return;
    const asks = questions.map(({ ask }) => ask);
    await this.#parts.ask(asks, (index, outcome) => settle(questions[index]!, outcome));
  }

  /** Whether there are two tokens that nobody doubts, under which the others can be asked about. */
  #canDecide(): boolean {
    let sure = 0;
    for (const token of this.#parts.ledger.tokens.values()) {
      if (isOurs(token) && !this.doubted.has(token) && ++sure >= 2) return true;
    }
    return false;
  }
}

const ALL_RAIDA: readonly number[] = Array.from({ length: RAIDA_COUNT }, (_, raida) => raida);

/** Settled, and here. Something may be open at some RAIDA, which then says nothing. */
function isOurs(token: TokenRecord): boolean {
  return token.settledAtMs !== 0 && token.sent === 0 && agreeCount(token) >= QUORUM;
}

/** Settled once, and given up since. */
function isLost(token: TokenRecord): boolean {
  return token.settledAtMs !== 0 && token.sent === 0 && agreeCount(token) < QUORUM;
}

function isHeldAt(token: TokenRecord, raida: number): boolean {
  return token.target[raida] === NONE && agrees(token, raida);
}

/** Of each the secret that was proven last. */
function echoes(raida: number, tokens: readonly TokenRecord[]): Question[] {
  return tokens
    .filter((token) => isHeldAt(token, raida))
    .map((token) => {
      const row = token.proven[raida]!;
      const candidates = [{ row, secret: secretAt(token, row, raida) }];
      return { ask: { kind: 'prove', raida, token, candidates }, tokens: [token] };
    });
}

function isHeld(outcome: Outcome): boolean {
  return outcome.kind === 'answered' && outcome.authentic && outcome.status === STATUS.allPass;
}

function verdictOn(token: TokenRecord, outcome: Outcome, { denied, proven }: Heard): void {
  if (outcome.kind === 'denied') denied.add(token);
  else if (outcome.kind === 'proven') proven.add(token);
}
