/**
 * Takes the place of the AES block function in a fast simulation: the same signature, the same
 * counter mode around it (protocol/src/cipher.ts), and so the same malleability, but a handful of
 * multiplications instead of ten rounds. Nobody in the simulation attacks the cipher itself; with
 * `--real-crypto` the real one runs.
 */
function expandKeyLE(key: Uint8Array): Uint32Array {
  const words = new Uint32Array(4);
  for (let i = 0; i < 4; i++) {
    const at = 4 * i;
    words[i] = key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24);
  }
  return words;
}

function mix(a: number, b: number): number {
  let mixed = Math.imul(a ^ (a >>> 16), 0x7feb352d) ^ b;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}

function encrypt(key: Uint32Array, a: number, b: number, c: number, d: number) {
  const left = mix(mix(a ^ key[0]!, key[1]!), b ^ key[2]!);
  const right = mix(mix(d ^ key[3]!, left), c ^ key[0]!);
  const s0 = mix(left, right ^ key[1]!);
  const s1 = mix(right, s0 ^ key[2]!);
  const s2 = mix(s0, s1 ^ key[3]!);
  const s3 = mix(s1, s2 ^ left);
  return { s0, s1, s2, s3 };
}

export const unsafe = { expandKeyLE, encrypt };
