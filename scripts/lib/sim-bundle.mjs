/**
 * Bundles the simulation (`e2e/simulation/mix`) with the sources of the wallet, the RAIDA and the
 * protocol into one file that plain Node runs, without building anything else before.
 */
import { join, relative } from 'node:path';
import { build } from 'vite';
import { ROOT } from './child.mjs';

const MIX = join(ROOT, 'e2e', 'simulation', 'mix');
/** The block function of AES-128, and what stands in for it when speed matters more. */
const AES = '@noble/ciphers/aes.js';
const CHEAP_AES = join(MIX, 'cheap-aes.ts');

/**
 * A deliberate fault: a piece of source text, and what takes its place.
 *
 * @typedef {object} Mutation
 * @property {string} file relative to the repository's root
 * @property {string} find occurs exactly once
 * @property {string} replace
 */

/**
 * @param {string} name of the bundle, in `.cache/sim`
 * @param {{ realCrypto?: boolean, mutations?: readonly Mutation[] }} [options]
 * @returns {Promise<string>} the bundle's path
 */
export async function bundleSimulation(name, { realCrypto = false, mutations = [] } = {}) {
  const outDir = join(ROOT, '.cache', 'sim');
  const left = new Set(mutations);
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    resolve: { alias: realCrypto ? {} : { [AES]: CHEAP_AES } },
    ssr: { noExternal: true, resolve: { conditions: ['source', 'module', 'node'] } },
    build: {
      ssr: join(MIX, 'main.ts'),
      outDir,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rolldownOptions: { output: { entryFileNames: `${name}.mjs`, codeSplitting: false } },
    },
    plugins: [mutate(left)],
  });
  for (const { file, find } of left) {
    throw new Error(`the mutation of ${file} found no use: ${JSON.stringify(find)}`);
  }
  return join(outDir, `${name}.mjs`);
}

/**
 * @param {Set<Mutation>} left those that are not done yet
 * @returns {import('vite').Plugin}
 */
function mutate(left) {
  return {
    name: 'mutate',
    enforce: 'pre',
    transform(code, id) {
      const path = relative(ROOT, id.split('?')[0] ?? id).replaceAll('\\', '/');
      let text = code;
      for (const mutation of [...left].filter(({ file }) => file === path)) {
        text = replaceOnce(text, mutation);
        left.delete(mutation);
      }
      return text === code ? null : { code: text, map: null };
    },
  };
}

/**
 * @param {string} text
 * @param {Mutation} mutation
 */
function replaceOnce(text, { file, find, replace }) {
  const places = text.split(find).length - 1;
  if (places !== 1) {
    throw new Error(`${file} has this ${places} times instead of once: ${JSON.stringify(find)}`);
  }
  return text.replace(find, () => replace);
}
