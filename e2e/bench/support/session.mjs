/**
 * The wallet as a browser runs it, but for the browser: its store is in memory and outlives it, its
 * clock can be made to run ahead, and its transport speaks to a real relay.
 */
import { randomFillSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RAIDA_COUNT, tokenKey } from '@raida-wallet/protocol';
import { engine } from '@raida-wallet/web/wallet/engine';
import { decodeEntry } from '@raida-wallet/web/wallet/journal';
import { newLedger } from '@raida-wallet/web/wallet/ledger';
import { apply } from '@raida-wallet/web/wallet/ledger-apply';
import { inspectFiles } from '@raida-wallet/web/wallet/offer';
import { secretAt } from '@raida-wallet/web/wallet/secrets';
import { Wallet } from '@raida-wallet/web/wallet/wallet';
import { connectRelay } from './relay-client.mjs';

/** Longer than any phase takes; what is not done by then hangs. */
const PHASE_MS = 300_000;

/** @typedef {import('@raida-wallet/web/wallet/view-types').WalletView} WalletView */
/** @typedef {{ relayPort: number, coinId: number, udpMaxBytes: number }} Network */
/** @typedef {{ dn: number, sn: number }} TokenId */

/** What is durable. */
export class Entries {
  /** @type {Uint8Array[]} */
  all = [];

  /**
   * What the wallet would know after a start, by its own rules: one secret for each server.
   *
   * @param {readonly TokenId[]} tokens
   * @returns {string[][]} hexadecimal, by token and RAIDA
   */
  provenSecrets(tokens) {
    const ledger = newLedger();
    for (const entry of this.all) apply(ledger, decodeEntry(entry));
    return tokens.map((token) => {
      const record = ledger.tokens.get(tokenKey(token));
      if (!record) throw new Error('a token is not in the wallet');
      return Array.from({ length: RAIDA_COUNT }, (_, raida) => {
        const an = secretAt(record, record.proven[raida] ?? record.ownRow, raida);
        return Buffer.from(an).toString('hex');
      });
    });
  }
}

export class Session {
  /**
   * @param {Entries} entries
   * @param {Network} network
   */
  static async open(entries, network) {
    const client = await connectRelay(network.relayPort);
    const session = new Session(entries, network, client);
    session.wallet = await Wallet.open(session.#ports, {
      changed: () => session.#look(),
      failed: (error) => session.#fail(error),
    });
    return session;
  }

  /** @type {(view: WalletView) => boolean} */
  #isDone = () => false;
  /** @type {() => void} */
  #done = () => {};
  #lookPending = false;
  /** @type {(error: unknown) => void} */
  #fail = (error) => {
    throw error;
  };
  /** How far the clock is ahead of the machine's. */
  #aheadMs = 0;
  #network;
  #ports;

  /**
   * @param {Entries} entries
   * @param {Network} network
   * @param {import('./relay-client.mjs').RelayClient} client
   */
  constructor(entries, network, client) {
    this.client = client;
    this.#network = network;
    const write = (/** @type {() => void} */ change) => {
      if (client.frozen) return new Promise(() => {});
      change();
      return Promise.resolve();
    };
    this.#ports = {
      clock: {
        now: () => Date.now() + this.#aheadMs,
        steadyMs: () => performance.now() + this.#aheadMs,
        sleep: (/** @type {number} */ ms) => sleep(ms, undefined, { ref: false }),
      },
      random: { fill: (/** @type {Uint8Array} */ bytes) => void randomFillSync(bytes) },
      store: {
        load: () =>
          Promise.resolve({ entries: [...entries.all], journalEntries: entries.all.length }),
        append: (/** @type {Uint8Array} */ entry) =>
          write(() => void entries.all.push(entry.slice())),
        compact: (/** @type {readonly Uint8Array[]} */ compacted) =>
          write(() => void (entries.all = compacted.map((entry) => entry.slice()))),
      },
    };
  }

  /** From now on it may send, and goes on with what it finds unfinished. */
  connect() {
    const { clock, random } = this.#ports;
    const ports = { transport: this.client, clock, random };
    this.wallet.load(engine);
    this.wallet.connect(new engine.Requester(ports, this.#network));
  }

  /** So much time passes at once. */
  passTime(ms) {
    this.#aheadMs += ms;
    this.wallet.retryNow();
  }

  /** @param {Uint8Array} file */
  accept(file) {
    const { coinId } = this.#network;
    const offer = this.wallet.inspect(inspectFiles, [{ name: 'coins.bin', bytes: file }], coinId);
    return this.wallet.accept(offer.id);
  }

  /**
   * Runs until the view says so. The view is looked at when nothing is on its way, which every round
   * and every commit ends with: that is exact, and costs the wallet next to nothing.
   *
   * @param {(view: WalletView) => boolean} isDone
   * @param {() => unknown} begin
   */
  async run(isDone, begin) {
    let late;
    const finished = new Promise((resolve, reject) => {
      this.#isDone = isDone;
      this.#done = () => resolve(undefined);
      this.#fail = reject;
      late = setTimeout(() => reject(new Error(`it does not end: ${this.#describe()}`)), PHASE_MS);
    });
    try {
      await Promise.all([begin(), finished]);
    } finally {
      clearTimeout(late);
      this.#isDone = () => false;
    }
  }

  /** Resolves after POWNs for so many tokens were answered, and the wallet is dead by then. */
  async killAfterMoves(moves, begin) {
    await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('it does not move')), PHASE_MS);
      this.client.onMove = () => {
        if (this.client.moved < moves) return;
        clearTimeout(late);
        this.client.close();
        resolve(undefined);
      };
      Promise.resolve(begin()).catch(reject);
    });
  }

  close() {
    this.client.close();
  }

  /** What the page would show, in short. */
  #describe() {
    const { deposits, repair, owned, settling } = this.wallet.view();
    const { sent, isIdle } = this.client;
    const known = { deposits, repair, owned, settling, frames: sent.length, isIdle };
    return JSON.stringify(known, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
  }

  /** Once after everything that is ready in this turn, and what that has sent, has been done. */
  #look() {
    if (this.#lookPending) return;
    this.#lookPending = true;
    setImmediate(() => {
      this.#lookPending = false;
      if (this.client.isIdle && this.#isDone(this.wallet.view())) this.#done();
    });
  }
}
