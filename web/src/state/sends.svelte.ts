import type { SendView } from '../wallet/messages.ts';
import { sendingTexts as words } from '../texts-sending.ts';
import { counted, formatCount } from './format.ts';
import { wordsFor } from './requests.ts';
import type { HandedFile, Wallet } from './wallet.svelte.ts';

/** Ways out of the page for a file. */
export interface Outlet {
  /** Whether this device has a way to share files at all. */
  readonly canShare: boolean;
  save(file: HandedFile): void;
  /** `refused`: this kind of file cannot be shared here. */
  share(file: HandedFile): Promise<'shared' | 'cancelled' | 'refused'>;
}

export type SendActivity = 'saving' | 'sharing' | 'taking back';

/** What can be done with sends that exist: one thing at a time. */
export class Sends {
  busy = $state.raw<{ readonly send: number; readonly activity: SendActivity } | null>(null);
  /** What came of the last thing that was done, and to which send it was done. */
  note = $state.raw<{
    readonly send: number;
    readonly text: string;
    readonly isError: boolean;
  } | null>(null);
  /** The send of which it is asked whether to take it back. */
  confirming = $state<number | null>(null);

  readonly canShare: boolean;
  readonly #wallet: Wallet;
  readonly #outlet: Outlet;

  constructor(wallet: Wallet, outlet: Outlet) {
    this.#wallet = wallet;
    this.#outlet = outlet;
    this.canShare = outlet.canShare;
  }

  save(send: number): Promise<void> {
    return this.#attempt(send, 'saving', async () => {
      this.#outlet.save(await this.#wallet.handOver(send));
      return words.saved;
    });
  }

  share(send: number): Promise<void> {
    return this.#attempt(send, 'sharing', async () => {
      const file = await this.#wallet.handOver(send);
      if ((await this.#outlet.share(file)) !== 'refused') return null;
      this.#outlet.save(file);
      return words.shareRefused;
    });
  }

  async takeBack(): Promise<void> {
    const send = this.confirming;
    if (send === null) return;
    await this.#attempt(send, 'taking back', async () => {
      await this.#wallet.takeBack(send);
      return null;
    });
    this.confirming = null;
  }

  async #attempt(
    send: number,
    activity: SendActivity,
    attempt: () => Promise<string | null>,
  ): Promise<void> {
    if (this.busy !== null) return;
    this.busy = { send, activity };
    this.note = null;
    try {
      const text = await attempt();
      if (text !== null) this.note = { send, text, isError: false };
    } catch (error) {
      this.note = { send, text: wordsFor(error), isError: true };
    } finally {
      this.busy = null;
    }
  }
}

/** A send in words. */
export interface SendWords {
  readonly state: string;
  readonly detail: string | null;
  /** Whether its file can still be given away, and its coins be taken back. */
  readonly open: boolean;
}

export function describeSend({ state, takenCoins, coins }: SendView): SendWords {
  const open = state === 'ready' || state === 'handed over';
  return { state: words.states[state], detail: detail(), open };

  function detail(): string | null {
    if (takenCoins === 0 || takenCoins === coins) return words.detail[state];
    if (state === 'taken back') {
      return words.partlyBack(formatCount(coins - takenCoins), counted(coins), counted(takenCoins));
    }
    return words.partlyTaken(formatCount(takenCoins), counted(coins));
  }
}

/** Whether there is anything left to wait for. */
export function isFinished({ state }: SendView): boolean {
  return state === 'taken' || state === 'taken back';
}
