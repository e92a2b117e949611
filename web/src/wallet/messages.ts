import type { OfferView, SendPlan, WalletView } from './view-types.ts';

export type * from './view-types.ts';

/**
 * What page and worker say to each other. The page never sees a secret: files go in, and what comes
 * back are amounts, names, marks and words. Everything here survives a structured clone.
 */

export interface NetworkView {
  readonly name: string;
  readonly connection: 'connecting' | 'online' | 'offline';
  /** Whether the network hands out test coins. */
  readonly testCoins: boolean;
  /** Servers that answered when asked last; null before that. */
  readonly answering: number | null;
  /** What is wrong with the relays that the page may use, in words. */
  readonly remark?: string;
}

/** Opens the vault: what a person types, or what a passkey's PRF gave for its salt (32 bytes). */
export type VaultKeySource =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | {
      readonly kind: 'passkey';
      readonly credentialId: Uint8Array<ArrayBuffer>;
      readonly prf: Uint8Array<ArrayBuffer>;
    };

/** A passkey that opens the vault; nothing of it is secret. */
export interface PasskeyView {
  readonly credentialId: Uint8Array<ArrayBuffer>;
  /** What its PRF is asked for (32 bytes). */
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly addedAtMs: number;
}

/** Where coins come back from: found under secrets that these could hold. */
export type RestoreSource =
  /** 24 words, and the list of coins as text; null when there is none. */
  | { readonly kind: 'words'; readonly words: string; readonly list: string | null }
  | { readonly kind: 'backup'; readonly bytes: Uint8Array; readonly passphrase: string };

/** How well the wallet is protected against the loss of this device. */
export interface VaultView {
  /** Whether a person has said, and shown, that the 24 words are written down. */
  readonly wordsWritten: boolean;
  /** The newest backup file; `verifiedAtMs`: when it was read back, null before that. */
  readonly backup: { readonly madeAtMs: number; readonly verifiedAtMs: number | null } | null;
  /** Coins whose newest secrets are in no backup file, nor on a saved list of coins. */
  readonly newerCoins: number;
  /** Minutes without a touch, or hidden, after which the wallet locks itself; 0 for never. */
  readonly lockAfterMinutes: number;
  readonly passkeys: readonly PasskeyView[];
  /** Whether a second copy of the journal is kept beside IndexedDB; `failed`: it could not be written. */
  readonly secondCopy: 'kept' | 'unavailable' | 'failed';
  /** Records that the first copy had lost and that came from the second one at this start. */
  readonly recovered: number;
}

export type ToWorker =
  | { readonly kind: 'open' }
  /**
   * Makes a new wallet, encrypted under this passphrase; in phase `unprotected`, encrypts the one that
   * an earlier version left. With `restore`, the new wallet is filled from there.
   */
  | {
      readonly kind: 'create';
      readonly request: number;
      readonly passphrase: string;
      readonly restore: RestoreSource | null;
    }
  /** In phase `locked`: opens the wallet. In phase `elsewhere`: takes it over from the other tab. */
  | { readonly kind: 'unlock'; readonly request: number; readonly key: VaultKeySource }
  /** Locks when what is under way is finished; in phase `locking`, `unlock` brings it back. */
  | { readonly kind: 'lock' }
  /** A person touched the page just now. */
  | { readonly kind: 'active' }
  | { readonly kind: 'visible'; readonly visible: boolean }
  /** Adds to an open wallet. */
  | { readonly kind: 'restore'; readonly request: number; readonly source: RestoreSource }
  /** The 24 words. Asks for the passphrase again. */
  | { readonly kind: 'show words'; readonly request: number; readonly passphrase: string }
  /** A person has written the words down, and has shown it. */
  | { readonly kind: 'words written'; readonly request: number }
  /** What has to be kept beside the words. */
  | { readonly kind: 'list coins'; readonly request: number }
  /** The list that was shown last has been copied, saved or photographed. */
  | { readonly kind: 'list saved'; readonly request: number }
  /** Whether this is the passphrase: before something begins that cannot be undone. */
  | { readonly kind: 'check passphrase'; readonly request: number; readonly passphrase: string }
  /** An age file of everything under the wallet's own passphrase, which is asked for again. */
  | { readonly kind: 'make backup'; readonly request: number; readonly passphrase: string }
  /** Reads a backup file as a restore would. Changes nothing but what is known of the backup. */
  | {
      readonly kind: 'test backup';
      readonly request: number;
      readonly bytes: Uint8Array;
      readonly passphrase: string;
    }
  | {
      readonly kind: 'change passphrase';
      readonly request: number;
      readonly old: string;
      readonly new: string;
    }
  | {
      readonly kind: 'add passkey';
      readonly request: number;
      readonly passphrase: string;
      readonly passkey: Omit<PasskeyView, 'addedAtMs'>;
      readonly prf: Uint8Array<ArrayBuffer>;
    }
  | {
      readonly kind: 'remove passkey';
      readonly request: number;
      readonly credentialId: Uint8Array<ArrayBuffer>;
    }
  | { readonly kind: 'lock after'; readonly request: number; readonly minutes: number }
  | {
      readonly kind: 'inspect';
      readonly request: number;
      readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
    }
  | { readonly kind: 'accept'; readonly request: number; readonly offer: number }
  | { readonly kind: 'dismiss'; readonly offer: number }
  /** Fetches new coins from the local network and offers them like a file. */
  | { readonly kind: 'test coins'; readonly request: number }
  /** Asks all servers about all coins, and repairs what can be repaired. */
  | { readonly kind: 'repair'; readonly request: number }
  /** Which coins make up this amount (10^-8 coins)? */
  | { readonly kind: 'plan send'; readonly request: number; readonly units: bigint }
  /** Takes them out of the balance and into a file. Refused unless the amount is exact. */
  | {
      readonly kind: 'send';
      readonly request: number;
      readonly units: bigint;
      readonly memo: string;
    }
  /** The file of a send, the same bytes every time. From now on it counts as handed over. */
  | { readonly kind: 'hand over'; readonly request: number; readonly send: number }
  | { readonly kind: 'take back'; readonly request: number; readonly send: number }
  /** Asks the servers again now, instead of when the pause is over. */
  | { readonly kind: 'retry now' }
  /** The device has lost its network. A connection that seems open is no longer believed. */
  | { readonly kind: 'network lost' };

export type Phase =
  | 'opening'
  /** There is no wallet here yet. */
  | 'new'
  /** A wallet of an earlier version lies here in the clear: a passphrase is to be chosen for it. */
  | 'unprotected'
  | 'locked'
  /** Locks as soon as what is under way is finished. The page shows no coins any more. */
  | 'locking'
  | 'ready'
  /** The storage failed. Nothing is sent; it is read again after a while, or on `retry now`. */
  | 'paused'
  /** Another tab has the wallet open; this one shows it and changes nothing. */
  | 'elsewhere'
  /** A newer version of this page has the wallet; this one has let go of it. */
  | 'outdated'
  | 'failed';

/** What a test read of a backup file found. */
export interface BackupReading {
  readonly madeAtMs: number;
  readonly coins: number;
  /** In 10^-8 coins. */
  readonly units: bigint;
  /** Whether it is the newest backup of this wallet: then it counts as verified from now on. */
  readonly newest: boolean;
}

export type FromWorker =
  | {
      readonly kind: 'lifecycle';
      readonly phase: Phase;
      /** What happened and what to do, for `elsewhere`, `paused`, `outdated` and `failed`. */
      readonly message: string | null;
      /** What may open it, for `locked`, `locking` and `elsewhere`. */
      readonly passkeys?: readonly PasskeyView[];
    }
  /** Locked: this worker has ended with all that it knew. A new one is to be started in its place. */
  | { readonly kind: 'let go' }
  | { readonly kind: 'vault'; readonly vault: VaultView }
  /** The wallet was made, opened, or taken over. With a restore: the operation that looks for coins. */
  | { readonly kind: 'opened'; readonly request: number; readonly restore: number | null }
  | { readonly kind: 'restoring'; readonly request: number; readonly restore: number }
  | { readonly kind: 'words'; readonly request: number; readonly words: readonly string[] }
  /** `text`: for a QR code in alphanumeric mode, to be copied, or a file. Holds no secret. */
  | {
      readonly kind: 'coins listed';
      readonly request: number;
      readonly text: string;
      readonly coins: number;
    }
  | {
      readonly kind: 'backup made';
      readonly request: number;
      readonly name: string;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'backup read'; readonly request: number; readonly backup: BackupReading }
  /** Done, and nothing to tell. */
  | { readonly kind: 'done'; readonly request: number }
  | { readonly kind: 'network'; readonly network: NetworkView }
  | { readonly kind: 'wallet'; readonly wallet: WalletView }
  | { readonly kind: 'inspected'; readonly request: number; readonly offer: OfferView }
  | { readonly kind: 'accepted'; readonly request: number; readonly deposit: number }
  /** `coins` are being checked and repaired. */
  | { readonly kind: 'repairing'; readonly request: number; readonly coins: number }
  | { readonly kind: 'send planned'; readonly request: number; readonly plan: SendPlan }
  | { readonly kind: 'sent'; readonly request: number; readonly send: number }
  | {
      readonly kind: 'handed over';
      readonly request: number;
      readonly name: string;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'taking back'; readonly request: number }
  /** A request that could not be carried out: what happened, and what to do. */
  | { readonly kind: 'failed'; readonly request: number; readonly message: string };
