/** What a person is told, without any secret. Survives a structured clone. */

/** What a person is told of a coin (WALLET.md section 1). */
export type CoinState =
  /** Accepted, not yet ours on 13 servers. */
  | 'importing'
  /** Ours on at least 13 servers; a previous owner may still hold tickets (WALLET.md, I7). */
  | 'settling'
  /** Ours on all servers, proven again after the ticket lifetime. */
  | 'owned'
  /** Ours on at least 13 servers and settled, but not on all: needs repair. */
  | 'fracked'
  /** Moved, but at present too few servers prove it either way. */
  | 'limbo'
  /** Was ours, and somebody else moved it before it had settled. */
  | 'contested'
  /** Fewer than 13 servers hold the secrets that came in the file. Kept, and asked again. */
  | 'unrecognised'
  /** 13 servers said twice, under a key of ours, that it is not theirs. Kept all the same. */
  | 'counterfeit';

/**
 * What one server says of one coin, one letter each so that 25 make a short text:
 * `c` confirmed ours · `m` moving, outcome not proven yet · `k` known under the secret received,
 * not moved yet · `r` does not recognise the coin · `s` silent · `u` not asked yet.
 */
export type Mark = 'c' | 'm' | 'k' | 'r' | 's' | 'u';

export interface CoinView {
  /** `dn:sn`, unique. */
  readonly key: string;
  readonly dn: number;
  readonly sn: number;
  readonly state: CoinState;
  /** 25 letters (see Mark), by server. */
  readonly marks: string;
}

export type DepositStage = 'checking' | 'waiting' | 'moving' | 'settling' | 'done';

export interface DepositView {
  readonly id: number;
  /** Names of the files, as the person chose them. */
  readonly names: readonly string[];
  readonly startedAtMs: number;
  readonly stage: DepositStage;
  readonly coins: number;
  /** In 10^-8 coins. */
  readonly units: bigint;
  /**
   * How far the deposit is on its way to 25 servers: 25 when each of them has confirmed every coin
   * that is recognised, in between the coins' average, rounded down.
   */
  readonly confirmedServers: number;
  /** Servers that answered when they were asked last. */
  readonly answeringServers: number;
  /** Coins that are ours already (at least 13 proofs). */
  readonly claimed: number;
  /** Coins that too few servers recognise. */
  readonly unrecognised: number;
  /** When the coins will have settled; null while they are not all ours. */
  readonly settlesAtMs: number | null;
  /** When it is tried again by itself, while the stage is `waiting`. */
  readonly retryAtMs: number | null;
  /** Whether its requests were keyed by the received coins themselves (WALLET.md, "Key token"). */
  readonly giverCouldRead: boolean;
}

export interface Amount {
  readonly coins: number;
  /** In 10^-8 coins. */
  readonly units: bigint;
}

export interface WalletView {
  /** Spendable: owned and fracked. */
  readonly owned: Amount;
  readonly settling: Amount;
  readonly importing: Amount;
  /** limbo, contested, unrecognised and counterfeit: kept apart, never deleted. */
  readonly quarantined: Amount;
  /** Coins that are ours, but not on all servers, while nothing is under way for them. */
  readonly needRepair: number;
  readonly coins: readonly CoinView[];
  /** Newest first. */
  readonly deposits: readonly DepositView[];
}

/** A file that was looked at, before anything is accepted. */
export interface FileView {
  readonly name: string;
  /** `bin`, `stack` or `png`; null when it could not be read. */
  readonly format: 'bin' | 'stack' | 'png' | null;
  readonly coins: number;
  readonly units: bigint;
  /** By denomination, highest first. */
  readonly denominations: readonly { readonly dn: number; readonly count: number }[];
  /** What is wrong with the file, in words, and what to do. */
  readonly problem: string | null;
  /** Things worth knowing that do not hinder: repeats left out, a coin already here. */
  readonly remarks: readonly string[];
}

/** What would be imported. Nothing is stored before it is accepted. */
export interface OfferView {
  readonly id: number;
  readonly files: readonly FileView[];
  readonly coins: number;
  readonly units: bigint;
  /** Whether the giver, through a relay of his, could read along (no key token of our own yet). */
  readonly giverCouldRead: boolean;
}
