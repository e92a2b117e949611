import type { RestoreSource, VaultKeySource } from '../wallet/messages.ts';
import { keyWords } from './key-words.ts';
import type { Wallet } from './wallet.svelte.ts';

/**
 * One way through the door. What was typed stays with the form that asked for it; this knows only
 * whether the wallet is at work, and what came of it. After success it stays busy: the page behind
 * the door appears any moment.
 */
export class Opening {
  busy = $state(false);
  /** What went wrong and what to do. */
  error = $state<string | null>(null);

  readonly #wallet: Wallet;

  constructor(wallet: Wallet) {
    this.#wallet = wallet;
  }

  /** Resolves with null when it failed. */
  create(
    passphrase: string,
    restore: RestoreSource | null,
  ): Promise<{ restore: number | null } | null> {
    return this.#attempt(() => this.#wallet.create(passphrase, restore));
  }

  /** `key`: at hand, or to be asked for first. */
  unlock(key: VaultKeySource | (() => Promise<VaultKeySource>)): Promise<true | null> {
    return this.#attempt(async () =>
      this.#wallet.unlock(typeof key === 'function' ? await key() : key),
    );
  }

  async #attempt<Value>(attempt: () => Promise<Value>): Promise<Value | null> {
    if (this.busy) return null;
    this.busy = true;
    this.error = null;
    try {
      return await attempt();
    } catch (error) {
      this.error = keyWords(error);
      this.busy = false;
      return null;
    }
  }
}
