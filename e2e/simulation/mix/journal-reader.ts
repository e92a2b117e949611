import {
  DEFAULT_COIN_ID,
  derivePanOfFix,
  QUORUM,
  RAIDA_COUNT,
  readCoinFile,
  SECRET_BYTES,
  TICKET_LIFETIME_MS,
  tokenKey,
} from '@raida-wallet/protocol';
import { decodeEntry, type Entry } from '@raida-wallet/web/wallet/journal';
import { forEachRaida, type Ledger, newLedger, unpackIds } from '@raida-wallet/web/wallet/ledger';
import { apply } from '@raida-wallet/web/wallet/ledger-apply';
import { secretAt } from '@raida-wallet/web/wallet/secrets';
import { isDisowned } from '@raida-wallet/web/wallet/token-record';

import { type CoinTruth, fingerprint, OPEN } from './coin-truth.ts';
import type { Datagrams } from './datagrams.ts';
import type { Oracle } from './oracle.ts';

const ROW_BYTES = RAIDA_COUNT * SECRET_BYTES;

/**
 * Reads what is durable, entry by entry, and holds it against what is true. The ledger is the
 * wallet's own reader of the same bytes: it says what the wallet would believe after a start, and
 * each belief is judged by what the RAIDA hold.
 */
export class JournalReader {
  readonly #oracle: Oracle;
  readonly #datagrams: Datagrams;
  ledger: Ledger = newLedger();
  entries = 0;
  /** Whether entries are read that were judged before. */
  #again = false;

  constructor(oracle: Oracle, datagrams: Datagrams) {
    this.#oracle = oracle;
    this.#datagrams = datagrams;
  }

  /** I3: an entry that was written by whoever has the wallet is durable now. */
  written(bytes: Uint8Array, writer: number, current: number): void {
    if (writer !== current) this.#oracle.fail('I3', 'a tab that lost the wallet wrote to it');
    this.appended(bytes);
  }

  appended(bytes: Uint8Array): void {
    this.#read(decodeEntry(bytes));
  }

  #read(entry: Entry): void {
    this.entries++;
    if (entry.kind === 'send' && !this.#again) this.#expectOurs(entry.ids);
    try {
      apply(this.ledger, entry);
    } catch (error) {
      const what = error instanceof Error ? error.message : 'an error';
      this.#oracle.fail('journal', `an entry was stored that cannot be applied: ${what}`);
      return;
    }
    this.#learn(entry);
    if (entry.kind === 'prove' && !this.#again) this.#judgeProofs(entry);
    if (entry.kind === 'verdict' && !this.#again) this.#judgeVerdicts(entry);
  }

  /** I10: what 13 RAIDA have disowned is not ours to give. */
  #expectOurs(ids: Uint8Array): void {
    for (const id of unpackIds(ids)) {
      const record = this.ledger.tokens.get(tokenKey(id));
      if (!record || !isDisowned(record)) continue;
      this.#oracle.fail('I10', `${tokenKey(id)} was sent, though 13 RAIDA say that it is gone`);
    }
  }

  /** All of it anew: after something that was durable was lost. */
  readAgain(entries: readonly Uint8Array[]): void {
    this.ledger = newLedger();
    this.#again = true;
    for (const bytes of entries) this.#read(decodeOnce(bytes));
    this.#again = false;
  }

  /** I2: entries that take the place of all others hold every secret that those held. */
  replaced(entries: readonly Uint8Array[]): void {
    const ledger = newLedger();
    for (const bytes of entries) apply(ledger, decodeEntry(bytes));
    this.ledger = ledger;
    for (const coin of this.#oracle.imported) {
      const record = ledger.tokens.get(tokenKey(coin.id));
      for (let raida = 0; raida < RAIDA_COUNT; raida++) {
        const held = record?.rows.map((_, row) => fingerprint(secretAt(record, row, raida)));
        const kept = coin.candidates[raida]!.every((one) => held?.includes(fingerprint(one)));
        if (!kept) this.#oracle.fail('I2', `a secret of ${tokenKey(coin.id)} was given up`);
      }
    }
  }

  #learn(entry: Entry): void {
    switch (entry.kind) {
      case 'import':
        return this.#learnImport(entry);
      case 'fix':
        return this.#learnFix(entry);
      case 'send':
        return this.#learnSend(entry);
      case 'take back': {
        for (const token of this.ledger.operations.get(entry.operation)?.tokens ?? []) {
          this.#oracle.takenBack(this.#oracle.coin(token), this.#again);
        }
        return;
      }
      case 'tokens':
        return this.#learnTokens(entry);
      case 'plan': {
        const { ids, secrets } = entry;
        unpackIds(ids).forEach((id, i) => {
          this.#learnRow(this.#oracle.coin(id), secrets, i * ROW_BYTES, true);
        });
        return;
      }
      default:
        return;
    }
  }

  #learnImport({ ids, rowCounts, secrets }: Entry & { kind: 'import' }): void {
    let offset = 0;
    unpackIds(ids).forEach((id, i) => {
      const coin = this.#oracle.coin(id);
      for (let row = 0; row < rowCounts[i]!; row++) {
        this.#learnRow(coin, secrets, offset, false);
        offset += ROW_BYTES;
      }
      this.#oracle.importedNow(coin, this.#again);
    });
  }

  /** Whole records: read again after something behind them was lost. */
  #learnTokens({ tokens, deposits }: Entry & { kind: 'tokens' }): void {
    for (const { id } of tokens) {
      for (const token of unpackIds(id)) this.#learnRecord(this.#oracle.coin(token));
    }
    for (const { send, ids } of deposits) {
      if (!send) continue;
      for (const token of readCoinFile(send.bytes, { coinId: DEFAULT_COIN_ID }).tokens) {
        const coin = this.#oracle.coin(token);
        for (const [raida, an] of token.ans.entries()) this.#oracle.share(coin, raida, an);
      }
      for (const token of unpackIds(ids)) {
        const record = this.ledger.tokens.get(tokenKey(token))!;
        if (record.sent !== 0 && record.claimedAtMs !== 0) this.#oracle.coin(token).sent = true;
      }
    }
  }

  #learnRecord(coin: CoinTruth): void {
    const record = this.ledger.tokens.get(tokenKey(coin.id))!;
    this.#oracle.importedNow(coin, true);
    for (const { origin } of record.rows) if (origin.kind === 'fix') coin.pgs.push(origin.pgs);
    record.rows.forEach(({ origin }, row) => {
      if (origin.kind === 'tampered') return;
      for (let raida = 0; raida < RAIDA_COUNT; raida++) {
        const secret = secretAt(record, row, raida);
        if (origin.kind === 'fix') this.#oracle.learnFixed(coin, raida, secret);
        else this.#oracle.learn(coin, raida, secret, origin.kind === 'pan');
      }
    });
  }

  /** What a Fix will make of these PGs is known from now on. */
  #learnFix({ groups }: Entry & { kind: 'fix' }): void {
    for (const { ids, raidas, pgs } of groups) {
      for (const id of unpackIds(ids)) this.#oracle.coin(id).pgs.push(pgs);
      forEachRaida(raidas, (raida) => {
        const pg = pgs.subarray(raida * SECRET_BYTES, (raida + 1) * SECRET_BYTES);
        this.#datagrams.durablePgs.add(fingerprint(pg));
        for (const id of unpackIds(ids)) {
          const coin = this.#oracle.coin(id);
          this.#oracle.learnFixed(coin, raida, derivePanOfFix(raida, id, pg));
          coin.fixing[raida] = 1;
        }
      });
    }
  }

  /** I10: what is exported is at rest, and worth what it says. Somebody else knows it from now on. */
  #learnSend({ bytes }: Entry & { kind: 'send' }): void {
    for (const token of readCoinFile(bytes, { coinId: DEFAULT_COIN_ID }).tokens) {
      const coin = this.#oracle.coin(token);
      if (coin.sent && !this.#again) this.#oracle.fail('I10', `${tokenKey(token)} was sent twice`);
      coin.sent = true;
      if (!this.#again) this.#judgeExport(coin, token.ans);
      for (const [raida, an] of token.ans.entries()) this.#oracle.share(coin, raida, an);
    }
  }

  #judgeExport(coin: CoinTruth, ans: readonly Uint8Array[]): void {
    const key = tokenKey(coin.id);
    if (coin.openCount() > 0) this.#oracle.fail('I10', `${key} was sent while it was moved`);
    if (!coin.spendable) this.#oracle.fail('I10', `${key} was sent before it was ours`);
    const good = ans.filter((an, raida) => coin.held[raida] === fingerprint(an)).length;
    if (good < QUORUM && !coin.rolledBack) {
      this.#oracle.fail('I10', `${key} was sent, but is good at ${good} RAIDA only`);
    }
  }

  #learnRow(coin: CoinTruth, secrets: Uint8Array, start: number, exclusive: boolean): void {
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      const at = start + raida * SECRET_BYTES;
      this.#oracle.learn(coin, raida, secrets.subarray(at, at + SECRET_BYTES), exclusive);
    }
  }

  /** I5 and I7: what is called proven was proven, and what is spendable is ours for good. */
  #judgeProofs({ groups }: Entry & { kind: 'prove' }): void {
    for (const { ids, raidas, row } of groups) {
      for (const id of unpackIds(ids)) {
        const coin = this.#oracle.coin(id);
        const record = this.ledger.tokens.get(tokenKey(id))!;
        forEachRaida(raidas, (raida) => {
          const print = fingerprint(secretAt(record, row, raida));
          if (!coin.proofs[raida]!.includes(print)) {
            this.#oracle.fail('I5', `${tokenKey(id)} at ${raida} was never proven`);
          }
          this.#closes(coin, raida, print);
        });
        const here = record.settledAtMs !== 0 && record.sent === 0;
        if (here && !coin.spendable) this.#judgeSettled(coin);
      }
    }
  }

  /**
   * Who is said to have disowned a coin does not hold it. A relay that flips the right bits can make it
   * seem so (docs/threat-model.md).
   */
  #judgeVerdicts({ groups }: Entry & { kind: 'verdict' }): void {
    if (this.#oracle.plan.hostile) return;
    for (const { ids, raidas } of groups) {
      for (const id of unpackIds(ids)) {
        const coin = this.#oracle.coin(id);
        forEachRaida(raidas, (raida) => {
          if (coin.known[raida] !== 1 || coin.rolledBack) return;
          this.#oracle.fail('verdict', `${tokenKey(id)} at ${raida} was never disowned`);
        });
      }
    }
  }

  #closes(coin: CoinTruth, raida: number, print: number): void {
    const { nowMs } = this.#oracle.time;
    const lapsed =
      coin.openKind[raida] === OPEN.fix && nowMs >= coin.openSinceMs[raida]! + TICKET_LIFETIME_MS;
    if (coin.openTarget[raida] === print || lapsed) coin.close(raida);
  }

  #judgeSettled(coin: CoinTruth): void {
    const key = tokenKey(coin.id);
    const { nowMs } = this.#oracle.time;
    coin.spendable = true;
    if (coin.ownCount < QUORUM && !coin.rolledBack) {
      this.#oracle.fail('I7', `${key} settled, but is ours at ${coin.ownCount} RAIDA only`);
    }
    const proved = coin.provedSince(coin.ownSinceMs + TICKET_LIFETIME_MS);
    if (proved < QUORUM && !coin.rolledBack) {
      this.#oracle.fail('I7', `${key} settled, but only ${proved} RAIDA have proved it again`);
    }
    if (nowMs < coin.ownSinceMs + TICKET_LIFETIME_MS) {
      this.#oracle.fail('I7', `${key} settled while a previous owner's tickets may live`);
    }
  }
}

/** Entries of templates are read at the beginning of most runs. Nobody changes an entry. */
const DECODED = new WeakMap<Uint8Array, Entry>();

function decodeOnce(bytes: Uint8Array): Entry {
  const entry = DECODED.get(bytes) ?? decodeEntry(bytes);
  DECODED.set(bytes, entry);
  return entry;
}
