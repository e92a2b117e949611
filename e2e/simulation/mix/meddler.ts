import {
  COMMANDS,
  CHALLENGE_BYTES,
  REQUEST_HEADER_BYTES,
  SECRET_BYTES,
  STATUS,
  TERMINATOR_BYTES,
  TOKEN_AN_PAN_BYTES,
  TOKEN_ID_BYTES,
  writeUint16,
  xorInto,
} from '@raida-wallet/protocol';

import { flipPans, unsignedReply } from '../hostile-relays.ts';
import type { Chance } from './chance.ts';
import type { Coverage } from './coverage.ts';
import type { Datagram } from './datagrams.ts';
import type { Hostile, Trick } from './plan.ts';

/** What becomes of a request in the hands of a hostile relay. */
export interface Meddled {
  /** Handed over now, or null. */
  readonly frame: Uint8Array | null;
  /** Handed over as well; nobody hears the answers. */
  readonly extra: readonly Uint8Array[];
  /** The relay's own answer. */
  readonly reply: Uint8Array | null;
  /** Takes the place of the true reply's status. */
  readonly status: number | null;
  /** Handed over later; nobody hears the answer. */
  readonly later: Uint8Array | null;
  readonly laterMs: number;
}

const PLAIN: Omit<Meddled, 'frame'> = {
  extra: [],
  reply: null,
  status: null,
  later: null,
  laterMs: 0,
};

const KEPT_FRAMES = 24;
const PAYLOAD_OFFSET = REQUEST_HEADER_BYTES + CHALLENGE_BYTES;
const GROUP_OFFSET = 4;
const CODE_OFFSET = 5;
const BODY_BYTES_OFFSET = 22;
const TERMINATOR = 0x3e;
const STATUSES = [
  STATUS.success,
  STATUS.allPass,
  STATUS.allFail,
  STATUS.mixed,
  STATUS.keyTokenNotFound,
  STATUS.badCrc,
  STATUS.badCommand,
  STATUS.noTicketSlot,
  STATUS.internal,
];
const HOLDS_MS = [50, 3_000, 60_000, 400_000, 3_600_000];
/** What a payload can be made to mean, with the length that it needs then (section 5). */
const DISGUISES = [
  { command: COMMANDS.pown, bytes: TOKEN_AN_PAN_BYTES },
  { command: COMMANDS.pown, bytes: 2 * TOKEN_AN_PAN_BYTES },
  { command: COMMANDS.detect, bytes: TOKEN_ID_BYTES + SECRET_BYTES },
  { command: COMMANDS.getTicket, bytes: TOKEN_ID_BYTES + SECRET_BYTES },
  { command: COMMANDS.detectSum, bytes: TOKEN_ID_BYTES + SECRET_BYTES },
  { command: COMMANDS.echo, bytes: 0 },
];

/**
 * A relay, or whoever sits between it and the RAIDA, and what he can do without a key: everything
 * but read, and write what makes sense. With `mixes` he has been told what the giver knew.
 */
export class Meddler {
  readonly relay: number;
  readonly #hostile: Hostile;
  readonly #chance: Chance;
  readonly #coverage: Coverage;
  /** Some always do the same, which adds up; others do anything. */
  readonly #statuses: readonly number[];
  readonly #disguises: readonly (typeof DISGUISES)[number][];
  /** Whether he keeps POWNs only, and lets what asks about them pass. */
  readonly #holdsPowns: boolean;
  readonly #kept = new Map<number, Uint8Array[]>();
  /** What the giver of a coin knew of it at a RAIDA. */
  readonly #giverKnew: (datagram: Datagram) => Uint8Array | null;

  constructor(
    hostile: Hostile,
    chance: Chance,
    coverage: Coverage,
    giverKnew: (datagram: Datagram) => Uint8Array | null,
  ) {
    this.relay = hostile.relay;
    this.#hostile = hostile;
    this.#chance = chance;
    this.#coverage = coverage;
    this.#giverKnew = giverKnew;
    this.#statuses = chance.hits(0.5) ? [chance.pick(STATUSES)] : STATUSES;
    this.#disguises = chance.hits(0.5) ? [chance.pick(DISGUISES)] : DISGUISES;
    this.#holdsPowns = chance.hits(0.5);
  }

  /** Null when he lets it pass. The frame may be changed in place. */
  carry(raida: number, frame: Uint8Array, datagram: Datagram): Meddled | null {
    const { tricks, rate } = this.#hostile;
    if (tricks.includes('replays')) this.#keep(raida, frame);
    if (!this.#chance.hits(rate)) return null;
    const trick = this.#chance.pick(tricks);
    const meddled = this.#play(trick, raida, frame, datagram);
    if (meddled) this.#coverage.fault(`relay ${trick}`);
    return meddled;
  }

  #play(trick: Trick, raida: number, frame: Uint8Array, datagram: Datagram): Meddled | null {
    switch (trick) {
      case 'flips': {
        const end = frame.length - TERMINATOR_BYTES;
        const at = REQUEST_HEADER_BYTES + this.#chance.below(end - REQUEST_HEADER_BYTES);
        frame[at]! ^= 1 << this.#chance.below(8);
        return { ...PLAIN, frame };
      }
      case 'flips pans':
        if (datagram.command !== COMMANDS.pown) return null;
        return { ...PLAIN, frame: flipPans(frame) };
      case 'forges':
        return {
          ...PLAIN,
          frame: null,
          reply: unsignedReply(frame, this.#chance.pick(this.#statuses)),
        };
      case 'restates':
        return { ...PLAIN, frame, status: this.#chance.pick(this.#statuses) };
      case 'replays': {
        const old = this.#chance.pick(this.#kept.get(raida)!);
        return { ...PLAIN, frame, extra: [old.slice()] };
      }
      case 'swaps':
        return { ...PLAIN, frame: this.#disguise(frame) };
      case 'holds': {
        if (this.#holdsPowns && datagram.command !== COMMANDS.pown) return null;
        const later = this.#chance.hits(0.5)
          ? frame.slice()
          : this.#change(frame.slice(), datagram);
        const denies = this.#holdsPowns && this.#chance.hits(0.5);
        const reply = denies ? unsignedReply(frame, STATUS.allFail) : null;
        return { ...PLAIN, frame: null, reply, later, laterMs: this.#chance.pick(HOLDS_MS) };
      }
      case 'mixes': {
        const an = this.#giverKnew(datagram);
        if (datagram.command !== COMMANDS.pown || an === null) return null;
        xorInto(panOf(frame), an);
        return { ...PLAIN, frame };
      }
    }
  }

  #change(frame: Uint8Array, datagram: Datagram): Uint8Array {
    return datagram.command === COMMANDS.pown ? flipPans(frame) : this.#disguise(frame);
  }

  #keep(raida: number, frame: Uint8Array): void {
    const kept = this.#kept.get(raida) ?? [];
    this.#kept.set(raida, kept);
    kept.push(frame.slice());
    if (kept.length > KEPT_FRAMES) kept.splice(this.#chance.below(KEPT_FRAMES), 1);
  }

  /** The same encrypted payload under another command, cut or filled up with noise. */
  #disguise(frame: Uint8Array): Uint8Array {
    const { command, bytes } = this.#chance.pick(this.#disguises);
    const disguised = this.#chance.bytes(PAYLOAD_OFFSET + bytes + TERMINATOR_BYTES);
    const kept = Math.min(frame.length, disguised.length) - TERMINATOR_BYTES;
    disguised.set(frame.subarray(0, kept));
    disguised[GROUP_OFFSET] = command.group;
    disguised[CODE_OFFSET] = command.code;
    writeUint16(disguised, BODY_BYTES_OFFSET, disguised.length - REQUEST_HEADER_BYTES);
    disguised.fill(TERMINATOR, disguised.length - TERMINATOR_BYTES);
    return disguised;
  }
}

function panOf(frame: Uint8Array): Uint8Array {
  const start = PAYLOAD_OFFSET + TOKEN_ID_BYTES + SECRET_BYTES;
  return frame.subarray(start, start + SECRET_BYTES);
}
