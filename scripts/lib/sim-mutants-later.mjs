/** Deliberate faults in what happens to coins once they have come in (see `sim-mutants.mjs`). */
import { wallet } from './sim-mutation.mjs';

/** @typedef {import('./sim-mutation.mjs').Mutant} Mutant */

/** @type {readonly Mutant[]} */
const SETTLING = [
  {
    name: 'settle not awaited',
    breaks: 'calls coins ours while a previous owner has tickets',
    mutations: [wallet('limits.ts', 'SETTLE_AFTER_MS = 360_000', 'SETTLE_AFTER_MS = 1_000')],
  },
  {
    name: 'not proven again',
    breaks: 'calls coins ours by proofs from before the tickets ran out',
    mutations: [
      wallet(
        'ledger-apply.ts',
        'if (!isOwn(token, raida) || token.provenAtMs[raida]! < settlesAtMs) continue;',
        'if (!isOwn(token, raida) || settlesAtMs === 0) continue;',
      ),
    ],
  },
  {
    name: 'settles with 9',
    breaks: 'calls coins ours with fewer than 13 proofs',
    only: 'deposit',
    mutations: [
      wallet(
        'ledger-apply.ts',
        'if (since.length < QUORUM) return;',
        'if (since.length < 9) return;',
      ),
      wallet('ledger-apply.ts', 'a - b)[QUORUM - 1]!', 'a - b)[since.length - 1]!'),
    ],
  },
  {
    name: 'proofs that were never true at once',
    breaks: 'waits from 13 proofs of which some were taken back before the last',
    only: 'deposit',
    mutations: [
      wallet(
        'ledger-apply.ts',
        'if (togetherSinceMs <= token.claimedAtMs)',
        'if (togetherSinceMs > 0)',
      ),
    ],
  },
  {
    name: 'believes the clock',
    breaks: 'measures the wait by a clock that anybody can set',
    mutations: [
      wallet(
        'steady-clock.ts',
        'return this.#startMs + this.#clock.steadyMs() - this.#startedAtSteadyMs;',
        'return Math.max(this.#startMs, this.#clock.now() + 0 * this.#startedAtSteadyMs);',
      ),
    ],
    only: 'set the clock',
  },
];

/** @type {readonly Mutant[]} */
const HEALING = [
  {
    name: 'same PG everywhere',
    breaks: 'shows one PG to all RAIDA, so that each can compute what the others hold',
    only: 'frack',
    mutations: [
      wallet(
        'vault.ts',
        'return chacha20(this.#pgKey, nonce, new Uint8Array(ROW_BYTES));',
        `const pgs = chacha20(this.#pgKey, nonce, new Uint8Array(ROW_BYTES));
    return pgs.map((_, i) => pgs[i % 16]!);`,
      ),
    ],
  },
  {
    name: 'PG reused',
    breaks: 'uses the PGs of one repair for other coins again',
    only: 'frack',
    mutations: [wallet('runner.ts', 'return this.#fixCounter++;', 'return 7;')],
  },
  {
    name: 'tickets not burnt',
    breaks: 'shows tickets that can be used against the other RAIDA',
    only: 'frack',
    mutations: [
      wallet(
        'heal.ts',
        "return begin(op, 'sealing', groups, asked, true) ?? armFixes",
        'return armFixes',
      ),
      wallet(
        'heal-tickets.ts',
        'if (worst === null) return true;',
        'if (worst !== -1) return true;',
      ),
    ],
  },
  {
    name: 'many claims left',
    breaks: 'shows tickets of which more than one can still be claimed at another RAIDA',
    only: 'frack',
    mutations: [
      wallet('heal-tickets.ts', 'mostUnsealed(group) <= MAX_UNSEALED', 'mostUnsealed(group) <= 6'),
    ],
  },
  {
    name: 'burnt tickets not counted',
    breaks: 'trusts that every claim has come through',
    only: 'frack',
    mutations: [
      wallet(
        'heal-tickets.ts',
        'if (worst === null) return true;',
        'if (worst !== -1) return true;',
      ),
    ],
  },
  {
    name: 'new PG at every try',
    breaks: 'forgets the PG of a Fix that may still be carried out',
    only: 'frack',
    mutations: [
      wallet(
        'heal.ts',
        "const counter = origin.kind === 'fix' ? origin.counter : null;",
        "const counter = origin.kind === 'imported' ? 0 : null;",
      ),
      wallet(
        'ledger-check.ts',
        "assert(free, 'an open Fix keeps its PG');",
        'assert(free || true);',
      ),
    ],
  },
  {
    name: 'too few tickets',
    breaks: 'shows fewer tickets than a Fix needs',
    only: 'frack',
    mutations: [wallet('limits.ts', 'MAX_TICKETS = 16', 'MAX_TICKETS = 12')],
  },
  {
    name: 'fixed secrets not looked for',
    breaks: 'does not know what its own Fix has set',
    only: 'frack',
    mutations: [
      wallet(
        'token-record.ts',
        'return row === token.ownRow || (row > token.ownRow && isFixRow(token, row));',
        'return row === token.ownRow;',
      ),
    ],
  },
];

/** @type {readonly Mutant[]} */
const SENDING = [
  {
    name: 'sent twice',
    breaks: 'puts a coin into a second file',
    only: 'send',
    mutations: [
      wallet(
        'token-record.ts',
        'token.settledAtMs === 0 || token.sent !== 0 ||',
        'token.settledAtMs === 0 ||',
      ),
    ],
  },
  {
    name: 'restore without a window',
    breaks: 'looks only where the list says, though more has happened since',
    only: 'restore',
    mutations: [wallet('limits.ts', 'RESTORE_WINDOW = 3', 'RESTORE_WINDOW = 0')],
  },
  {
    name: 'sent while moving',
    breaks: 'exports a coin of which a mutation is open',
    only: 'send',
    mutations: [
      wallet(
        'token-record.ts',
        'return countRaidas((raida) => token.target[raida] !== NONE || token.doubt[raida] !== 0) === 0;',
        'return countRaidas((raida) => token.rows.length === raida) < 2;',
      ),
    ],
  },
  {
    name: 'not taken back',
    breaks: 'calls coins taken back without moving them',
    only: 'take back',
    mutations: [
      wallet(
        'ledger-apply.ts',
        '    beginAnew(token);\n    token.sent = entry.send;',
        '    token.sent = 0 * entry.send;',
      ),
    ],
  },
  {
    name: 'old proofs count',
    breaks: 'counts servers among those that know a coin by proofs from before it was sent',
    only: 'take back',
    mutations: [
      wallet('operation-state.ts', ' && hints[raida] !== HINT.denied,', ','),
      wallet(
        'ledger-apply.ts',
        'token.proven.fill(NONE);',
        'token.proven.fill(NONE, RAIDA_COUNT);',
      ),
    ],
  },
  {
    name: 'no decoys',
    breaks: 'sends an AN where a relay can make a POWN of the request',
    only: 'repair',
    mutations: [
      wallet(
        'ticket-asks.ts',
        'if (all.length % TOKEN_AN_PAN_BYTES === 0) {',
        'if (all.length < 0) {',
      ),
    ],
  },
  {
    name: 'counters begin anew',
    breaks: 'derives secrets again that another device may have proposed',
    only: 'restore',
    mutations: [wallet('runner.ts', 'panFloor: () => ledger.floors.pan,', 'panFloor: () => 0,')],
  },
];

/** @type {readonly Mutant[]} */
const DEVICES = [
  {
    name: 'other device not noticed',
    breaks: 'calls coins ours that another device with the same words has moved',
    only: 'other device',
    mutations: [
      wallet(
        'audit.ts',
        'for (const token of heard.denied) suspects.add(token);',
        'for (const token of heard.denied) suspects.delete(token);',
      ),
    ],
  },
  {
    name: 'asks under keys that are gone',
    breaks: 'goes on keying its questions with coins that the other device has moved',
    only: 'other device',
    mutations: [
      wallet(
        'runner.ts',
        'const doubted = (token: TokenRecord) => this.isDoubted(token);',
        'const doubted = (token: TokenRecord) => token.rows.length === 0;',
      ),
      wallet(
        'operation-verdicts.ts',
        "if (ask.kind !== 'disown') return;",
        "if (ask.kind !== 'find') return;",
      ),
    ],
  },
  {
    name: 'gone coins stay ours',
    breaks: 'goes on sending what 13 RAIDA have disowned',
    only: 'other device',
    mutations: [
      wallet(
        'token-record.ts',
        'if (!isOwn(token, raida) || token.verdicts[raida]! >= VERDICTS_NEEDED) return false;',
        'if (!isOwn(token, raida) || token.verdicts[raida]! > 99 * VERDICTS_NEEDED) return false;',
      ),
    ],
  },
  {
    name: 'denials are believed',
    breaks: 'takes coins away by what anybody can write',
    mutations: [
      wallet(
        'operation-verdicts.ts',
        "if (outcome.kind === 'disowned' && current) stage.denials.push(cell);",
        "if (outcome.kind !== 'silent' && current) stage.denials.push(cell);",
      ),
    ],
  },
  {
    name: 'floors of a copy ignored',
    breaks: 'proposes again what another device with the same words has proposed',
    only: 'other device',
    mutations: [
      wallet(
        'ledger-apply.ts',
        'ledger.floors = { pan: Math.max(floors.pan, pan), fix: Math.max(floors.fix, fix) };',
        'ledger.floors = { pan: Math.min(floors.pan, pan), fix: Math.min(floors.fix, fix) };',
      ),
    ],
  },
  {
    name: 'goes on after a lock',
    breaks: 'sends what was waiting when the wallet was closed',
    only: 'lock',
    mutations: [
      wallet(
        'wallet.ts',
        'this.#isClosed = true;\n    this.#runner?.stop();',
        'this.#isClosed = true;',
      ),
    ],
  },
  {
    name: 'locked while it stores',
    breaks: 'calls the wallet closed while an entry is on its way into the store',
    only: 'lock',
    mutations: [
      wallet(
        'journal-queue.ts',
        'this.#closed = true;\n    await this.#last;',
        'this.#closed = true;\n    await Promise.resolve(this.#closed);',
      ),
    ],
  },
];

export const LATER_MUTANTS = [...SETTLING, ...HEALING, ...SENDING, ...DEVICES];
