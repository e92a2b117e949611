import { keyWords } from './key-words.ts';

/** One thing that a form asks of the wallet, and what came of it. */
export class Asking {
  busy = $state(false);
  /** What went wrong and what to do. */
  error = $state<string | null>(null);

  /** Resolves with null when it failed, or when something is being asked already. */
  async ask<Value>(question: () => Promise<Value>): Promise<Value | null> {
    if (this.busy) return null;
    this.busy = true;
    this.error = null;
    try {
      return await question();
    } catch (error) {
      this.error = keyWords(error);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
