import {
  type AnyCommand,
  CHALLENGE_BYTES,
  COMMANDS,
  cryptReplyBody,
  DEFAULT_COIN_ID,
  encodeRequest,
  equalBytes,
  makeChallenge,
  NONCE_BYTES,
  readReply,
  REQUEST_HEADER_BYTES,
  SECRET_BYTES,
  STATUS,
  TICKET_BYTES,
  type Token,
} from '@raida-wallet/protocol';

import type { Chance } from './chance.ts';
import type { Coverage } from './coverage.ts';
import { ALL_RAIDA, type PreviousOwner } from './plan.ts';
import type { Actor, Servers } from './servers.ts';
import type { VirtualTime } from './virtual-time.ts';

/** People who are not the wallet's owner. They speak the protocol, over a good line of their own. */
export class People {
  readonly #servers: Servers;
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #coverage: Coverage;
  /** Whether they do anything of their own accord. */
  active = true;

  constructor(servers: Servers, time: VirtualTime, chance: Chance, coverage: Coverage) {
    this.#servers = servers;
    this.#time = time;
    this.#chance = chance;
    this.#coverage = coverage;
  }

  /** A previous owner of a coin that is about to be given away: from now on he races. */
  race(token: Token, owner: PreviousOwner): void {
    const tickets = owner.how === 'fix' ? this.#tickets(token) : [];
    const raidas = this.#chance.sample(ALL_RAIDA, owner.raidas);
    this.#time.after(owner.attackMs, () => {
      if (!this.active) return;
      this.#coverage.fault(`previous owner ${owner.how}`);
      if (owner.how === 'pown') this.takes(token, raidas, 'previous owner');
      else this.#fixes(token, raidas, tickets);
    });
  }

  /** Moves a coin to secrets of his own, where the RAIDA still hold these. */
  takes(token: Token, raidas: readonly number[], actor: Actor): Token {
    const ans = token.ans.map((an, raida) => {
      if (!raidas.includes(raida)) return an;
      const pan = this.#chance.bytes(SECRET_BYTES);
      const tokens = [{ dn: token.dn, sn: token.sn, an, pan }];
      this.#ask(raida, COMMANDS.pown, { tokens }, token, an, actor);
      const held = this.#servers.read(raida, token);
      return held && equalBytes(held, pan) ? pan : an;
    });
    return { dn: token.dn, sn: token.sn, ans };
  }

  /** A ticket from every RAIDA that gives him one. */
  #tickets(token: Token): (Uint8Array | null)[] {
    return token.ans.map((an, raida) => {
      const tokens = [{ dn: token.dn, sn: token.sn, an }];
      const answer = this.#ask(raida, COMMANDS.getTicket, { tokens }, token, an, 'previous owner');
      if (!answer || answer.status !== STATUS.allPass) return null;
      return answer.body.length === TICKET_BYTES ? answer.body : null;
    });
  }

  #fixes(token: Token, raidas: readonly number[], tickets: readonly (Uint8Array | null)[]): void {
    for (const raida of raidas) {
      const pg = this.#chance.bytes(SECRET_BYTES);
      const request = { tokens: [{ dn: token.dn, sn: token.sn }], pg, tickets };
      // Any key will do: he uses a coin that he holds everywhere.
      const key = this.#purse(raida);
      this.#ask(raida, COMMANDS.fix, request, key.id, key.an, 'previous owner');
    }
  }

  /** A coin of his own at a RAIDA, to key requests about coins that he does not hold any more. */
  #purse(raida: number) {
    const id = { dn: 0, sn: 0xffff_0000 };
    let an = this.#servers.read(raida, id);
    if (!an) {
      an = this.#chance.bytes(SECRET_BYTES);
      this.#servers.set(raida, id, an);
    }
    return { id, an };
  }

  #ask(
    raida: number,
    command: AnyCommand,
    request: unknown,
    key: { readonly dn: number; readonly sn: number },
    an: Uint8Array,
    actor: Actor,
  ): { status: number; body: Uint8Array } | null {
    const nonce = this.#chance.bytes(NONCE_BYTES);
    const frame = encodeRequest(command, request, {
      raida,
      coinId: DEFAULT_COIN_ID,
      encryption: { kind: 'token', token: key, key: an },
      challenge: makeChallenge(this.#chance.bytes(CHALLENGE_BYTES)),
      nonce,
    });
    let answer: { status: number; body: Uint8Array } | null = null;
    const requestBodyBytes = frame.length - REQUEST_HEADER_BYTES;
    this.#servers.serve(raida, frame, actor, (bytes) => {
      if (!bytes) return;
      const { header, body } = readReply(bytes);
      const counterMode = this.#servers.counterMode(raida);
      cryptReplyBody(body, { key: an, nonce, requestBodyBytes, counterMode });
      answer = { status: header.status, body };
    });
    return answer;
  }
}
