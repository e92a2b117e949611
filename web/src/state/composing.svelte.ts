import type { SendPlan } from '../wallet/messages.ts';
import { formatAmount } from './format.ts';
import { wordsFor } from './requests.ts';
import { readTypedAmount, type TypedAmount } from './typed-amount.ts';
import type { Wallet } from './wallet.svelte.ts';

/**
 * From an amount to a file:
 *
 *   closed --open--> composing --create--> creating --> created --close--> closed
 *                       ^                      |
 *                       '------- error --------'
 *
 * While somebody types, the worker is asked which coins make up the amount: one question at a time, and
 * after its answer the newest one that is still open. Nothing is changed before `create`.
 */
export class Composing {
  stage = $state<'closed' | 'composing' | 'creating' | 'created'>('closed');
  text = $state('');
  memo = $state('');
  /** What was answered last, whatever it was asked about. */
  answer = $state.raw<SendPlan | null>(null);
  /** What went wrong and what to do. */
  error = $state<string | null>(null);
  /** The number of the send that was made. */
  created = $state<number | null>(null);

  readonly typed: TypedAmount = $derived(readTypedAmount(this.text));
  /** The plan for what is typed right now; null while it is not known. */
  readonly plan: SendPlan | null = $derived(
    this.typed.kind === 'amount' && this.typed.units === this.answer?.units ? this.answer : null,
  );

  readonly #wallet: Wallet;
  #asking = false;

  constructor(wallet: Wallet) {
    this.#wallet = wallet;
  }

  open(): void {
    if (this.stage !== 'closed') return;
    this.text = '';
    this.memo = '';
    this.answer = null;
    this.error = null;
    this.created = null;
    this.stage = 'composing';
  }

  close(): void {
    if (this.stage !== 'creating') this.stage = 'closed';
  }

  type(text: string): void {
    this.text = text;
    this.error = null;
    void this.#askForPlan();
  }

  choose(units: bigint): void {
    // Without the commas, so that no amount has two readings.
    this.type(formatAmount(units).replaceAll(',', ''));
  }

  /** The coins have changed meanwhile: what was planned may not hold any more. */
  coinsChanged(): void {
    this.answer = null;
    void this.#askForPlan();
  }

  async create(): Promise<void> {
    const { plan } = this;
    if (this.stage !== 'composing' || plan === null || !plan.exact) return;
    this.stage = 'creating';
    this.error = null;
    try {
      this.created = await this.#wallet.send(plan.units, this.memo.trim());
      this.stage = 'created';
    } catch (error) {
      this.error = wordsFor(error);
      this.stage = 'composing';
      this.coinsChanged();
    }
  }

  async #askForPlan(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      for (let units = this.#wanted(); units !== null; units = this.#wanted()) {
        this.answer = await this.#wallet.planSend(units);
      }
    } catch (error) {
      this.error = wordsFor(error);
    } finally {
      this.#asking = false;
    }
  }

  /** The amount that has to be asked about, if any. */
  #wanted(): bigint | null {
    const { typed, stage, plan } = this;
    const wanted = stage === 'composing' && plan === null && typed.kind === 'amount';
    return wanted && typed.units > 0n ? typed.units : null;
  }
}
