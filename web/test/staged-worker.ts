import type { WorkerLike } from '../src/state/wallet.svelte.ts';
import type { FromWorker, ToWorker } from '../src/wallet/messages.ts';

/** A worker that says what the test wants, and remembers what it was told. */
export class StagedWorker implements WorkerLike {
  readonly posted: ToWorker[] = [];
  readonly transferred: Transferable[] = [];
  readonly #listeners: ((event: { readonly data: FromWorker }) => void)[] = [];
  readonly #failureListeners: (() => void)[] = [];

  postMessage(message: ToWorker, transfer: Transferable[]): void {
    this.posted.push(message);
    this.transferred.push(...transfer);
  }

  addEventListener(
    type: 'message' | 'error' | 'messageerror',
    listen: (event: { readonly data: FromWorker }) => void,
  ): void {
    if (type === 'message') this.#listeners.push(listen);
    else this.#failureListeners.push(listen as () => void);
  }

  terminated = false;

  terminate(): void {
    this.terminated = true;
  }

  say(message: FromWorker): void {
    for (const listen of this.#listeners) listen({ data: message });
  }

  crash(): void {
    for (const listen of this.#failureListeners) listen();
  }

  /** Every message of one kind, in order. */
  told<Kind extends ToWorker['kind']>(kind: Kind): Extract<ToWorker, { kind: Kind }>[] {
    return this.posted.filter(
      (message): message is Extract<ToWorker, { kind: Kind }> => message.kind === kind,
    );
  }
}
