import {
  buildAll,
  cipherInputs,
  makeWork,
  summarise,
  timeInterleaved,
  TOKEN_COUNTS,
} from './workload.mjs';

/** The browser's half of `protocol.bench.mjs`: the same work, against WebCrypto. */

function random(count) {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** WebCrypto at its best: keys imported beforehand, all frames under way at once. */
async function webCrypto(work) {
  const inputs = await Promise.all(
    cipherInputs(work).map(async ({ key, counter, body }) => ({
      key: await crypto.subtle.importKey('raw', key, 'AES-CTR', false, ['encrypt']),
      algorithm: { name: 'AES-CTR', counter, length: 64 },
      body,
    })),
  );
  return () =>
    Promise.all(
      inputs.map(({ algorithm, key, body }) => crypto.subtle.encrypt(algorithm, key, body)),
    );
}

globalThis.runBench = async (options) => {
  const results = [];
  for (const tokenCount of TOKEN_COUNTS) {
    const work = makeWork(tokenCount, random);
    const subjects = { ours: () => buildAll(work), theirs: await webCrypto(work) };
    const { ours, theirs } = await timeInterleaved(subjects, options);
    results.push(summarise(tokenCount, work, ours, theirs));
  }
  return results;
};
