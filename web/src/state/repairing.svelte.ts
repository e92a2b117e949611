import { wordsFor } from './requests.ts';
import type { Wallet } from './wallet.svelte.ts';

/** What the person does about repairs. What the wallet does about them is in its view. */
export class Repairing {
  /** From the tap until the wallet has taken it up. */
  starting = $state(false);
  /** What went wrong and what to do. */
  error = $state<string | null>(null);
  /** Whether the person has read how the last one ended. */
  read = $state(false);

  /** Whether the keyboard was here: what replaces a button then gets the focus that it had. */
  follows = false;

  readonly #wallet: Wallet;

  constructor(wallet: Wallet) {
    this.#wallet = wallet;
  }

  /** Goes on at once, instead of when the pause is over. */
  tryNow(): void {
    this.#wallet.retryNow();
  }

  async start(): Promise<void> {
    if (this.starting) return;
    this.starting = true;
    this.follows = true;
    this.error = null;
    this.read = false;
    try {
      await this.#wallet.repair();
    } catch (error) {
      this.error = wordsFor(error);
    } finally {
      this.starting = false;
    }
  }
}
