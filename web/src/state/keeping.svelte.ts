/** Whether this browser keeps what the page stores, and what it said when it was asked to. */

/** The part of the browser that is used, so that tests need none. */
export interface KeepingPlace {
  readonly storage: Pick<StorageManager, 'persist' | 'persisted'> | undefined;
  /** Safari on a phone or tablet, not opened from the home screen: it forgets after 7 days. */
  readonly forgets: boolean;
}

export class Keeping {
  answer = $state<'unknown' | 'unasked' | 'promised' | 'refused' | 'unavailable'>('unknown');
  asking = $state(false);
  readonly forgets: boolean;

  readonly #storage: KeepingPlace['storage'];

  constructor({ storage, forgets }: KeepingPlace) {
    this.#storage = storage;
    this.forgets = forgets;
    if (storage === undefined) this.answer = 'unavailable';
    else void this.#note(storage.persisted(), 'unasked');
  }

  /** Some browsers ask the person, some decide by themselves. */
  async ask(): Promise<void> {
    if (this.#storage === undefined || this.asking || this.answer === 'promised') return;
    this.asking = true;
    await this.#note(this.#storage.persist(), 'refused');
    this.asking = false;
  }

  async #note(answer: Promise<boolean>, otherwise: 'unasked' | 'refused'): Promise<void> {
    try {
      this.answer = (await answer) ? 'promised' : otherwise;
    } catch {
      this.answer = 'unavailable';
    }
  }
}

export function thisPlace(): KeepingPlace {
  const { userAgent, maxTouchPoints } = navigator;
  const tablet = userAgent.includes('Macintosh') && maxTouchPoints > 1;
  const installed =
    (navigator as { standalone?: boolean }).standalone === true ||
    matchMedia('(display-mode: standalone)').matches;
  const storage = (navigator as { storage?: StorageManager }).storage;
  return {
    storage: typeof storage?.persist === 'function' ? storage : undefined,
    forgets: (/iPhone|iPad|iPod/u.test(userAgent) || tablet) && !installed,
  };
}
