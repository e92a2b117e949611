import { RAIDA_COUNT, readUint32, SECRET_BYTES, type TokenId } from '@raida-wallet/protocol';

/**
 * 53 bits that stand for a secret (16 bytes). Every bit of it counts, so that a flipped one makes
 * another number; two secrets that meet by chance would be a false alarm in 10^9 runs.
 */
export function fingerprint(bytes: Uint8Array, offset = 0): number {
  let high = readUint32(bytes, offset);
  let low = readUint32(bytes, offset + 4);
  high = Math.imul(high ^ readUint32(bytes, offset + 8), 0x85ebca6b) ^ low;
  low = Math.imul(low ^ readUint32(bytes, offset + 12), 0xc2b2ae35) ^ (high >>> 15);
  high = Math.imul(high ^ (low >>> 13), 0x9e3779b1);
  return (high & 0x1fffff) * 0x1_0000_0000 + (low >>> 0);
}

/** Which kind of mutation the wallet has sent to a RAIDA and not yet seen the end of. */
export const OPEN = { none: 0, pown: 1, fix: 2 } as const;

/** Large numbers in a plain array: a typed one of this size would not lie in the engine's heap. */
function zeros(): number[] {
  return new Array<number>(RAIDA_COUNT).fill(0);
}

/** What the oracle knows of one coin: from the RAIDA's own memory and from what is durable. */
export class CoinTruth {
  readonly id: TokenId;
  readonly index: number;
  /** Durable secrets, by RAIDA, oldest first. */
  readonly candidates: Uint8Array[][] = Array.from({ length: RAIDA_COUNT }, () => []);
  /** PGs that are durable, 25 x 16 bytes each. */
  readonly pgs: Uint8Array[] = [];
  /** What each RAIDA holds, as a fingerprint. */
  readonly held = zeros();
  /** 1: that is a secret which is durable. */
  readonly known = new Uint8Array(RAIDA_COUNT);
  /** 1: that is a secret which nobody but us was ever given. */
  readonly own = new Uint8Array(RAIDA_COUNT);
  /** 1: somebody else, or fate, changed it since it came in. */
  readonly foreign = new Uint8Array(RAIDA_COUNT);
  knownCount = 0;
  ownCount = 0;
  foreignCount = 0;
  /** Whether the coin stands in what is durable. */
  imported = false;
  /** Whether 13 RAIDA held a secret of ours when it came in: if not, nothing is owed. */
  good = false;
  /** So many RAIDA have to hold a secret of ours at any time (I6). */
  floor = 0;
  /** When 13 RAIDA first held our own secrets, or 0. */
  ownSinceMs = 0;
  rolledBack = false;
  /** Whether another device with the same words has moved it, at any RAIDA. */
  elsewhere = false;
  spendable = false;
  /** Whether it is in a file for somebody else. */
  sent = false;
  readonly openKind = new Uint8Array(RAIDA_COUNT);
  /** 1: a Fix was journalled for it, and not proven since. */
  readonly fixing = new Uint8Array(RAIDA_COUNT);
  readonly openTarget = zeros();
  readonly openSinceMs = zeros();
  /** When a RAIDA last proved to us that it holds a secret of our own, or 0. */
  readonly provedAtMs = zeros();
  /** Fingerprints of secrets that a RAIDA proved to this life of the wallet. */
  readonly proofs: number[][] = Array.from({ length: RAIDA_COUNT }, () => []);
  /** By relay: which RAIDA it carried requests to that name this coin. */
  readonly carried: number[];

  constructor(id: TokenId, index: number, relays: number) {
    this.id = id;
    this.index = index;
    this.carried = new Array<number>(relays).fill(0);
  }

  cell(raida: number): number {
    return this.index * RAIDA_COUNT + raida;
  }

  /** RAIDA that hold our own secret and have proved it since that time. */
  provedSince(ms: number): number {
    let count = 0;
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      if (this.own[raida] === 1 && this.provedAtMs[raida]! >= ms) count++;
    }
    return count;
  }

  openCount(): number {
    let count = 0;
    for (let raida = 0; raida < RAIDA_COUNT; raida++) if (this.openKind[raida] !== 0) count++;
    return count;
  }

  close(raida: number): void {
    this.openKind[raida] = OPEN.none;
    this.fixing[raida] = 0;
  }

  /** Whether a durable secret, or two of them XORed, is this one (WALLET.md section 5). */
  derives(raida: number, secret: Uint8Array): boolean {
    const all = this.candidates[raida]!;
    for (let i = 0; i < all.length; i++) {
      for (let j = 0; j < i; j++) if (isXor(secret, all[i]!, all[j]!)) return true;
    }
    return false;
  }
}

function isXor(secret: Uint8Array, a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < SECRET_BYTES; i++) if (secret[i] !== (a[i]! ^ b[i]!)) return false;
  return true;
}
