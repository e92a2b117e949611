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
  /**
   * Was ours and settled, and 13 servers said twice, under a key of ours, that they do not know it any
   * more: moved with the same words, backup or file, on another device.
   */
  | 'moved'
  /** Fewer than 13 servers hold the secrets that came in the file. Kept, and asked again. */
  | 'unrecognised'
  /** 13 servers said twice, under a key of ours, that it is not theirs. Kept all the same. */
  | 'counterfeit'
  /** Put into a file for somebody else. Not spendable, and its secrets are kept. */
  | 'sent';

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
  /** Of a restore; null for anything else. */
  readonly report: RestoreReport | null;
}

/** What came of a restore: it is complete when nothing is waited for. */
export interface RestoreReport {
  /** Ours again: 13 servers have proven it. */
  readonly found: Amount;
  /** More than 12 servers hold none of the secrets that were looked for: `DN:SN` of each. */
  readonly missing: readonly string[];
  /** On their way, or too few servers have answered to say. */
  readonly waiting: Amount;
}

/** Why coins cannot be repaired now. */
export type RepairObstacle =
  /** Fewer than 13 servers hold the secrets that we know: nobody can vouch for it. */
  | 'too few servers'
  /** Servers did not answer. They are asked again when they are back. */
  | 'servers silent'
  /** A previous owner may still hold tickets (WALLET.md, I7). */
  | 'settling'
  /** It was tried several times, and the servers did not carry it out. */
  | 'not carried out'
  /** No other coin of ours is there to key the request, and it may not be sent in the clear again. */
  | 'no key';

/** What a repair would do, or has left undone: known before anything is sent. */
export interface RepairPlan {
  /** Coins that can be repaired. */
  readonly repairable: number;
  /** What they lack together: servers times coins. */
  readonly cells: number;
  readonly blocked: readonly {
    readonly why: RepairObstacle;
    readonly coins: number;
    /** Servers that know the best of them, of 25; for `servers silent` the silent ones. */
    readonly servers: number;
  }[];
}

export type RepairStage = 'checking' | 'tickets' | 'sealing' | 'fixing' | 'proving' | 'waiting';

export interface RepairView {
  /** What a tap on Repair would do now, from what is known. */
  readonly plan: RepairPlan;
  /** The repair under way, or null. */
  readonly running: {
    readonly stage: RepairStage;
    readonly coins: number;
    /** Servers times coins that this repair has put right, and what it set out to. */
    readonly done: number;
    readonly total: number;
  } | null;
  /** How the last one of this session ended, or null. */
  readonly last: { readonly repaired: number; readonly left: RepairPlan } | null;
}

export type SendState =
  /** The file is made; nobody has asked for it yet. */
  | 'ready'
  /** The file was handed over: the other side may take the coins at any time. */
  | 'handed over'
  /** 13 servers no longer know our secrets: the other side has taken them all. */
  | 'taken'
  /** They are being moved back to us. */
  | 'taking back'
  /** They are ours again. */
  | 'taken back';

export interface SendView {
  readonly id: number;
  readonly startedAtMs: number;
  readonly coins: number;
  /** In 10^-8 coins. */
  readonly units: bigint;
  readonly fileName: string;
  readonly memo: string;
  readonly state: SendState;
  /** Of its coins, how many the other side has taken. */
  readonly takenCoins: number;
  /** Those of its coins that nobody has taken yet, as far as is known. */
  readonly waiting: Amount;
}

/** Which coins make up an amount. Nothing is changed by asking. */
export interface SendPlan {
  /** Asked for, in 10^-8 coins. */
  readonly units: bigint;
  readonly exact: boolean;
  /** The fewest coins that make exactly the amount, highest first; empty when it is impossible. */
  readonly denominations: readonly { readonly dn: number; readonly count: number }[];
  /** The nearest amounts that can be made, when the exact one cannot. */
  readonly below: bigint | null;
  readonly above: bigint | null;
  /** All that could be sent now. */
  readonly spendable: bigint;
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
  /** limbo, contested, moved, unrecognised and counterfeit: kept apart, never deleted. */
  readonly quarantined: Amount;
  /** In files for others, taken or not. */
  readonly sent: Amount;
  /** Owned, fracked or not, and not in the middle of anything: could be sent now. */
  readonly spendable: Amount;
  /** Coins that are ours, but not on all servers, while nothing is under way for them. */
  readonly needRepair: number;
  readonly repair: RepairView;
  /** Newest first. */
  readonly sends: readonly SendView[];
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
