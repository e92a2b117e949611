/** Who has something to write. */
export interface Flushable {
  flush(): void;
}

/**
 * Answers that are ready together are written together: the event loop reads all datagrams that
 * have come, and then, once a turn, everyone who got some writes.
 */
export class FlushQueue {
  #waiting: Flushable[] = [];

  add(one: Flushable): void {
    if (this.#waiting.length === 0) setImmediate(this.#flushAll);
    this.#waiting.push(one);
  }

  readonly #flushAll = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one.flush();
  };
}
