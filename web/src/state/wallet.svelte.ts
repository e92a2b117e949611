import type {
  FromWorker,
  NetworkView,
  OfferView,
  SendPlan,
  ToWorker,
  WalletView,
} from '../wallet/messages.ts';
import { texts } from '../texts.ts';
import { RequestError, Requests } from './requests.ts';

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

/** A coin file to be given away: whoever has its bytes can take the coins. */
export interface HandedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
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
  readonly #requests = new Requests();

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
      (answer) => (answer.kind === 'inspected' ? answer.offer : null),
      files.map(({ bytes }) => bytes.buffer),
    );
  }

  /** Fetches new coins from a network that hands them out, and offers them like a file. */
  testCoins(): Promise<OfferView> {
    return this.#ask(
      (request) => ({ kind: 'test coins', request }),
      (answer) => (answer.kind === 'inspected' ? answer.offer : null),
    );
  }

  /** Resolves with the deposit's number when its coins are stored, before anything is sent. */
  accept(offer: number): Promise<number> {
    return this.#ask(
      (request) => ({ kind: 'accept', request, offer }),
      (answer) => (answer.kind === 'accepted' ? answer.deposit : null),
    );
  }

  dismiss(offer: number): void {
    this.#send({ kind: 'dismiss', offer });
  }

  /** Resolves with the number of coins that are being checked and repaired. */
  repair(): Promise<number> {
    return this.#ask(
      (request) => ({ kind: 'repair', request }),
      (answer) => (answer.kind === 'repairing' ? answer.coins : null),
    );
  }

  planSend(units: bigint): Promise<SendPlan> {
    return this.#ask(
      (request) => ({ kind: 'plan send', request, units }),
      (answer) => (answer.kind === 'send planned' ? answer.plan : null),
    );
  }

  /** Resolves with the send's number when its coins are out of the balance and its file is stored. */
  send(units: bigint, memo: string): Promise<number> {
    return this.#ask(
      (request) => ({ kind: 'send', request, units, memo }),
      (answer) => (answer.kind === 'sent' ? answer.send : null),
    );
  }

  /** The file of a send. From now on it counts as handed over. */
  handOver(send: number): Promise<HandedFile> {
    return this.#ask(
      (request) => ({ kind: 'hand over', request, send }),
      (answer) =>
        answer.kind === 'handed over' ? { name: answer.name, bytes: answer.bytes } : null,
    );
  }

  /** Resolves when it has begun; how it goes on is told by the view. */
  takeBack(send: number): Promise<true> {
    return this.#ask(
      (request) => ({ kind: 'take back', request, send }),
      (answer) => (answer.kind === 'taking back' ? true : null),
    );
  }

  retryNow(): void {
    this.#send({ kind: 'retry now' });
  }

  networkLost(): void {
    this.#send({ kind: 'network lost' });
  }

  #send(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #ask<Value>(
    build: (request: number) => ToWorker,
    read: (answer: FromWorker) => Value | null,
    transfer: Transferable[] = [],
  ): Promise<Value> {
    if (this.phase === 'failed') return Promise.reject(new RequestError(this.#failure()));
    return this.#requests.open(read, (request) => this.#send(build(request), transfer));
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'lifecycle':
        this.phase = message.phase;
        this.message = message.message;
        if (message.phase === 'failed') this.#requests.failAll(this.#failure());
        return;
      case 'network':
        this.network = message.network;
        return;
      case 'wallet':
        this.view = message.wallet;
        return;
      case 'failed':
        this.#requests.fail(message.request, message.message);
        return;
      default:
        this.#requests.answer(message.request, message);
    }
  }

  /** The worker itself broke. What it stored is not touched; a reload starts a new one. */
  #fail(): void {
    this.phase = 'failed';
    this.message = null;
    this.#requests.failAll(this.#failure());
  }

  #failure(): string {
    return this.message ?? texts.lifecycle.failedText;
  }
}
