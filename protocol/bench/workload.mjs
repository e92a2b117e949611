import { encodeRequest, makeChallenge, pown } from '@raida-wallet/protocol';

/**
 * What a deposit sends: POWN of `tokenCount` tokens to each of 25 RAIDA, in as few frames as the
 * transport takes: 36 tokens in a datagram of 1400 bytes, 1770 in a TCP body of 65535. Runs in
 * Node and, bundled, in a browser.
 */

export const TOKEN_COUNTS = [1, 36, 1000, 10_000];

const RAIDA_COUNT = 25;
const TOKENS_PER_DATAGRAM = 36;
const TOKENS_PER_BODY = 1770;
const CLEAR_BYTES = 32;
const TERMINATOR_BYTES = 2;

/** The frames to build, each with all that goes into it. `random(n)` gives n bytes. */
export function makeWork(tokenCount, random) {
  const perFrame = tokenCount <= TOKENS_PER_DATAGRAM ? TOKENS_PER_DATAGRAM : TOKENS_PER_BODY;
  const frames = [];
  for (let raida = 0; raida < RAIDA_COUNT; raida++) {
    const tokens = Array.from({ length: tokenCount }, (_, i) => ({
      dn: (i % 15) - 8,
      sn: i,
      an: random(16),
      pan: random(16),
    }));
    const encryption = { kind: 'token', token: { dn: 0, sn: 7 }, key: random(16) };
    for (let first = 0; first < tokenCount; first += perFrame) {
      const envelope = { raida, coinId: 6, encryption, nonce: random(8) };
      const request = { tokens: tokens.slice(first, first + perFrame) };
      frames.push({ request, envelope, random: random(12) });
    }
  }
  return frames;
}

/** Builds and encrypts one frame, its challenge included. */
function buildFrame({ request, envelope, random }) {
  return encodeRequest(pown, request, { ...envelope, challenge: makeChallenge(random) });
}

/** Builds all frames. Returns their bytes in all, so that no engine finds the work useless. */
export function buildAll(work) {
  let bytes = 0;
  for (const one of work) bytes += buildFrame(one).length;
  return bytes;
}

/** What any cipher is given of a frame: its body without the terminator, and where to begin. */
export function cipherInputs(work) {
  return work.map((one) => {
    const frame = buildFrame(one);
    const counter = new Uint8Array(16);
    counter.set(one.envelope.nonce);
    const { key } = one.envelope.encryption;
    return { key, counter, body: frame.slice(CLEAR_BYTES, frame.length - TERMINATOR_BYTES) };
  });
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Times `subjects` in turn, round by round, so that a drift of the machine's speed meets all of
 * them. Each does the same work; a round repeats it until it lasts `roundMs` for that subject.
 * Returns milliseconds for each time the work was done, by subject, one number a round.
 */
export async function timeInterleaved(subjects, { rounds, roundMs }) {
  const names = Object.keys(subjects);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  const repeats = {};
  for (const name of names) repeats[name] = await repeatsFor(subjects[name], roundMs);
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      times[name].push(await timeOnce(subjects[name], repeats[name]));
    }
  }
  return times;
}

/** Milliseconds for each of `repeats` times the work. */
async function timeOnce(subject, repeats) {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) {
    const result = subject();
    if (result instanceof Promise) await result;
  }
  return (performance.now() - start) / repeats;
}

/** Doubles until a round is long enough; this also warms the engine up. */
async function repeatsFor(subject, roundMs) {
  for (let repeats = 1; ; repeats *= 2) {
    const ms = (await timeOnce(subject, repeats)) * repeats;
    if (ms >= roundMs) return Math.max(1, Math.round((repeats * roundMs) / ms));
  }
}

/** The report of one token count. `ratio` above 1: we are faster, although we also build. */
export function summarise(tokenCount, work, oursMs, theirsMs) {
  const bytes = buildAll(work);
  const ratios = oursMs.map((ours, round) => theirsMs[round] / ours);
  const megabytesPerSecond = (ms) => Math.round((bytes / 1e3 / ms) * 10) / 10;
  return {
    tokens: tokenCount,
    frames: work.length,
    bytes,
    framesPerSecond: Math.round((work.length / median(oursMs)) * 1000),
    megabytesPerSecond: megabytesPerSecond(median(oursMs)),
    referenceMegabytesPerSecond: megabytesPerSecond(median(theirsMs)),
    ratio: Number(median(ratios).toPrecision(3)),
  };
}
