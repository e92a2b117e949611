import {
  COMMANDS,
  DEFAULT_COIN_ID,
  DEFAULT_UDP_MAX_BYTES,
  encodeCoinFile,
  ENCRYPTION_TYPE,
  isChallengeSealed,
  openRequestBody,
  QUORUM,
  RAIDA_COUNT,
  readRequestHeader,
  SECRET_BYTES,
  toHex,
  type Token,
  type TokenId,
  tokenKey,
} from '@raida-wallet/protocol';
import { handleRequest, MemoryTokenStore, type NodePorts } from '@raida-wallet/raida/node';
import {
  type Exchange,
  type ExchangeResult,
  type StoredWallet,
  StoreError,
  type StorePort,
  type TransportPort,
} from '@raida-wallet/web/wallet/ports';
import { inspectFiles } from '@raida-wallet/web/wallet/offer';
import { engine } from '@raida-wallet/web/wallet/engine';
import { type GivenSeed, Wallet } from '@raida-wallet/web/wallet/wallet';

import {
  type Faults,
  type HostileRelay,
  NO_FAULTS,
  type Sent,
  ticketParts,
  Violation,
} from './faults.ts';
import { simulatedNode, type Surroundings } from './simulated-node.ts';
import { derivedSecrets } from './derived-secrets.ts';
import { Chance, VirtualTime } from './virtual-time.ts';

/**
 * 25 RAIDA, a network, a durable store and one wallet that can be killed: all in memory, all from
 * one seed. The RAIDA run the real node's request handler. The oracle reads what they really hold
 * and what is really stored; it never asks the wallet.
 */
export class World {
  readonly time = new VirtualTime();
  readonly chance: Chance;
  readonly nodes: MemoryTokenStore[] = [];
  readonly down = new Set<number>();
  readonly silent = new Set<number>();
  readonly sent: Sent[] = [];
  readonly imported: TokenId[] = [];
  faults: Faults = NO_FAULTS;
  relay: HostileRelay | null = null;
  /** Asked before every write of the journal: whether the store fails this time. */
  appendFails: () => boolean = () => false;
  /** How far the device's clock is off, in milliseconds; may change at any time. */
  clockErrorMs = 0;
  wallet: Wallet | null = null;
  connect: () => void = () => undefined;
  /** Where a kill can happen, counted: every await, commit and send. */
  moments = 0;
  killAtMoment = Infinity;
  kills = 0;
  failure: unknown = null;
  readonly #ports: NodePorts[] = [];
  readonly #stored: Uint8Array[] = [];
  readonly #nonces = new Set<string>();
  readonly #challenges = new Set<string>();
  readonly #known = new Set<string>();
  readonly #derived = new Set<string>();
  readonly #changed: TokenId[] = [];
  readonly #taken = new Set<string>();
  #nextSn = 1;
  #life = 0;

  constructor(seed: number) {
    this.chance = new Chance(seed);
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      const store = new MemoryTokenStore();
      this.nodes.push(store);
      this.#ports.push(simulatedNode(raida, store, this.#surroundings()));
    }
  }

  #surroundings(): Surroundings {
    return {
      now: () => this.time.now(),
      fill: (bytes) => this.chance.fill(bytes),
      portsOf: (raida) =>
        this.down.has(raida) || this.silent.has(raida) ? null : this.#ports[raida]!,
      report: (error) => {
        this.failure ??= error;
      },
    };
  }

  /** New tokens that the RAIDA know, but for those at which they are fracked. */
  issue(count: number, unknownAt: readonly number[] = []): Token[] {
    return Array.from({ length: count }, () => {
      const sn = this.#nextSn++;
      const ans = Array.from({ length: RAIDA_COUNT }, () => this.secret());
      const token = { dn: (sn % 15) - 8, sn, ans };
      ans.forEach((an, raida) => {
        const known = !unknownAt.includes(raida);
        this.setSecret(token, raida, known ? an : this.secret());
      });
      return token;
    });
  }

  secret(): Uint8Array {
    const secret = new Uint8Array(SECRET_BYTES);
    this.chance.fill(secret);
    return secret;
  }

  /** Opens the wallet, as a browser that was just started would; later `connect`s it, or at once. */
  async start(given?: GivenSeed, connects = true): Promise<void> {
    const life = ++this.#life;
    const clock = {
      now: () => this.time.now() + this.clockErrorMs,
      steadyMs: () => this.time.now(),
      sleep: (ms: number) => this.#alive(life, this.time.sleep(ms)),
    };
    const random = { fill: (bytes: Uint8Array) => this.chance.fill(bytes) };
    const ports = { store: this.#store(life), clock, random };
    const failed = (error: unknown) => {
      this.failure ??= error;
    };
    const opening = Wallet.open(ports, { changed: () => undefined, failed }, given);
    let opened: Wallet | null = null;
    void opening.then((wallet) => {
      if (life !== this.#life) return;
      opened = wallet;
      this.wallet = wallet;
      const network = { coinId: DEFAULT_COIN_ID, udpMaxBytes: DEFAULT_UDP_MAX_BYTES };
      const transport = this.#transport(life);
      wallet.load(engine);
      this.connect = () =>
        wallet.connect(new engine.Requester({ transport, clock, random }, network));
      if (connects) this.connect();
    });
    await this.time.run(() => opened !== null || life !== this.#life, 60_000);
  }

  /** The process is gone: nothing that it waits for ever comes. */
  kill(): void {
    this.#life++;
    this.kills++;
    this.wallet = null;
  }

  /** Accepts these tokens as a file, until that is stored or the wallet is killed. */
  async deposit(tokens: readonly Token[]): Promise<void> {
    const { wallet } = this;
    if (!wallet) throw new Error('the wallet is not open');
    const life = this.#life;
    const bytes = encodeCoinFile(tokens, { coinId: DEFAULT_COIN_ID });
    const offer = wallet.inspect(inspectFiles, [{ name: 'coins.bin', bytes }], DEFAULT_COIN_ID);
    let ended = false;
    let refused: unknown = null;
    wallet.accept(offer.id).then(
      () => (ended = true),
      (error: unknown) => {
        ended = true;
        refused = error;
      },
    );
    await this.time.run(() => ended || life !== this.#life, 60_000);
    if (refused) throw refused as Error;
    // A kill may have come after the commit, and before its word.
    if (this.isStored(tokens[0]!.ans[0]!)) this.imported.push(...tokens);
  }

  /**
   * A previous owner's Fix: from now on these RAIDA hold a secret of his. What the wallet still knows
   * of the coin is no longer its doing, so it is not looked at any more.
   */
  takeBack(token: Token, raidas: readonly number[]): void {
    this.#taken.add(tokenKey(token));
    for (const raida of raidas) this.setSecret(token, raida, this.secret());
  }

  /** Sets what a RAIDA holds, past its protocol. */
  setSecret(token: TokenId, raida: number, secret: Uint8Array): void {
    this.nodes[raida]!.change((writer) => {
      writer.write(token, secret);
    });
  }

  /** Runs until the wallet's view says so; a wallet that was killed is started again. */
  async until(done: (wallet: Wallet) => boolean, forMs: number): Promise<boolean> {
    const endMs = this.time.now() + forMs;
    while (this.time.now() < endMs) {
      if (!this.wallet) await this.start();
      const settled = await this.time.run(
        () => this.failure !== null || this.wallet === null || done(this.wallet),
        endMs - this.time.now(),
      );
      if (this.failure) throw this.failure as Error;
      if (settled && this.wallet) return true;
    }
    return false;
  }

  /** What every candidate that is durable would open, by RAIDA: the ANs the wallet cannot lose. */
  holdsKnownSecret(token: TokenId, raida: number): boolean {
    const an = this.nodes[raida]!.read(token);
    return an !== undefined && this.isStored(an);
  }

  /** Whether these 16 bytes stand in what is durable. What was once stored stays stored (I2). */
  isStored(secret: Uint8Array): boolean {
    const name = toHex(secret);
    if (this.#known.has(name) || this.#derived.has(name)) return true;
    const found = this.#stored.some((entry) =>
      Buffer.from(entry.buffer).includes(Buffer.from(secret)),
    );
    if (found) this.#known.add(name);
    return found;
  }

  /** Forgets what was found before: for a last look at what is really stored. */
  checkAllAfresh(): void {
    this.#known.clear();
    for (const token of this.imported) this.#checkKnown(token);
  }

  /**
   * I6, by the oracle: wherever a token is on its way, 13 RAIDA hold a secret that is stored. Only
   * tokens of which a RAIDA just changed a secret are looked at.
   */
  #checkChanged(): void {
    for (const token of this.#changed.splice(0)) this.#checkKnown(token);
  }

  #guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.failure ??= error;
    }
  }

  #checkKnown(token: TokenId): void {
    // A decoy exists nowhere.
    if (this.#taken.has(tokenKey(token)) || !this.nodes.some((node) => node.read(token))) return;
    let known = 0;
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      if (this.holdsKnownSecret(token, raida)) known++;
    }
    if (known < QUORUM) throw new Violation(`I6: ${tokenKey(token)} is known at ${known} RAIDA`);
  }

  async #alive<T>(life: number, promise: Promise<T>): Promise<T> {
    const value = await promise;
    this.#moment(life);
    if (life !== this.#life) await new Promise<never>(() => undefined);
    return value;
  }

  #moment(life: number): void {
    if (life !== this.#life) return;
    if (this.moments++ === this.killAtMoment) this.kill();
  }

  #store(life: number): StorePort {
    const write = (change: () => void) =>
      this.#alive(
        life,
        this.#alive(life, this.time.sleep(1 + this.chance.below(5))).then(() => {
          change();
        }),
      );
    return {
      load: (): Promise<StoredWallet> => {
        const entries = this.#stored.map((entry) => entry.slice());
        return Promise.resolve({ entries, journalEntries: entries.length });
      },
      append: (entry) =>
        write(() => {
          if (this.appendFails()) throw new StoreError('There is no room left on this device.');
          this.#stored.push(entry.slice());
          for (const secret of derivedSecrets(entry)) this.#derived.add(secret);
        }),
      compact: (entries) =>
        write(() => this.#stored.splice(0, Infinity, ...entries.map((entry) => entry.slice()))),
    };
  }

  #transport(life: number): TransportPort {
    return {
      exchange: (exchange) => {
        this.#moment(life);
        if (life !== this.#life) return new Promise(() => undefined);
        return this.#alive(life, this.#exchange(exchange));
      },
    };
  }

  #exchange({ raida, tcp, deadlineMs, frame }: Exchange): Promise<ExchangeResult> {
    const sent = this.#inspect(raida, tcp, frame);
    const { relay } = this;
    return new Promise((resolve) => {
      const silence = (why: 'timeout' | 'refused') => resolve({ kind: 'silence', why });
      this.time.at(this.time.now() + deadlineMs, () => silence('timeout'));
      if (this.down.has(raida)) {
        this.time.at(this.time.now() + this.#latencyMs(), () => silence('refused'));
        return;
      }
      const copies = tcp ? 1 : 1 + Number(this.chance.hits(this.faults.duplicateRate));
      for (let copy = 0; copy < copies; copy++) {
        if (this.#isLost(tcp)) continue;
        this.time.at(this.time.now() + this.#latencyMs(), () => {
          if (this.down.has(raida) || this.silent.has(raida)) return;
          const answer = (reply: Uint8Array | null) => {
            if (reply === null || this.#isLost(tcp)) return;
            this.time.at(this.time.now() + this.#latencyMs(), () => {
              resolve({ kind: 'reply', bytes: reply });
            });
          };
          // A Fix waits for other RAIDA, and hostile relays have no way with those.
          const serve = (bytes: Uint8Array) => this.#serve(sent, bytes, answer);
          answer(relay ? relay(sent, frame.slice(), serve) : serve(frame));
        });
      }
    });
  }

  /** Whatever the command was called when it left: the RAIDA may have been told another. */
  #serve(
    { raida, name, tokens }: Sent,
    frame: Uint8Array,
    later: (reply: Uint8Array | null) => void,
  ): Uint8Array | null {
    const reply = handleRequest(frame.slice(), this.#ports[raida]!);
    if (this.relay || name === COMMANDS.pown.name) this.#changed.push(...tokens);
    this.#guard(() => this.#checkChanged());
    if (!(reply instanceof Promise)) return reply;
    void reply.then((bytes) => {
      this.#changed.push(...tokens);
      this.#guard(() => this.#checkChanged());
      later(bytes);
    });
    return null;
  }

  #isLost(tcp: boolean): boolean {
    return !tcp && this.chance.hits(this.faults.lossRate);
  }

  #latencyMs(): number {
    const { latencyMs, slowRate, slowFactor } = this.faults;
    const factor = this.chance.hits(slowRate) ? slowFactor : 1;
    return latencyMs * factor * (0.5 + this.chance.next());
  }

  /** I1 and I11, on the bytes that leave: read as the addressed RAIDA reads them. */
  #inspect(raida: number, tcp: boolean, frame: Uint8Array): Sent {
    const copy = frame.slice();
    const header = readRequestHeader(copy);
    const keyToken = { dn: header.keyDn, sn: header.keySn };
    const key = this.nodes[raida]!.read(keyToken) ?? null;
    const command = Object.values(COMMANDS).find(
      ({ group, code }) => group === header.group && code === header.code,
    )!;
    const nonce = toHex(header.nonce);
    if (this.#nonces.has(nonce)) throw new Violation('I11: a nonce was used twice');
    this.#nonces.add(nonce);
    const { challenge, payload } = openRequestBody(copy, header, key);
    const readable = isChallengeSealed(challenge);
    if (readable && this.#challenges.has(toHex(challenge))) {
      throw new Violation('I11: a challenge was used twice');
    }
    this.#challenges.add(toHex(challenge));
    const request = readable ? command.decodeRequest(payload) : {};
    const tokens =
      'tokens' in request ? (request.tokens as (TokenId & { pan?: Uint8Array })[]) : [];
    const sent = {
      raida,
      tcp,
      name: command.name,
      key: tokenKey(keyToken),
      tokens,
      encrypted: header.encryptionType !== ENCRYPTION_TYPE.none,
      ...ticketParts(request),
    };
    this.sent.push(sent);
    for (const { pan } of tokens) {
      if (pan && !this.isStored(pan)) throw new Violation('I1: a PAN left before it was stored');
    }
    return sent;
  }
}
