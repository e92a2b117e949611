import type {
  BackupReading,
  FromWorker,
  NetworkView,
  OfferView,
  PasskeyView,
  Phase,
  RestoreSource,
  SendPlan,
  ToWorker,
  VaultKeySource,
  VaultView,
  WalletView,
} from '../wallet/messages.ts';
import { texts } from '../texts.ts';
import { RequestError, Requests } from './requests.ts';

/** The part of a Worker that the page uses, so that tests can stand in for one. */
export interface WorkerLike {
  postMessage(message: ToWorker, transfer: Transferable[]): void;
  addEventListener(type: 'message', listen: (event: { readonly data: FromWorker }) => void): void;
  addEventListener(type: 'error' | 'messageerror', listen: () => void): void;
  terminate(): void;
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

/** In these the page knows of no coins. */
const HIDES_COINS: ReadonlySet<Phase> = new Set(['new', 'unprotected', 'locked', 'locking']);

/**
 * The page's view of the wallet. Everything happens in the worker; this turns its messages into state
 * and its answers into promises.
 */
export class Wallet {
  phase = $state<Phase>('opening');
  /** What happened and what to do, when the phase is `elsewhere`, `paused`, `outdated` or `failed`. */
  message = $state<string | null>(null);
  /** What may open the wallet besides its passphrase. */
  passkeys = $state.raw<readonly PasskeyView[]>([]);
  network = $state.raw<NetworkView | null>(null);
  /** Null until the worker has read the stored coins. Raw: it is replaced whole, never changed. */
  view = $state.raw<WalletView | null>(null);
  /** Null until the wallet is open here. */
  vault = $state.raw<VaultView | null>(null);

  readonly #startWorker: () => WorkerLike;
  #worker: WorkerLike;
  readonly #requests = new Requests();

  constructor(startWorker: () => WorkerLike) {
    this.#startWorker = startWorker;
    this.#worker = this.#start();
  }

  #start(): WorkerLike {
    const worker = this.#startWorker();
    worker.addEventListener('message', ({ data }) => {
      if (worker === this.#worker) this.#receive(data);
    });
    const broke = () => {
      if (worker === this.#worker) this.#fail();
    };
    worker.addEventListener('error', broke);
    worker.addEventListener('messageerror', broke);
    worker.postMessage({ kind: 'open' }, []);
    return worker;
  }

  /** Makes a new wallet, or encrypts the one that an earlier version left (phase `unprotected`). */
  create(passphrase: string, restore: RestoreSource | null): Promise<{ restore: number | null }> {
    return this.#ask(
      (request) => ({ kind: 'create', request, passphrase, restore }),
      (answer) => (answer.kind === 'opened' ? { restore: answer.restore } : null),
    );
  }

  /** In phase `elsewhere` it takes the wallet over from the other tab. */
  unlock(key: VaultKeySource): Promise<true> {
    return this.#ask(
      (request) => ({ kind: 'unlock', request, key }),
      (answer) => (answer.kind === 'opened' ? true : null),
    );
  }

  /** Locks when what is under way is finished. */
  lock(): void {
    this.#send({ kind: 'lock' });
  }

  active(): void {
    this.#send({ kind: 'active' });
  }

  visible(visible: boolean): void {
    this.#send({ kind: 'visible', visible });
  }

  /** Resolves with the number of the operation that looks for the coins. */
  restore(source: RestoreSource): Promise<number> {
    return this.#ask(
      (request) => ({ kind: 'restore', request, source }),
      (answer) => (answer.kind === 'restoring' ? answer.restore : null),
    );
  }

  showWords(passphrase: string): Promise<readonly string[]> {
    return this.#ask(
      (request) => ({ kind: 'show words', request, passphrase }),
      (answer) => (answer.kind === 'words' ? answer.words : null),
    );
  }

  wordsWritten(): Promise<true> {
    return this.#askDone((request) => ({ kind: 'words written', request }));
  }

  listCoins(): Promise<{ readonly text: string; readonly coins: number }> {
    return this.#ask(
      (request) => ({ kind: 'list coins', request }),
      (answer) =>
        answer.kind === 'coins listed' ? { text: answer.text, coins: answer.coins } : null,
    );
  }

  listSaved(): Promise<true> {
    return this.#askDone((request) => ({ kind: 'list saved', request }));
  }

  checkPassphrase(passphrase: string): Promise<true> {
    return this.#askDone((request) => ({ kind: 'check passphrase', request, passphrase }));
  }

  makeBackup(passphrase: string): Promise<HandedFile> {
    return this.#ask(
      (request) => ({ kind: 'make backup', request, passphrase }),
      (answer) =>
        answer.kind === 'backup made' ? { name: answer.name, bytes: answer.bytes } : null,
    );
  }

  testBackup(bytes: Uint8Array<ArrayBuffer>, passphrase: string): Promise<BackupReading> {
    return this.#ask(
      (request) => ({ kind: 'test backup', request, bytes, passphrase }),
      (answer) => (answer.kind === 'backup read' ? answer.backup : null),
    );
  }

  changePassphrase(old: string, passphrase: string): Promise<true> {
    return this.#askDone((request) => ({
      kind: 'change passphrase',
      request,
      old,
      new: passphrase,
    }));
  }

  addPasskey(
    passphrase: string,
    passkey: Omit<PasskeyView, 'addedAtMs'>,
    prf: Uint8Array<ArrayBuffer>,
  ): Promise<true> {
    return this.#askDone((request) => ({ kind: 'add passkey', request, passphrase, passkey, prf }));
  }

  removePasskey(credentialId: Uint8Array<ArrayBuffer>): Promise<true> {
    return this.#askDone((request) => ({ kind: 'remove passkey', request, credentialId }));
  }

  lockAfter(minutes: number): Promise<true> {
    return this.#askDone((request) => ({ kind: 'lock after', request, minutes }));
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

  #askDone(build: (request: number) => ToWorker): Promise<true> {
    return this.#ask(build, (answer) => (answer.kind === 'done' ? true : null));
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
        this.passkeys = message.passkeys ?? [];
        if (HIDES_COINS.has(message.phase)) this.#hide();
        if (message.phase === 'failed') this.#requests.failAll(this.#failure());
        return;
      case 'let go':
        this.#hide();
        this.#worker.terminate();
        this.#requests.failAll(texts.lifecycle.locked);
        this.#worker = this.#start();
        return;
      case 'vault':
        this.vault = message.vault;
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

  #hide(): void {
    this.view = null;
    this.vault = null;
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
