/**
 * Deliberate faults (docs/simulation.md): each is a way to lose coins that some client of this network
 * has, or that ours came close to. `find` has to occur exactly once in its file, so that a fault that
 * no longer fits the source is noticed. `only` names an action that its runs have to contain, where
 * the fault lies in what few runs do.
 */

import { LATER_MUTANTS } from './sim-mutants-later.mjs';
import { wallet } from './sim-mutation.mjs';

/** @typedef {import('./sim-bundle.mjs').Mutation} Mutation */
/** @typedef {import('./sim-mutation.mjs').Mutant} Mutant */

const APPEND = 'await this.#store.append(encodeEntry(entry));';

/**
 * @param {string} kind of entry that is not stored
 * @returns {readonly Mutation[]}
 */
function notStored(kind) {
  return [wallet('journal-queue.ts', APPEND, `if (entry.kind !== '${kind}') ${APPEND}`)];
}

/** @type {readonly Mutant[]} */
const EVIDENCE = [
  {
    name: 'status trusted',
    breaks: 'believes a status 250 without its signature',
    mutations: [
      wallet(
        'requester.ts',
        'if (tried.authentic) return',
        'if (tried.authentic || tried.status === STATUS.success) return',
      ),
    ],
  },
  {
    name: 'signature not checked',
    breaks: 'takes every reply that is addressed to it for authentic',
    mutations: [
      {
        file: 'protocol/src/reply.ts',
        find: 'return signed && header.group === expected.group',
        replace: 'return (signed || true) && header.group === expected.group',
      },
    ],
  },
  {
    name: '242 means failed',
    breaks: 'takes a POWN that was answered 242 for one that was not carried out',
    only: 'deposit',
    mutations: [
      wallet(
        'operation-moves.ts',
        "    if (outcome.kind === 'silent' && ask.tcp) op.noTcp[ask.raida] = 1;",
        `    if (outcome.kind === 'silent' && ask.tcp) op.noTcp[ask.raida] = 1;
    if (outcome.kind === 'answered' && outcome.status === 242) {
      for (const { token, raida } of stage.cells) {
        if (raida !== ask.raida) continue;
        token.target[raida] = NONE;
        token.doubt[raida] = 0;
      }
    }`,
      ),
    ],
  },
  {
    name: 'stale proofs',
    breaks: 'records a proof that is older than a mutation by another operation',
    only: 'take back',
    mutations: [
      wallet(
        'operation.ts',
        'const stale = token.changes !== stage.changes[i] || !isActive(op, token);',
        'const stale = false;',
      ),
    ],
  },
  {
    name: 'imported is ours',
    breaks: 'counts a proof of the AN that came in the file as ours',
    mutations: [wallet('token-record.ts', 'return row === token.ownRow ||', 'return row >= 0 ||')],
  },
];

/** @type {readonly Mutant[]} */
const JOURNAL = [
  {
    name: 'no journal of PANs',
    breaks: 'keeps proposed secrets in memory until the answers come',
    mutations: notStored('plan'),
  },
  {
    name: 'no journal of moves',
    breaks: 'does not write down which RAIDA a POWN is sent to',
    mutations: notStored('arm'),
  },
  {
    name: 'no journal of PGs',
    breaks: 'sends a PG that only it knows',
    only: 'repair',
    mutations: notStored('fix'),
  },
  {
    name: 'no journal of imports',
    breaks: 'asks about coins before their file is stored',
    mutations: notStored('import'),
  },
  {
    name: 'no journal of handing over',
    breaks: 'gives a file away before it is written down',
    only: 'hand over',
    mutations: notStored('hand over'),
  },
  {
    name: 'journal after send',
    breaks: 'does not wait for the store before it sends',
    mutations: [wallet('journal-queue.ts', APPEND, 'void this.#store.append(encodeEntry(entry));')],
  },
  {
    name: 'store errors ignored',
    breaks: 'goes on after a write that failed',
    mutations: [
      wallet(
        'journal-queue.ts',
        APPEND,
        'await this.#store.append(encodeEntry(entry)).catch(() => undefined);',
      ),
    ],
  },
  {
    name: 'two writers',
    breaks: 'lets a tab write that has lost the wallet to another',
    only: 'open a second tab',
    mutations: [
      {
        file: 'e2e/simulation/mix/durable-store.ts',
        find: 'if (epoch !== this.#epoch) {',
        replace: 'if (epoch < 0) {',
      },
    ],
  },
  {
    name: 'secrets given up',
    breaks: 'forgets the imported secrets of settled coins when it compacts',
    mutations: [
      wallet(
        'snapshot.ts',
        'rows: token.rows.map(storeRow),',
        `rows: token.rows.map((row) =>
      token.settledAtMs !== 0 && row.origin.kind === 'imported'
        ? ['i', new Uint8Array(400)]
        : storeRow(row),
    ),`,
      ),
      wallet('limits.ts', 'COMPACT_AFTER_ENTRIES = 200', 'COMPACT_AFTER_ENTRIES = 10'),
    ],
  },
];

/** @type {readonly Mutant[]} */
const MOVES = [
  {
    name: 'all 25 at once',
    breaks: 'sends POWN to all RAIDA in one go',
    mutations: [
      wallet('limits.ts', 'FIRST_BATCH = 9', 'FIRST_BATCH = 25'),
      wallet('limits.ts', 'MAX_IN_DOUBT = 12', 'MAX_IN_DOUBT = 25'),
      wallet(
        'operation-cells.ts',
        'Math.max(knownCount(token, hints) - QUORUM,',
        'Math.max(RAIDA_COUNT,',
      ),
    ],
  },
  {
    name: 'no quorum kept',
    breaks: 'moves coins that few RAIDA know as fast as others',
    only: 'deposit',
    mutations: [
      wallet(
        'operation-cells.ts',
        'Math.max(knownCount(token, hints) - QUORUM,',
        'Math.max(RAIDA_COUNT,',
      ),
    ],
  },
  {
    name: 'a proof of the AN ends a move',
    breaks: 'forgets a POWN that somebody keeps back once the AN is proven again',
    only: 'deposit',
    mutations: [
      wallet(
        'token-record.ts',
        'countRaidas((raida) => token.target[raida] !== NONE);\n}\n\n/** 13 RAIDA said',
        'countRaidas((raida) => token.doubt[raida] !== 0);\n}\n\n/** 13 RAIDA said',
      ),
      wallet(
        'operation-state.ts',
        'token.proven[raida] !== NONE && token.target[raida] === NONE && hints',
        'token.proven[raida] !== NONE && token.doubt[raida] === 0 && hints',
      ),
    ],
  },
  {
    name: 'AN dropped early',
    breaks: 'looks for the new secret only, once a POWN was sent',
    only: 'deposit',
    mutations: [
      wallet(
        'operation-cells.ts',
        'if (!isSourceRow(token, row)) continue;',
        'if (moved || !isSourceRow(token, row)) continue;',
      ),
      wallet(
        'operation-cells.ts',
        'if (proven !== NONE && proven !== target) rows.push(proven);',
        'if (!moved && proven !== NONE) rows.push(proven);',
      ),
    ],
  },
  {
    name: 'target forgotten',
    breaks: 'does not know after a send where it leads',
    mutations: [
      wallet('ledger-apply.ts', 'token.target[raida] = token.ownRow;', 'token.doubt[raida] = 1;'),
    ],
  },
  {
    name: 'resend with a new PAN',
    breaks: 'proposes another secret each time it sends',
    mutations: [
      wallet(
        'operation-cells.ts',
        'pan: secretAt(token, token.ownRow, raida),',
        'pan: secretAt(token, token.ownRow, raida).map((byte) => byte ^ (token.changes & 0xff)),',
      ),
    ],
  },
  {
    name: 'PAN reused',
    breaks: 'proposes the same secrets again for a coin that comes back',
    only: 'take back',
    mutations: [
      wallet(
        'operation-moves.ts',
        "if (origin.kind === 'pan') next = Math.max(next, origin.counter + 1);",
        "if (origin.kind === 'fix') next = Math.max(next, origin.counter + 1);",
      ),
    ],
  },
  {
    name: 'nonce reused',
    breaks: 'encrypts two requests with one key stream',
    mutations: [wallet('requester.ts', 'random.fill(nonce);', 'nonce.fill(raida);')],
  },
  {
    name: 'challenge reused',
    breaks: 'sends the same challenge again, so that an old signature fits',
    mutations: [wallet('requester.ts', 'random.fill(challenge);', 'challenge.fill(raida);')],
  },
  {
    name: 'key token in motion',
    breaks: 'keys requests with a coin that is being moved',
    mutations: [
      wallet(
        'key-tokens.ts',
        'if (since === 0 || token.sent !== 0 || token.target[raida] !== NONE) return false;',
        'if (since === -1 || token.sent !== 0 || token.proven[raida] === NONE) return false;',
      ),
      wallet(
        'key-tokens.ts',
        'return agrees(token, raida) && ',
        'return (agrees(token, raida) || true) && ',
      ),
    ],
  },
  {
    name: 'one relay for all',
    breaks: 'lets one of several relays carry more than 12 RAIDA',
    only: 'relays',
    mutations: [
      wallet(
        'relay-plan.ts',
        'MAX_RAIDA_PER_RELAY = RAIDA_COUNT - QUORUM',
        'MAX_RAIDA_PER_RELAY = RAIDA_COUNT + 0 * QUORUM',
      ),
    ],
  },
];

export const MUTANTS = [...EVIDENCE, ...JOURNAL, ...MOVES, ...LATER_MUTANTS];
