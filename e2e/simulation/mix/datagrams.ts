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
  type TokenId,
  tokenKey,
} from '@raida-wallet/protocol';
import type { Exchange } from '@raida-wallet/web/wallet/ports';

import { type CoinTruth, fingerprint, OPEN } from './coin-truth.ts';
import type { Oracle } from './oracle.ts';
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
}

const MOST_OPEN = RAIDA_COUNT - QUORUM;
const SIGNATURE_OFFSET = 16;
const NO_TOKENS: readonly Named[] = [];
/** Told apart by what a lost answer may mean: a mutation changes what a RAIDA holds. */
const MUTATIONS: ReadonlySet<AnyCommand> = new Set<AnyCommand>([COMMANDS.pown, COMMANDS.fix]);

/** Reads every datagram that leaves, with the keys that are durable, and judges it. */
export class Datagrams {
  readonly #oracle: Oracle;
  readonly #servers: Servers;
  readonly #nonces = new Map<number, number>();
  readonly #challenges = new Map<number, number>();
  /** PGs by fingerprint: at which RAIDA each was used. */
  readonly #pgs = new Map<number, number>();
  readonly durablePgs = new Set<number>();
  sent = 0;

  constructor(oracle: Oracle, servers: Servers) {
    this.#oracle = oracle;
    this.#servers = servers;
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
    for (const token of tokens) {
      const coin = this.#oracle.coin(token);
      if (coin !== keyCoin) this.#carries(coin, relay, raida);
      this.#expectDurable(coin, raida, token, command);
      if (MUTATIONS.has(command)) this.#mutates(coin, raida, token, contents, command);
    }
    if (command !== COMMANDS.echo && keyCoin) this.#expectKeyAtRest(keyCoin, raida, tokens);
    return { raida, command, keyCoin, key, challenge, tokens, held: false };
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
  }

  #expectFresh(seen: Map<number, number>, bytes: Uint8Array, what: string): void {
    const first = readUint32(bytes, 0);
    const rest = readUint32(bytes, 4);
    const print = first * 0x20_0000 + (rest >>> 11);
    if (seen.get(print) === rest) this.#oracle.fail('I11', `a ${what} was used twice`);
    seen.set(print, rest);
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
    if (pg) this.#expectPg(raida, pg);
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

  #expectPg(raida: number, pg: Uint8Array): void {
    const print = fingerprint(pg);
    if (!this.durablePgs.has(print)) this.#oracle.fail('I1', 'a PG left before it was stored');
    const before = this.#pgs.get(print) ?? raida;
    if (before !== raida) this.#oracle.fail('I11', 'a PG was shown to two RAIDA');
    this.#pgs.set(print, raida);
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
