import { QUORUM, RAIDA_COUNT, type TokenId, tokenKey } from '@raida-wallet/protocol';

import { CoinTruth, fingerprint } from './coin-truth.ts';
import type { Plan } from './plan.ts';
import { type Actor, type Servers, tokenNumber } from './servers.ts';
import { Violation } from './violation.ts';
import type { VirtualTime } from './virtual-time.ts';

/**
 * What is really true: the secrets that the RAIDA hold, and the secrets that are durable. It never
 * asks the wallet; what leaves it and what it stores are judged by the readers in `datagrams.ts`
 * and `journal-reader.ts`.
 */
export class Oracle {
  readonly time: VirtualTime;
  readonly plan: Plan;
  readonly coins = new Map<number, CoinTruth>();
  /** Fingerprints of durable secrets, with the cell that each is for. */
  readonly known = new Map<number, number>();
  /** Those of them that nobody but us was ever given. */
  readonly own = new Set<number>();
  /** Coins that stand in what is durable. */
  readonly imported: CoinTruth[] = [];
  /** Whether the wallet is on a new device and has not been restored yet. */
  restoring = false;
  failure: Violation | null = null;

  /** Secrets that a wallet with these words has proposed, on whichever device, and which oracle saw it. */
  readonly proposed: Map<number, Oracle>;

  constructor(plan: Plan, time: VirtualTime, proposed = new Map<number, Oracle>()) {
    this.plan = plan;
    this.time = time;
    this.proposed = proposed;
  }

  /** The first violation is the cause; those after it are its consequences. */
  fail(invariant: string, what: string): void {
    this.failure ??= new Violation(invariant, `${what}, at ${this.time.nowMs} ms`);
  }

  coin(id: TokenId): CoinTruth {
    const number = tokenNumber(id);
    let coin = this.coins.get(number);
    if (!coin) {
      coin = new CoinTruth({ dn: id.dn, sn: id.sn }, this.coins.size, this.plan.relays);
      this.coins.set(number, coin);
    }
    return coin;
  }

  /** A RAIDA set a secret. */
  changed(raida: number, id: TokenId, an: Uint8Array, actor: Actor): void {
    const coin = this.coin(id);
    const ours = actor === 'wallet' || actor === 'relay';
    coin.held[raida] = fingerprint(an);
    this.#weigh(coin, raida);
    if (!coin.imported) return;
    const foreign = Number(!ours && coin.known[raida] === 0);
    if (!ours || coin.known[raida] === 1) {
      coin.foreignCount += foreign - coin.foreign[raida]!;
      coin.foreign[raida] = foreign;
    }
    if (actor === 'fate') coin.rolledBack = true;
    if (actor === 'other device') coin.rolledBack = coin.elsewhere = true;
    this.checkKnown(coin);
    const stolen = coin.spendable && !coin.sent && !coin.rolledBack && coin.ownCount < QUORUM;
    if (stolen && actor === 'previous owner') {
      this.fail('I7', `${tokenKey(id)} was spendable, and a previous owner took it back`);
    }
  }

  /** A secret has become durable. `exclusive`: nobody else was ever given it. */
  learn(coin: CoinTruth, raida: number, secret: Uint8Array, exclusive: boolean): void {
    const print = fingerprint(secret);
    const cell = coin.cell(raida);
    const before = this.known.get(print);
    if (exclusive && before !== undefined) {
      this.fail('I11', `a secret of ${tokenKey(coin.id)} was proposed twice`);
    }
    if (exclusive) {
      const proposer = this.proposed.get(print) ?? this;
      if (proposer !== this) {
        this.fail('I11', `a secret of ${tokenKey(coin.id)} was proposed on two devices`);
      }
      this.proposed.set(print, this);
    }
    if (before !== cell) {
      this.known.set(print, cell);
      coin.candidates[raida]!.push(secret);
    }
    if (exclusive) this.own.add(print);
    if (coin.held[raida] === print) this.#weigh(coin, raida);
  }

  /** The secret that a Fix leads to. The same PG may be stored again, for a second try. */
  learnFixed(coin: CoinTruth, raida: number, secret: Uint8Array): void {
    const before = this.known.get(fingerprint(secret));
    this.learn(coin, raida, secret, before !== coin.cell(raida));
  }

  /** From now on it is to be moved to new secrets of ours. */
  takenBack(coin: CoinTruth, again: boolean): void {
    this.importedNow(coin, again);
  }

  /** A secret was given to somebody else. */
  share(coin: CoinTruth, raida: number, secret: Uint8Array): void {
    const print = fingerprint(secret);
    this.own.delete(print);
    if (coin.held[raida] === print) this.#weigh(coin, raida);
  }

  knows(coin: CoinTruth, raida: number, secret: Uint8Array): boolean {
    return this.known.get(fingerprint(secret)) === coin.cell(raida);
  }

  #weigh(coin: CoinTruth, raida: number): void {
    const held = coin.held[raida]!;
    const known = Number(this.known.get(held) === coin.cell(raida));
    const own = Number(known === 1 && this.own.has(held));
    coin.knownCount += known - coin.known[raida]!;
    coin.ownCount += own - coin.own[raida]!;
    coin.known[raida] = known;
    coin.own[raida] = own;
    if (coin.ownCount >= QUORUM && coin.ownSinceMs === 0) coin.ownSinceMs = this.time.nowMs;
  }

  /** I6: 13 RAIDA hold a secret that is durable, but for what others did meanwhile. */
  checkKnown(coin: CoinTruth): void {
    if (!coin.good || this.restoring) return;
    if (coin.knownCount + coin.foreignCount < coin.floor) {
      this.fail('I6', `${tokenKey(coin.id)} is known at ${coin.knownCount} RAIDA only`);
    }
  }

  /** A coin now stands in what is durable. */
  importedNow(coin: CoinTruth, again: boolean): void {
    if (!coin.imported) {
      coin.imported = true;
      this.imported.push(coin);
    }
    coin.sent = false;
    if (again) return;
    coin.good = coin.knownCount >= QUORUM;
    // Where 13 know it and no more, the first move risks one of them: nothing else can be done
    // without a key token. One that comes with 12 is not ours to lose.
    coin.floor = Math.min(QUORUM, coin.knownCount - 1);
    coin.foreign.fill(0);
    coin.foreignCount = 0;
    coin.spendable = false;
    for (let raida = 0; raida < RAIDA_COUNT; raida++) coin.close(raida);
  }

  /** The run begins with coins that have settled long ago. */
  adoptAll(): void {
    for (const coin of this.imported) {
      coin.good = true;
      coin.floor = QUORUM;
      coin.spendable = true;
      coin.ownSinceMs = 1;
    }
  }

  /** A process that starts again has proofs of nothing. */
  forgetProofs(): void {
    for (const { proofs } of this.imported) for (const all of proofs) all.length = 0;
  }

  /** All of it anew, for a look at what is durable after something of it was lost. */
  forgetAll(servers: Servers): void {
    this.known.clear();
    this.own.clear();
    this.imported.length = 0;
    for (const coin of this.coins.values()) {
      for (const all of coin.candidates) all.length = 0;
      coin.pgs.length = 0;
      coin.imported = false;
      for (let raida = 0; raida < RAIDA_COUNT; raida++) {
        const an = servers.read(raida, coin.id);
        if (an) coin.held[raida] = fingerprint(an);
        this.#weigh(coin, raida);
      }
    }
  }
}
