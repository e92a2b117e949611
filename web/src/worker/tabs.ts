import type { FromWorker } from '../wallet/messages.ts';

/**
 * The tabs of one browser: a Web Lock says which of them has the wallet, and a channel tells the others
 * what they may show. Nothing on the channel is secret.
 */

const LOCK = 'raida-wallet';
/** Another number when what is said changes: tabs of two versions do not understand each other. */
const CHANNEL = 'raida-wallet/1';
/** So long may the other tab take to finish what it writes, before the wallet is taken from it. */
const GIVE_WAY_MS = 3_000;

/** What a tab that only shows the wallet needs. */
type Told = Extract<FromWorker, { kind: 'wallet' | 'network' | 'vault' }>;

type ToTabs =
  | { readonly kind: 'hello' }
  | { readonly kind: 'told'; readonly message: Told }
  /** The sender has opened the wallet. */
  | { readonly kind: 'taken' }
  /** The sender wants it. */
  | { readonly kind: 'give way' };

export interface TabEvents {
  /** Another tab has opened the wallet. */
  taken(): void;
  /** Another tab that has the wallet shows this. */
  told(message: Told): void;
  /** This tab has the wallet, and another one shall be shown it. */
  asked(): void;
  /** This tab has the wallet, and another one wants it. To be followed by `release`. */
  giveWay(): void;
  /** The wallet was taken from this tab, which had not answered. */
  stolen(): void;
}

export class Tabs {
  readonly #channel = new BroadcastChannel(CHANNEL);
  readonly #events: TabEvents;
  #release: (() => void) | null = null;
  #waiting: AbortController | null = null;

  constructor(events: TabEvents) {
    this.#events = events;
    this.#channel.addEventListener('message', ({ data }: MessageEvent<ToTabs>) => {
      if (data.kind === 'told' && !this.#release) events.told(data.message);
      else if (data.kind === 'taken' && !this.#release) events.taken();
      else if (data.kind === 'hello' && this.#release) events.asked();
      else if (data.kind === 'give way' && this.#release) events.giveWay();
    });
  }

  /** Whether this tab has the wallet. */
  get holds(): boolean {
    return this.#release !== null;
  }

  /** Asks whoever has the wallet to show it. */
  greet(): void {
    this.#say({ kind: 'hello' });
  }

  tell(message: Told): void {
    if (this.#release) this.#say({ kind: 'told', message });
  }

  /** False when another tab has the wallet. */
  async take(): Promise<boolean> {
    return this.#hold({ ifAvailable: true });
  }

  /** From whoever has it: he is asked first, and it is taken from him when he does not answer. */
  async takeOver(): Promise<void> {
    // What waits for the lock would else be let in first.
    this.#waiting?.abort();
    if (await this.take()) return;
    this.#say({ kind: 'give way' });
    if (await this.#hold({ signal: AbortSignal.timeout(GIVE_WAY_MS) })) return;
    await this.#hold({ steal: true });
  }

  async isTaken(): Promise<boolean> {
    const { held = [] } = await navigator.locks.query();
    return !this.#release && held.some(({ name }) => name === LOCK);
  }

  /** Resolves when no tab has the wallet; false when this one wants it itself meanwhile. */
  async untilFree(): Promise<boolean> {
    this.#waiting?.abort();
    const waiting = new AbortController();
    this.#waiting = waiting;
    const free = () => !waiting.signal.aborted;
    return navigator.locks
      .request(LOCK, { mode: 'shared', signal: waiting.signal }, free)
      .catch(() => false);
  }

  release(): void {
    this.#release?.();
    this.#release = null;
  }

  close(): void {
    this.release();
    this.#channel.close();
  }

  #hold(options: LockOptions): Promise<boolean> {
    return new Promise((resolve) => {
      let mine: (() => void) | null = null;
      const held = (lock: Lock | null) => {
        if (!lock) {
          resolve(false);
          return undefined;
        }
        const done = new Promise<void>((release) => {
          mine = release;
          this.#release = release;
        });
        this.#say({ kind: 'taken' });
        resolve(true);
        return done;
      };
      // It rejects when the signal comes first, and when somebody steals the lock.
      navigator.locks.request(LOCK, options, held).catch(() => {
        resolve(false);
        if (mine === null || this.#release !== mine) return;
        this.#release = null;
        this.#events.stolen();
      });
    });
  }

  #say(message: ToTabs): void {
    this.#channel.postMessage(message);
  }
}
