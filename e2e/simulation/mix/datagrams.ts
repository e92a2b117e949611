import {
  type AnyCommand,
  CHALLENGE_BYTES,
  COMMANDS,
  cryptInPlace,
  derivePanOfFix,
  equalBytes,
  findCommand,
  isChallengeSealed,
  QUORUM,
  RAIDA_COUNT,
  readRequestHeader,
  readUint32,
  REQUEST_HEADER_BYTES,
  type RequestHeader,
  SECRET_BYTES,
  SIGNATURE_BYTES,
  TERMINATOR_BYTES,
  TICKET_LIFETIME_MS,
  TOKEN_AN_PAN_BYTES,
  type TokenId,
  tokenKey,
} from '@raida-wallet/protocol';
import type { Exchange } from '@raida-wallet/web/wallet/ports';

import { type CoinTruth, fingerprint, OPEN } from './coin-truth.ts';
import type { Oracle } from './oracle.ts';
import { SeenWords } from './seen-words.ts';
import type { Servers } from './servers.ts';
import { tokenNumber } from './servers.ts';

/** A request as it left the wallet. */
export interface Datagram {
  readonly raida: number;
  readonly command: AnyCommand;
  readonly keyCoin: CoinTruth | null;
  /** The secret that it is encrypted under, and the challenge in it; null when nobody can read it. */
  readonly key: Uint8Array | null;
  readonly challenge: Uint8Array;
  readonly tokens: readonly TokenId[];
  /** Whether the key token held that secret when the request arrived. */
  held: boolean;
}

interface Named extends TokenId {
  readonly an?: Uint8Array;
  readonly pan?: Uint8Array;
}

interface Contents {
  readonly tokens?: readonly Named[];
  readonly sum?: Uint8Array;
  readonly pg?: Uint8Array;
  readonly tickets?: readonly (Uint8Array | null)[];
}

const MOST_OPEN = RAIDA_COUNT - QUORUM;
const MOST_USABLE = 1;
const SIGNATURE_OFFSET = 16;
const NO_TOKENS: readonly Named[] = [];
/** Told apart by what a lost answer may mean: a mutation changes what a RAIDA holds. */
const MUTATIONS: ReadonlySet<AnyCommand> = new Set<AnyCommand>([COMMANDS.pown, COMMANDS.fix]);

/** Reads every datagram that leaves, with the keys that are durable, and judges it. */
export class Datagrams {
  readonly #oracle: Oracle;
  readonly #servers: Servers;
  readonly #nonces = new SeenWords();
  readonly #challenges = new SeenWords();
  /** PGs by fingerprint: at which RAIDA each was used, and for which coins. */
  readonly #pgs = new Map<
    number,
    { readonly raida: number; readonly coins: ReadonlySet<number> }
  >();
  readonly durablePgs = new Set<number>();
  sent = 0;
  /** Mutations that are on their way to a RAIDA, or in its hands. */
  readonly pending = new Set<Datagram>();

  constructor(oracle: Oracle, servers: Servers) {
    this.#oracle = oracle;
    this.#servers = servers;
  }

  /** The run is over. */
  release(): void {
    this.#nonces.release();
    this.#challenges.release();
  }

  /** I1, I4, I6, I8, I10 and I11, on the bytes that leave. */
  sees({ raida, frame }: Exchange, relay: number): Datagram {
    this.sent++;
    const header = readRequestHeader(frame);
    const command = findCommand(header.group, header.code)!;
    this.#expectFresh(this.#nonces, header.nonce, 'nonce');
    const keyCoin =
      this.#oracle.coins.get(tokenNumber({ dn: header.keyDn, sn: header.keySn })) ?? null;
    const challenge = frame.slice(REQUEST_HEADER_BYTES, REQUEST_HEADER_BYTES + CHALLENGE_BYTES);
    const key =
      header.encryptionType === 0 ? null : this.#unseal(raida, header, challenge, keyCoin);
    const contents: Contents =
      command === COMMANDS.echo ? {} : this.#read(frame, header, command, key);
    this.#expectFresh(this.#challenges, challenge, 'challenge');
    const tokens = contents.tokens ?? NO_TOKENS;
    if (keyCoin) this.#carries(keyCoin, relay, raida);
    for (const [index, token] of tokens.entries()) {
      if (command === COMMANDS.getTicket && index % TOKEN_AN_PAN_BYTES === 0) {
        // Where a relay would read a record of a POWN: a decoy, with a secret that nobody has.
        this.#expectDecoy(raida, token);
        continue;
      }
      const coin = this.#oracle.coins.get(tokenNumber(token));
      // A token that nobody ever had fills a request up, so that it cannot be taken for another.
      if (!coin) continue;
      if (coin !== keyCoin) this.#carries(coin, relay, raida);
      this.#expectDurable(coin, raida, token, command);
      if (MUTATIONS.has(command)) this.#mutates(coin, raida, token, contents, command);
    }
    if (contents.pg) this.#expectPg(raida, contents.pg, tokens);
    if (contents.tickets) this.#expectBurnt(raida, tokens, contents.tickets);
    if (command !== COMMANDS.echo && keyCoin) this.#expectKeyAtRest(keyCoin, raida, tokens);
    const datagram = { raida, command, keyCoin, key, challenge, tokens, held: false };
    if (MUTATIONS.has(command)) this.pending.add(datagram);
    return datagram;
  }

  /** It reaches its RAIDA: is the key really what that holds? */
  arrives(datagram: Datagram): void {
    const { raida, keyCoin, key } = datagram;
    if (!keyCoin || !key) return;
    const held = this.#servers.read(raida, keyCoin.id);
    if (held !== undefined && equalBytes(held, key)) datagram.held = true;
  }

  /** A reply reaches the wallet: a signature under the key is a proof (section 2). */
  answered({ raida, keyCoin, key, challenge, held }: Datagram, reply: Uint8Array): void {
    if (!held || !keyCoin || !key) return;
    for (let i = 0; i < SIGNATURE_BYTES; i++) {
      if (reply[SIGNATURE_OFFSET + i] !== (challenge[i]! ^ key[i]!)) return;
    }
    const proofs = keyCoin.proofs[raida]!;
    const print = fingerprint(key);
    if (!proofs.includes(print)) proofs.push(print);
    if (this.#oracle.own.has(print)) keyCoin.provedAtMs[raida] = this.#oracle.time.nowMs;
  }

  #expectFresh(seen: SeenWords, bytes: Uint8Array, what: string): void {
    if (!seen.add(readUint32(bytes, 0), readUint32(bytes, 4))) return;
    this.#oracle.fail('I11', `a ${what} was used twice`);
  }

  /** Decrypts the challenge in place and returns the key that opens it. */
  #unseal(
    raida: number,
    header: RequestHeader,
    challenge: Uint8Array,
    coin: CoinTruth | null,
  ): Uint8Array | null {
    const candidates = coin?.candidates[raida] ?? [];
    const held = coin && this.#servers.read(raida, coin.id);
    if (coin && held && this.#oracle.knows(coin, raida, held)) {
      if (unseals(challenge, held, header)) return held;
    }
    for (let i = candidates.length - 1; i >= 0; i--) {
      if (unseals(challenge, candidates[i]!, header)) return candidates[i]!;
    }
    return (
      this.#unsealFixed(raida, header, challenge, coin) ??
      this.#unsealTampered(header, challenge, candidates)
    );
  }

  /** Under what a durable PG makes at this RAIDA, though no Fix was meant for it. */
  #unsealFixed(
    raida: number,
    header: RequestHeader,
    challenge: Uint8Array,
    coin: CoinTruth | null,
  ): Uint8Array | null {
    for (const pgs of coin?.pgs ?? []) {
      const pg = pgs.subarray(raida * SECRET_BYTES, (raida + 1) * SECRET_BYTES);
      const secret = derivePanOfFix(raida, coin!.id, pg);
      if (unseals(challenge, secret, header)) return secret;
    }
    return null;
  }

  #unsealTampered(
    header: RequestHeader,
    challenge: Uint8Array,
    candidates: readonly Uint8Array[],
  ): Uint8Array | null {
    for (const [i, a] of candidates.entries()) {
      for (const b of candidates.slice(0, i)) {
        const mixed = a.map((byte, at) => byte ^ b[at]!);
        if (unseals(challenge, mixed, header)) return mixed;
      }
    }
    this.#oracle.fail('I1', 'a datagram left under a key that is not durable');
    return null;
  }

  #read(
    frame: Uint8Array,
    header: RequestHeader,
    command: AnyCommand,
    key: Uint8Array | null,
  ): Contents {
    const body = frame.slice(REQUEST_HEADER_BYTES, frame.length - TERMINATOR_BYTES);
    if (key) cryptInPlace(body, key, header.nonce);
    else if (header.encryptionType !== 0) return {};
    return command.decodeRequest(body.subarray(CHALLENGE_BYTES)) as Contents;
  }

  #carries(coin: CoinTruth, relay: number, raida: number): void {
    const mask = coin.carried[relay]! | (1 << raida);
    if (mask === coin.carried[relay]) return;
    coin.carried[relay] = mask;
    if (coin.carried.length > 1 && bitCount(mask) > MOST_OPEN) {
      this.#oracle.fail('I8', `a relay carried ${tokenKey(coin.id)} to more than 12 RAIDA`);
    }
  }

  #expectDecoy(raida: number, token: Named): void {
    const coin = this.#oracle.coins.get(tokenNumber(token));
    if (coin && token.an && this.#oracle.knows(coin, raida, token.an)) {
      this.#oracle.fail('I6', `${tokenKey(token)} at ${raida}: a relay can make this a POWN`);
    }
  }

  #expectDurable(coin: CoinTruth, raida: number, token: Named, command: AnyCommand): void {
    const { an, pan } = token;
    const name = `of ${tokenKey(coin.id)} left by ${command.name} before it was stored`;
    if (pan && !this.#oracle.knows(coin, raida, pan)) this.#oracle.fail('I1', `a PAN ${name}`);
    if (an && !this.#oracle.knows(coin, raida, an) && !coin.derives(raida, an)) {
      this.#oracle.fail('I1', `an AN ${name}`);
    }
  }

  #mutates(
    coin: CoinTruth,
    raida: number,
    token: Named,
    { pg }: Contents,
    command: AnyCommand,
  ): void {
    const { nowMs } = this.#oracle.time;
    const name = `${tokenKey(coin.id)} at ${raida}`;
    const kind = command === COMMANDS.pown ? OPEN.pown : OPEN.fix;
    const target = fingerprint(token.pan ?? derivePanOfFix(raida, token, pg!));
    const open = coin.openKind[raida]!;
    const lapsed = open === OPEN.fix && nowMs >= coin.openSinceMs[raida]! + TICKET_LIFETIME_MS;
    const another = open !== OPEN.none && coin.openTarget[raida] !== target;
    // A Fix may take the place of a POWN that came to nothing: whichever comes last is known.
    if (another && !lapsed && !(open === OPEN.pown && kind === OPEN.fix)) {
      this.#oracle.fail('I4', `${name} has two mutations open`);
    }
    if (coin.sent) this.#oracle.fail('I10', `${name} is changed after it was sent`);
    coin.openKind[raida] = kind;
    coin.openTarget[raida] = target;
    coin.openSinceMs[raida] = nowMs;
    coin.proofs[raida]!.length = 0;
    const count = coin.openCount();
    if (count > MOST_OPEN) this.#oracle.fail('I6', `${name}: ${count} mutations are open`);
  }

  /** I1 and I11: stored, shown to one RAIDA, and used again only for a Fix that is tried again. */
  #expectPg(raida: number, pg: Uint8Array, tokens: readonly TokenId[]): void {
    const print = fingerprint(pg);
    if (!this.durablePgs.has(print)) this.#oracle.fail('I1', 'a PG left before it was stored');
    const before = this.#pgs.get(print);
    if (!before) {
      this.#pgs.set(print, { raida, coins: new Set(tokens.map(tokenNumber)) });
      return;
    }
    if (before.raida !== raida) this.#oracle.fail('I11', 'a PG was shown to two RAIDA');
    if (!tokens.every((token) => before.coins.has(tokenNumber(token)))) {
      this.#oracle.fail('I11', 'a PG was used for other coins again');
    }
  }

  /**
   * Whoever sees the tickets of a Fix could use them at any RAIDA where they were not claimed (WALLET.md
   * section 5, "Heal"). One vote is too few for him, and six rounds of one are.
   */
  #expectBurnt(
    fixed: number,
    tokens: readonly TokenId[],
    tickets: readonly (Uint8Array | null)[],
  ): void {
    const coins = tokens.map((token) => this.#oracle.coin(token));
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      if (raida === fixed || coins.some((coin) => coin.fixing[raida] === 1)) continue;
      const usable = tickets.filter(
        (ticket, issuer) =>
          ticket && issuer !== raida && !this.#servers.tickets[issuer]!.isClaimed(ticket, raida),
      );
      if (usable.length > MOST_USABLE) {
        this.#oracle.fail('tickets', `${usable.length} tickets of a Fix can be used at ${raida}`);
        return;
      }
    }
  }

  /** A key token is never one that is being moved, but for the one that its own POWN moves. */
  #expectKeyAtRest(key: CoinTruth, raida: number, tokens: readonly TokenId[]): void {
    if (key.openKind[raida] === OPEN.none) return;
    if (tokens.some((token) => tokenNumber(token) === tokenNumber(key.id))) return;
    this.#oracle.fail('I4', `${tokenKey(key.id)} is a key at ${raida} while it is moved there`);
  }
}

const SCRATCH = new Uint8Array(CHALLENGE_BYTES);

function unseals(challenge: Uint8Array, key: Uint8Array, { nonce }: RequestHeader): boolean {
  SCRATCH.set(challenge);
  cryptInPlace(SCRATCH, key, nonce);
  if (!isChallengeSealed(SCRATCH)) return false;
  challenge.set(SCRATCH);
  return true;
}

function bitCount(mask: number): number {
  let count = 0;
  for (let left = mask; left !== 0; left &= left - 1) count++;
  return count;
}
