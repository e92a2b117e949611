import type {
  FromWorker,
  NetworkView,
  OfferView,
  ToWorker,
  WalletView,
} from '../worker/messages.ts';
import { texts } from '../texts.ts';

/** The part of a Worker that the page uses, so that tests can stand in for one. */
export interface WorkerLike {
  postMessage(message: ToWorker, transfer: Transferable[]): void;
  addEventListener(type: 'message', listen: (event: { readonly data: FromWorker }) => void): void;
  addEventListener(type: 'error' | 'messageerror', listen: () => void): void;
}

export interface ChosenFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The worker could not do what was asked. The message is for the person: what to do next. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}

interface Waiting {
  /** Whether this answer is the one that was asked for. */
  accept(answer: FromWorker): boolean;
  fail(message: string): void;
}

export type Phase = Extract<FromWorker, { kind: 'lifecycle' }>['phase'];

/**
 * The page's view of the wallet. Everything happens in the worker; this turns its messages into state
 * and its answers into promises.
 */
export class Wallet {
  phase = $state<Phase>('opening');
  /** What happened and what to do, when the phase is `elsewhere` or `failed`. */
  message = $state<string | null>(null);
  network = $state.raw<NetworkView | null>(null);
  /** Null until the worker has read the stored coins. Raw: it is replaced whole, never changed. */
  view = $state.raw<WalletView | null>(null);

  readonly #worker: WorkerLike;
  readonly #waiting = new Map<number, Waiting>();
  #lastRequest = 0;

  constructor(worker: WorkerLike) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data }) => this.#receive(data));
    worker.addEventListener('error', () => this.#fail());
    worker.addEventListener('messageerror', () => this.#fail());
    this.#send({ kind: 'open' });
  }

  /** Looks into files. Their bytes move to the worker: the page keeps no copy of the secrets. */
  inspect(files: readonly ChosenFile[]): Promise<OfferView> {
    return this.#ask(
      (request) => ({ kind: 'inspect', request, files }),
      (answer) => (answer.kind === 'inspected' ? { value: answer.offer } : null),
      files.map(({ bytes }) => bytes.buffer),
    );
  }

  /** Fetches new coins from a network that hands them out, and offers them like a file. */
  testCoins(): Promise<OfferView> {
    return this.#ask(
      (request) => ({ kind: 'test coins', request }),
      (answer) => (answer.kind === 'inspected' ? { value: answer.offer } : null),
    );
  }

  /** Resolves with the deposit's number when its coins are stored, before anything is sent. */
  accept(offer: number): Promise<number> {
    return this.#ask(
      (request) => ({ kind: 'accept', request, offer }),
      (answer) => (answer.kind === 'accepted' ? { value: answer.deposit } : null),
    );
  }

  dismiss(offer: number): void {
    this.#send({ kind: 'dismiss', offer });
  }

  retryNow(): void {
    this.#send({ kind: 'retry now' });
  }

  #send(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #ask<Value>(
    build: (request: number) => ToWorker,
    read: (answer: FromWorker) => { value: Value } | null,
    transfer: Transferable[] = [],
  ): Promise<Value> {
    if (this.phase === 'failed') return Promise.reject(new RequestError(this.#failure()));
    const request = ++this.#lastRequest;
    return new Promise((resolve, reject) => {
      this.#waiting.set(request, {
        accept: (answer) => {
          const found = read(answer);
          if (found !== null) resolve(found.value);
          return found !== null;
        },
        fail: (message) => reject(new RequestError(message)),
      });
      this.#send(build(request), transfer);
    });
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'lifecycle':
        this.phase = message.phase;
        this.message = message.message;
        if (message.phase === 'failed') this.#rejectAll();
        return;
      case 'network':
        this.network = message.network;
        return;
      case 'wallet':
        this.view = message.wallet;
        return;
      case 'inspected':
      case 'accepted':
        if (this.#waiting.get(message.request)?.accept(message)) {
          this.#waiting.delete(message.request);
        }
        return;
      case 'failed':
        this.#waiting.get(message.request)?.fail(message.message);
        this.#waiting.delete(message.request);
    }
  }

  /** The worker itself broke. What it stored is not touched; a reload starts a new one. */
  #fail(): void {
    this.phase = 'failed';
    this.message = null;
    this.#rejectAll();
  }

  #rejectAll(): void {
    for (const waiting of this.#waiting.values()) waiting.fail(this.#failure());
    this.#waiting.clear();
  }

  #failure(): string {
    return this.message ?? texts.lifecycle.failedText;
  }
}
