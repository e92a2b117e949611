import {
  type AnyCommand,
  CHALLENGE_BYTES,
  type CounterMode,
  DecodeError,
  detectSum,
  echo,
  encodeRequest,
  find,
  fix,
  judgeReply,
  NONCE_BYTES,
  pown,
  QUORUM,
  RAIDA_COUNT,
  readReply,
  REQUEST_HEADER_BYTES,
  sealChallenge,
  STATUS,
  sumAns,
  type TokenId,
} from '@raida-wallet/protocol';

import type { Ask, CandidateSecret, Outcome, RequestKey } from './ask.ts';
import {
  FIX_STRAGGLER_MS,
  FIX_TIMEOUT_MS,
  MAX_LOSSES_IN_A_ROW,
  MAX_TRIES,
  OVERLOAD_PAUSE_MS,
  STRAGGLER_MS,
  WINDOW_PER_RAIDA,
} from './limits.ts';
import type { ClockPort, NetworkSettings, RandomPort, TransportPort } from './ports.ts';
import { type Answer, askForTicket, sealTicket, type TicketDesk } from './ticket-asks.ts';
import { shuffled } from './shuffled.ts';
import { Timing } from './timing.ts';

export interface RequesterPorts {
  readonly transport: TransportPort;
  readonly clock: ClockPort;
  readonly random: RandomPort;
}

/** What one try brought. */
type Try = ({ readonly kind: 'answer' } & Answer) | { readonly kind: 'nothing' };

/** Of a Detect Sum: the token beside the key token, and what has to be answered. */
interface Question {
  readonly token: TokenId;
  readonly secret: Uint8Array;
  readonly expected: number;
}

/** One frame, sent once. */
interface Shot {
  readonly raida: number;
  readonly command: AnyCommand;
  readonly request: unknown;
  readonly key: RequestKey;
  readonly timeoutMs: number;
  readonly tcp: boolean;
}

const NOTHING: Try = { kind: 'nothing' };
const SILENT: Outcome = { kind: 'silent' };

/** Error statuses that say "I do not hold this AN" (section 4). Unsigned, so they are hints. */
const DENIALS: ReadonlySet<number> = new Set([STATUS.keyTokenNotFound, STATUS.badCrc]);

/** What the asks of one round have in common. */
interface Round {
  readonly lossesInARow: Uint8Array;
  readonly openAsks: Uint16Array;
  /** RAIDA that are asked, and those of them that have not settled all that they were asked. */
  askedRaidas: number;
  openRaidas: number;
  /** 1: this RAIDA is waited for no more. */
  readonly givenUp: Uint8Array;
  readonly patient: boolean;
  stragglersTimed: boolean;
  readonly wakeWhenGivenUp: (() => void)[];
}

/**
 * Turns asks into frames and replies into outcomes: fresh challenges and nonces (I11), time-outs
 * that adapt to each RAIDA, repeats of what may be repeated, a window for each RAIDA.
 */
export class Requester {
  readonly #ports: RequesterPorts;
  readonly #network: NetworkSettings;
  readonly #timing = Array.from({ length: RAIDA_COUNT }, () => new Timing());
  readonly #inFlight = new Uint16Array(RAIDA_COUNT);
  readonly #desk: TicketDesk;
  #stopped = false;
  readonly #queues = Array.from({ length: RAIDA_COUNT }, (): (() => void)[] => []);

  constructor(ports: RequesterPorts, network: NetworkSettings) {
    this.#ports = ports;
    this.#network = network;
    this.#desk = {
      send: async (raida, command, request, key, tcp) => {
        if (this.#stopped) return null;
        const timeoutMs = this.#timing[raida]!.timeoutMs(1, 0);
        const tried = await this.#try({ raida, command, request, key, timeoutMs, tcp });
        return tried.kind === 'answer' ? tried : null;
      },
      pause: (ms) => this.#ports.clock.sleep(ms),
      fill: (bytes) => this.#ports.random.fill(bytes),
      counterModes: new Array<CounterMode | null>(RAIDA_COUNT).fill(null),
      noSum: new Uint8Array(RAIDA_COUNT),
    };
  }

  get network(): NetworkSettings {
    return this.#network;
  }

  /** Nothing is sent any more; what is asked is answered with silence. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Carries out a round. `settle` is called once for each ask, with its index; the promise resolves
   * after the last. A `patient` round waits for every RAIDA; another gives up on stragglers.
   */
  async ask(
    asks: readonly Ask[],
    patient: boolean,
    settle: (index: number, outcome: Outcome) => void,
  ): Promise<void> {
    const round: Round = {
      lossesInARow: new Uint8Array(RAIDA_COUNT),
      openAsks: new Uint16Array(RAIDA_COUNT),
      askedRaidas: 0,
      openRaidas: 0,
      givenUp: new Uint8Array(RAIDA_COUNT),
      patient,
      stragglersTimed: false,
      wakeWhenGivenUp: [],
    };
    for (const { raida } of asks) if (round.openAsks[raida]!++ === 0) round.askedRaidas++;
    round.openRaidas = round.askedRaidas;
    await Promise.all(
      asks.map(async (ask, index) => {
        const outcome = await this.#carryOut(ask, round);
        const settledAll = --round.openAsks[ask.raida]! === 0;
        if (settledAll) round.openRaidas--;
        settle(index, outcome);
        if (settledAll) this.#timeStragglers(round, asks);
      }),
    );
  }

  /** When all but 12 RAIDA have settled, the others get a little longer and no more. */
  #timeStragglers(round: Round, asks: readonly Ask[]): void {
    const { askedRaidas, openRaidas } = round;
    if (round.patient || round.stragglersTimed || openRaidas === 0) return;
    if (openRaidas > RAIDA_COUNT - QUORUM || askedRaidas - openRaidas < openRaidas) return;
    round.stragglersTimed = true;
    const stragglers = round.openAsks.slice();
    const stragglerMs = asks[0]?.kind === 'fix' ? FIX_STRAGGLER_MS : STRAGGLER_MS;
    void this.#ports.clock.sleep(stragglerMs).then(() => {
      stragglers.forEach((open, raida) => {
        if (open > 0) round.givenUp[raida] = 1;
      });
      for (const wake of round.wakeWhenGivenUp) wake();
    });
  }

  async #carryOut(ask: Ask, round: Round): Promise<Outcome> {
    const { raida } = ask;
    if (this.#inFlight[raida]! < WINDOW_PER_RAIDA) this.#inFlight[raida]!++;
    else await new Promise<void>((resolve) => this.#queues[raida]!.push(resolve));
    try {
      if (this.#stopped || round.givenUp[raida]) return SILENT;
      return await this.#carryOutNow(ask, round);
    } finally {
      this.#leave(raida);
    }
  }

  #carryOutNow(ask: Ask, round: Round): Promise<Outcome> {
    switch (ask.kind) {
      case 'prove':
        return this.#prove(ask, round);
      case 'disown':
        return this.#disown(ask, round);
      case 'sum': {
        const { raida, tokens, key } = ask;
        const request = { tokens, sum: sumAns(tokens.map(({ an }) => an)) };
        const tried = this.#repeat(raida, detectSum, request, key, tokens.length, round);
        return tried.then(toOutcome);
      }
      case 'find':
        return this.#repeat(ask.raida, find, { tokens: [ask.token] }, ask.key, 1, round).then(
          toOutcome,
        );
      case 'ticket':
        return this.#orGivenUp(askForTicket(ask, this.#desk), ask.raida, round, SILENT);
      case 'seal':
        return this.#orGivenUp(sealTicket(ask, this.#desk), ask.raida, round, SILENT);
      case 'move': {
        const { raida, tokens, key, tcp } = ask;
        const timeoutMs = this.#timing[raida]!.timeoutMs(tokens.length, 0);
        const shot = { raida, command: pown, request: { tokens }, key, timeoutMs, tcp };
        return this.#try(shot).then(toOutcome);
      }
      case 'fix': {
        const { raida, tokens, pg, tickets, key, tcp } = ask;
        const request = { tokens, pg, tickets };
        const shot = { raida, command: fix, request, key, timeoutMs: FIX_TIMEOUT_MS, tcp };
        return this.#orGivenUp(this.#try(shot), raida, round, NOTHING).then(toOutcome);
      }
    }
  }

  /** Stops at the first answer that is not what it must be: the RAIDA does not disown the token. */
  async #disown(ask: Ask & { kind: 'disown' }, round: Round): Promise<Outcome> {
    const { key, token, control, candidates } = ask;
    const denied = ({ secret }: CandidateSecret): Question => ({
      token,
      secret,
      expected: STATUS.allFail,
    });
    const known = { token: control, secret: control.an, expected: STATUS.allPass };
    const questions = shuffled([...candidates.map(denied), known], this.#ports.random);
    for (const { token: asked, secret, expected } of questions) {
      const request = { tokens: [key.token, asked], sum: sumAns([key.an, secret]) };
      const tried = await this.#repeat(ask.raida, detectSum, request, key, 2, round);
      const signed = tried.kind === 'answer' && tried.authentic;
      if (signed && tried.status === expected) continue;
      if (asked !== control || !signed) return toOutcome(tried);
      return tried.status === STATUS.allFail ? { kind: 'control lost' } : SILENT;
    }
    return { kind: 'disowned' };
  }

  async #prove(ask: Ask & { kind: 'prove' }, round: Round): Promise<Outcome> {
    for (const { row, secret } of ask.candidates) {
      const key = { token: ask.token, an: secret };
      const tried = await this.#repeat(ask.raida, echo, {}, key, 0, round);
      if (tried.kind === 'nothing') return SILENT;
      if (tried.authentic) return { kind: 'proven', row };
      if (!DENIALS.has(tried.status)) return SILENT;
    }
    return { kind: 'denied' };
  }

  /** For commands that are free to repeat: each try with a fresh nonce and challenge. */
  async #repeat(
    raida: number,
    command: AnyCommand,
    request: unknown,
    key: RequestKey,
    tokenCount: number,
    round: Round,
  ): Promise<Try> {
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      if (this.#stopped || round.givenUp[raida]) return NOTHING;
      const timeoutMs = this.#timing[raida]!.timeoutMs(tokenCount, attempt);
      const shot = { raida, command, request, key, timeoutMs, tcp: false };
      const tried = await this.#orGivenUp(this.#try(shot), raida, round, NOTHING);
      if (tried.kind === 'answer') {
        round.lossesInARow[raida] = 0;
        return tried;
      }
      if (++round.lossesInARow[raida]! >= MAX_LOSSES_IN_A_ROW) round.givenUp[raida] = 1;
    }
    return NOTHING;
  }

  #orGivenUp<T>(tried: Promise<T>, raida: number, round: Round, nothing: T): Promise<T> {
    if (round.patient) return tried;
    return new Promise((resolve, reject) => {
      tried.then(resolve, reject);
      round.wakeWhenGivenUp.push(() => {
        if (round.givenUp[raida]) resolve(nothing);
      });
    });
  }

  /** Sends one frame once. */
  async #try({ raida, command, request, key, timeoutMs, tcp: prefersTcp }: Shot): Promise<Try> {
    const { transport, clock, random } = this.#ports;
    const nonce = new Uint8Array(NONCE_BYTES);
    const challenge = new Uint8Array(CHALLENGE_BYTES);
    random.fill(nonce);
    random.fill(challenge);
    sealChallenge(challenge);
    const frame = encodeRequest(command, request, {
      raida,
      coinId: this.#network.coinId,
      encryption: { kind: 'token', token: key.token, key: key.an },
      challenge,
      nonce,
    });
    const tcp = prefersTcp || frame.length > this.#network.udpMaxBytes;
    const sentAtMs = clock.steadyMs();
    const exchange = { raida, tcp, deadlineMs: timeoutMs, frame };
    const result = await transport.exchange(exchange);
    if (result.kind === 'silence') {
      if (result.why === 'busy') await clock.sleep(OVERLOAD_PAUSE_MS);
      return NOTHING;
    }
    const expected = {
      raida,
      group: command.group,
      echo: (nonce[NONCE_BYTES - 2]! << 8) | nonce[NONCE_BYTES - 1]!,
      challenge,
      key: key.an,
    };
    const tried = readTry(result.bytes, expected, nonce, frame.length - REQUEST_HEADER_BYTES);
    if (tried.kind === 'nothing') transport.distrust?.(exchange);
    // A Fix takes as long as other RAIDA take.
    else if (command !== fix) this.#timing[raida]!.observe(clock.steadyMs() - sentAtMs);
    return tried;
  }

  /** Hands the place on, so that the count stays as it is while somebody waits. */
  #leave(raida: number): void {
    const next = this.#queues[raida]!.shift();
    if (next) next();
    else this.#inFlight[raida]!--;
  }
}

function readTry(
  bytes: Uint8Array,
  expected: Parameters<typeof judgeReply>[1],
  nonce: Uint8Array,
  requestBodyBytes: number,
): Try {
  try {
    const { header, body } = readReply(bytes);
    const worth = judgeReply(header, expected);
    if (worth === 'foreign') return NOTHING;
    const authentic = worth === 'authentic';
    return { kind: 'answer', status: header.status, authentic, body, nonce, requestBodyBytes };
  } catch (error) {
    // Bytes that are no reply are as good as none: whoever wrote them, it was not the RAIDA.
    if (!(error instanceof DecodeError)) throw error;
    return NOTHING;
  }
}

function toOutcome(tried: Try): Outcome {
  if (tried.kind === 'nothing') return SILENT;
  return { kind: 'answered', status: tried.status, authentic: tried.authentic };
}
