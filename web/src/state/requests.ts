import type { FromWorker } from '../wallet/messages.ts';
import { texts } from '../texts.ts';

/** The worker could not do what was asked. The message is for the person: what to do next. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}

/** What to tell the person of something that went wrong. */
export function wordsFor(error: unknown): string {
  return error instanceof RequestError ? error.message : texts.failed;
}

interface OpenRequest {
  /** Whether this was an answer to what had been asked. */
  settle(answer: FromWorker): boolean;
  fail(message: string): void;
}

/** Questions to the worker that wait for their answers, matched by number. */
export class Requests {
  readonly #open = new Map<number, OpenRequest>();
  #lastNumber = 0;

  /** `read` finds the value in an answer; null when it is an answer to something else. */
  open<Value>(
    read: (answer: FromWorker) => Value | null,
    send: (request: number) => void,
  ): Promise<Value> {
    const request = ++this.#lastNumber;
    return new Promise((resolve, reject) => {
      this.#open.set(request, {
        settle: (answer) => {
          const value = read(answer);
          if (value === null) return false;
          resolve(value);
          return true;
        },
        fail: (message) => reject(new RequestError(message)),
      });
      send(request);
    });
  }

  answer(request: number, answer: FromWorker): void {
    if (this.#open.get(request)?.settle(answer)) this.#open.delete(request);
  }

  fail(request: number, message: string): void {
    this.#open.get(request)?.fail(message);
    this.#open.delete(request);
  }

  failAll(message: string): void {
    for (const request of this.#open.values()) request.fail(message);
    this.#open.clear();
  }
}
