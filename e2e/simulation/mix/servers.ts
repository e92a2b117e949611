import {
  type CounterMode,
  DEFAULT_COIN_ID,
  RAIDA_COUNT,
  readUint32,
  SIGNATURE_BYTES,
  STATUS,
  type TokenId,
} from '@raida-wallet/protocol';
import {
  type Claim,
  DEFAULT_TRUST,
  handleRequest,
  type NodePorts,
  TicketTable,
  type TokenStore,
  type TokenWriter,
} from '@raida-wallet/raida/node';

import type { Chance } from './chance.ts';
import type { Plan } from './plan.ts';
import type { VirtualTime } from './virtual-time.ts';

/** On whose behalf a RAIDA changes a secret. */
export type Actor = 'wallet' | 'relay' | 'previous owner' | 'recipient' | 'other device' | 'fate';

/** One number for DN and SN: cheaper as a key than a text. */
export function tokenNumber({ dn, sn }: TokenId): number {
  return (dn & 0xff) * 0x1_0000_0000 + sn;
}

/** What a RAIDA does wrong while it is not honest. Its signatures are always true. */
export type Lie = 'denies' | 'wrong statuses' | 'mute';

/** Told of every secret that a RAIDA sets. `an` is never changed afterwards. */
export type Watcher = (raida: number, token: TokenId, an: Uint8Array, actor: Actor) => void;

type Ans = Map<number, Uint8Array>;

/** Between two RAIDA: a claim of a ticket and its answer, and how long one waits for one that is down. */
const CLAIM_MS = 30;
const CLAIM_TIMEOUT_MS = 2_000;

const VERSION = '20250323';
const STATUS_OFFSET = 2;
const SIGNATURE_OFFSET = 16;
const REPLY_HEADER_BYTES = 32;

/** The real tickets of a RAIDA, with a look at who has claimed which. */
class WatchedTickets extends TicketTable {
  readonly #claimed = new Map<number, number>();

  override claim(ticket: Uint8Array, claimant: number): Claim {
    const claim = super.claim(ticket, claimant);
    if (claim.kind === 'covered') {
      const number = readUint32(ticket, 0);
      this.#claimed.set(number, (this.#claimed.get(number) ?? 0) | (1 << claimant));
    }
    return claim;
  }

  isClaimed(ticket: Uint8Array, claimant: number): boolean {
    return ((this.#claimed.get(readUint32(ticket, 0)) ?? 0) & (1 << claimant)) !== 0;
  }
}

/** The real request handlers of 25 RAIDA, with their secrets in memory. */
export class Servers {
  readonly down = new Uint8Array(RAIDA_COUNT);
  readonly lies = new Array<Lie | null>(RAIDA_COUNT).fill(null);
  readonly tickets: WatchedTickets[] = [];
  readonly #ans: Ans[] = [];
  readonly #ports = new Map<Actor, NodePorts[]>();
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #watch: Watcher;
  readonly #plan: Plan;
  /** Errors that the handlers did not expect: faults of the simulation or of a RAIDA. */
  readonly #report: (error: unknown) => void;

  constructor(
    plan: Plan,
    time: VirtualTime,
    chance: Chance,
    watch: Watcher,
    report: (error: unknown) => void,
  ) {
    this.#plan = plan;
    this.#time = time;
    this.#chance = chance;
    this.#watch = watch;
    this.#report = report;
    const now = () => time.nowMs;
    const random = (bytes: number) => chance.bytes(bytes);
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      this.#ans.push(new Map());
      this.tickets.push(new WatchedTickets({ now, random }));
    }
  }

  read(raida: number, token: TokenId): Uint8Array | undefined {
    return this.#ans[raida]!.get(tokenNumber(token));
  }

  counterMode(raida: number): CounterMode {
    return this.#plan.restartMask & (1 << raida) ? 'restart' : 'continue';
  }

  /** Past the protocol: how coins are issued, and what fate does. */
  set(raida: number, token: TokenId, an: Uint8Array): void {
    this.#ans[raida]!.set(tokenNumber(token), an);
    this.#watch(raida, token, an, 'fate');
  }

  /** What a RAIDA holds now, to be rolled back to later. */
  remember(raida: number): ReadonlyMap<number, Uint8Array> {
    return new Map(this.#ans[raida]);
  }

  /** A RAIDA restored from a backup. It has forgotten its tickets; later tokens stay. */
  rollBack(raida: number, to: ReadonlyMap<number, Uint8Array>): void {
    for (const [number, an] of to) {
      const sn = number % 0x1_0000_0000;
      const dn = (((number - sn) / 0x1_0000_0000) << 24) >> 24;
      this.set(raida, { dn, sn }, an);
    }
    const now = () => this.#time.nowMs;
    this.tickets[raida] = new WatchedTickets({ now, random: (bytes) => this.#chance.bytes(bytes) });
    for (const [actor] of this.#ports) this.#ports.set(actor, this.#makePorts(actor));
  }

  /** The frame is the handler's own. `answer` is called at once, or after a Fix has asked others. */
  serve(
    raida: number,
    frame: Uint8Array,
    actor: Actor,
    answer: (reply: Uint8Array | null) => void,
  ): void {
    if (this.down[raida] || this.lies[raida] === 'mute') {
      answer(null);
      return;
    }
    const ports = this.#ports.get(actor) ?? this.#makePorts(actor);
    if (this.#plan.noSumMask & (1 << raida)) hideSum(frame);
    const reply = handleRequest(frame, ports[raida]!);
    if (reply instanceof Promise) {
      void reply.then((later) => answer(this.#lie(raida, later)));
    } else answer(this.#lie(raida, reply));
  }

  #lie(raida: number, reply: Uint8Array | null): Uint8Array | null {
    const lie = this.lies[raida];
    if (lie === null || reply === null) return reply;
    if (lie === 'wrong statuses') {
      reply[STATUS_OFFSET] = this.#chance.pick(WRONG_STATUSES);
      return reply;
    }
    const bare = reply.slice(0, REPLY_HEADER_BYTES);
    bare.fill(0, 9, 12);
    bare[STATUS_OFFSET] = STATUS.keyTokenNotFound;
    bare.fill(0, SIGNATURE_OFFSET, SIGNATURE_OFFSET + SIGNATURE_BYTES);
    return bare;
  }

  #makePorts(actor: Actor): NodePorts[] {
    const ports = this.#ans.map((ans, raida): NodePorts => ({
      config: { raida, coinId: DEFAULT_COIN_ID, version: VERSION, trust: DEFAULT_TRUST },
      store: this.#store(raida, ans, actor),
      tickets: this.tickets[raida]!,
      counterMode: () => this.counterMode(raida),
      now: () => this.#time.nowMs,
      validateTicket: (issuer, ticket) => this.#claim(issuer, ticket, raida),
      report: this.#report,
    }));
    this.#ports.set(actor, ports);
    return ports;
  }

  #store(raida: number, ans: Ans, actor: Actor): TokenStore {
    const read = (token: TokenId) => ans.get(tokenNumber(token));
    const writer: TokenWriter = {
      read,
      write: (token, an) => {
        const held = an!.slice();
        ans.set(tokenNumber(token), held);
        this.#watch(raida, { dn: token.dn, sn: token.sn }, held, actor);
      },
    };
    return { read, change: (decide) => decide(writer) };
  }

  #claim(issuer: number, ticket: Uint8Array, claimant: number): Promise<readonly TokenId[] | null> {
    const time = this.#time;
    return new Promise((resolve) => {
      const settle = (tokens: readonly TokenId[] | null, ms: number) =>
        time.after(ms, () => {
          time.touch();
          resolve(tokens);
        });
      time.after(CLAIM_MS, () => {
        const mute = this.down[issuer] === 1 || this.lies[issuer] === 'mute';
        if (mute || this.#chance.hits(this.#plan.network.loss / 4)) {
          settle(null, CLAIM_TIMEOUT_MS);
          return;
        }
        const claim = this.tickets[issuer]!.claim(ticket, claimant);
        const covered = claim.kind === 'covered' && this.lies[issuer] === null;
        settle(covered ? claim.tokens : null, CLAIM_MS);
      });
    });
  }
}

const WRONG_STATUSES = [
  STATUS.success,
  STATUS.allPass,
  STATUS.allFail,
  STATUS.mixed,
  STATUS.keyTokenNotFound,
  STATUS.badCrc,
  STATUS.internal,
];

const CODE_OFFSET = 5;
const SUM_CODE = 41;
const UNKNOWN_CODE = 99;

/** A RAIDA that does not know Get Ticket By Sum answers it as any command that is unknown. */
function hideSum(frame: Uint8Array): void {
  if (frame[CODE_OFFSET] === SUM_CODE) frame[CODE_OFFSET] = UNKNOWN_CODE;
}
