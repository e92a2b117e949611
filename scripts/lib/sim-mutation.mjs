/** What a deliberate fault is made of (`sim-mutants.mjs`). */

/** @typedef {import('./sim-bundle.mjs').Mutation} Mutation */

/**
 * @typedef {object} Mutant
 * @property {string} name
 * @property {string} breaks what a wallet with this fault does
 * @property {string} [only]
 * @property {readonly Mutation[]} mutations
 */

const WALLET = 'web/src/wallet';

/**
 * @param {string} file in the wallet's folder
 * @param {string} find
 * @param {string} replace
 * @returns {Mutation}
 */
export function wallet(file, find, replace) {
  return { file: `${WALLET}/${file}`, find, replace };
}
