import { join } from 'node:path';
import {
  copyBytes,
  SECRET_BYTES,
  TOKEN_ID_BYTES,
  type TokenId,
  writeTokenId,
} from '@raida-wallet/protocol';
import { type Database, open, type RootDatabase } from 'lmdb';

import { BULK_TOKENS } from '../limits.ts';
import { numberOf } from '../node/memory-store.ts';
import type { TokenStore, TokenWriter } from '../node/ports.ts';

/**
 * The tokens of all nodes of one process in one LMDB file, a database for each node: key DN || SN
 * (5 bytes), value AN (16 bytes). LMDB, because it reads in place without a system call, is
 * consistent after a kill without any repair, and its npm package brings its native code along.
 * One file, so that everything that happens at once shares a commit, at whichever nodes.
 *
 *   change -> decided over (committed + pending) -> joins the next commit -> on disk -> answered
 *
 * One commit is under way at a time, in a thread of LMDB's; what comes meanwhile goes into the
 * next one, all of it in one transaction. A commit is over when it is flushed to disk
 * (`overlappingSync` off), so an acknowledged change outlives a loss of power, too. Decisions are
 * taken in this thread, one after the other; LMDB only gets unconditional writes in their order.
 * That needs a single writing process, which folder-lock.ts sees to.
 */

const FILE = 'tokens.mdb';
/** A database for each of 25 nodes, with a few to spare. */
const MAX_DATABASES = 32;
const BINARY = { keyEncoding: 'binary', encoding: 'binary' } as const;

type Root = RootDatabase<Uint8Array, Uint8Array>;
type TokenDatabase = Database<Uint8Array, Uint8Array>;

/** What a node is to hold for a token: 16 bytes, or null to forget it. */
interface Change {
  readonly token: TokenId;
  readonly an: Uint8Array | null;
}

export interface NodeChange extends Change {
  readonly raida: number;
}

export class LmdbStore {
  readonly #root: Root;
  readonly #commits: CommitQueue;
  readonly #nodes: readonly LmdbTokenStore[];

  /** Opens or creates the file in `folder`, which exists. */
  constructor(folder: string, nodeCount: number) {
    this.#root = open<Uint8Array, Uint8Array>({
      path: join(folder, FILE),
      noSubdir: true,
      maxDbs: MAX_DATABASES,
      overlappingSync: false,
      ...BINARY,
    });
    this.#commits = new CommitQueue(this.#root);
    this.#nodes = Array.from({ length: nodeCount }, (_, raida) => {
      const database = this.#root.openDB<Uint8Array, Uint8Array>(`raida-${raida}`, BINARY);
      return new LmdbTokenStore(database, this.#commits);
    });
  }

  /** The tokens of one node. */
  node(raida: number): LmdbTokenStore {
    return this.#nodes[raida]!;
  }

  /** Writes any tokens of any nodes; each transaction holds a bounded number of them. */
  async write(changes: readonly NodeChange[]): Promise<void> {
    for (let start = 0; start < changes.length; start += BULK_TOKENS) {
      const part = changes.slice(start, start + BULK_TOKENS);
      for (const { raida, token, an } of part) this.node(raida).put(token, an);
      await this.#commits.done();
    }
  }

  /** Ends when everything that was decided is on disk. */
  async close(): Promise<void> {
    await this.#commits.done();
    await this.#root.close();
  }
}

interface QueuedWrite {
  readonly store: LmdbTokenStore;
  readonly database: TokenDatabase;
  /** The token, as a key of LMDB and of the store's pending writes. */
  readonly key: Uint8Array;
  readonly number: number;
  readonly an: Uint8Array | null;
}

/** Puts writes into transactions, one after the other, each with all that has come until then. */
class CommitQueue {
  readonly #root: Root;
  #queued: QueuedWrite[] = [];
  /** The commit under way, and the one after it, which takes all that is queued. */
  #current: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(root: Root) {
    this.#root = root;
  }

  add(write: QueuedWrite): void {
    this.#queued.push(write);
  }

  /** Resolves when everything added so far is on disk. Rejects when a commit fails. */
  done(): Promise<void> {
    if (this.#queued.length === 0) return this.#current ?? Promise.resolve();
    // Either way the commit begins in a later microtask, so that it finds all of this turn.
    this.#next ??= (this.#current ?? Promise.resolve()).then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<void> {
    const writes = this.#queued;
    this.#queued = [];
    const commit = this.#commit(writes).finally(() => {
      if (this.#current === commit) this.#current = null;
    });
    this.#current = commit;
    this.#next = null;
    return commit;
  }

  async #commit(writes: readonly QueuedWrite[]): Promise<void> {
    try {
      await this.#root.batch(() => {
        for (const { database, key, an } of writes) {
          void (an ? database.put(key, an) : database.remove(key));
        }
      });
    } finally {
      for (const write of writes) write.store.settle(write);
    }
  }
}

export class LmdbTokenStore implements TokenStore {
  readonly #database: TokenDatabase;
  readonly #commits: CommitQueue;
  /** By number of the token: what was decided last and is not on disk yet. */
  readonly #pending = new Map<number, QueuedWrite>();

  constructor(database: TokenDatabase, commits: CommitQueue) {
    this.#database = database;
    this.#commits = commits;
  }

  /** What is on disk. A change that nobody has been told of yet may be missing. */
  read(token: TokenId): Uint8Array | undefined {
    // The buffer belongs to LMDB and is good until the next read only.
    const value = this.#database.getBinaryFast(keyOf(token));
    if (!value) return undefined;
    const an = new Uint8Array(SECRET_BYTES);
    for (let i = 0; i < SECRET_BYTES; i++) an[i] = value[i]!;
    return an;
  }

  async change<T>(decide: (tokens: TokenWriter) => T): Promise<T> {
    const written = new Map<number, Change>();
    const result = decide({
      read: (token) => {
        const number = numberOf(token);
        const change = written.get(number) ?? this.#pending.get(number);
        return change ? (change.an ?? undefined) : this.read(token);
      },
      write: (token, an) => written.set(numberOf(token), { token, an }),
    });
    for (const { token, an } of written.values()) this.put(token, an);
    // Also when nothing was written: the result may rest on a change that is still on its way.
    if (written.size > 0 || this.#pending.size > 0) await this.#commits.done();
    return result;
  }

  /** Queues a write; `done` of the queue says when it is on disk. */
  put(token: TokenId, an: Uint8Array | null): void {
    const write: QueuedWrite = {
      store: this,
      database: this.#database,
      key: keyOf(token),
      number: numberOf(token),
      an: an && copyBytes(an),
    };
    this.#pending.set(write.number, write);
    this.#commits.add(write);
  }

  /** A write is on disk, or has failed: either way LMDB knows better from now on. */
  settle(write: QueuedWrite): void {
    if (this.#pending.get(write.number) === write) this.#pending.delete(write.number);
  }

  /** How many tokens the node holds. Reads all of them: for benchmarks and tests. */
  count(): number {
    return this.#database.getKeysCount();
  }
}

function keyOf(token: TokenId): Uint8Array {
  const key = new Uint8Array(TOKEN_ID_BYTES);
  writeTokenId(key, 0, token);
  return key;
}
