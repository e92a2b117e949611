/**
 * True time, which jumps from one event to the next, so that hours of waiting cost nothing. All
 * times are whole milliseconds, and whatever is due at the same one happens in one go, in the order
 * in which it was asked for.
 */

/** Something that happens at a time. */
export interface Due {
  fire(): void;
}

/**
 * Resolves when every promise has said what it has to say: Node runs its next tick once no microtask
 * is left, which costs a fraction of a turn of the event loop.
 */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}

export class VirtualTime {
  #nowMs: number;
  /** A binary heap of the times at which something is due, each once. */
  readonly #heap: number[] = [];
  readonly #due = new Map<number, Due[]>();
  /** Whether a promise was resolved since the last turn: only then anybody has something to say. */
  #touched = true;
  /** Events that happened so far. */
  events = 0;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  at(atMs: number, due: Due): void {
    const whenMs = Math.max(Math.ceil(atMs), this.#nowMs);
    const others = this.#due.get(whenMs);
    if (others) {
      others.push(due);
      return;
    }
    this.#due.set(whenMs, [due]);
    push(this.#heap, whenMs);
  }

  after(ms: number, fire: () => void): void {
    this.at(this.#nowMs + ms, { fire });
  }

  /** To be called by whoever resolves a promise. */
  touch(): void {
    this.#touched = true;
  }

  /** Runs until `done` holds or until that time. Returns whether it holds. */
  async run(done: () => boolean, untilMs: number): Promise<boolean> {
    this.#touched = true;
    for (;;) {
      if (this.#touched) {
        this.#touched = false;
        await turn();
        if (done()) return true;
      }
      const nextMs = this.#heap[0];
      if (nextMs === undefined || nextMs > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return done();
      }
      pop(this.#heap);
      this.#nowMs = nextMs;
      const all = this.#due.get(nextMs)!;
      this.#due.delete(nextMs);
      this.events += all.length;
      for (const due of all) due.fire();
    }
  }
}

function push(heap: number[], value: number): void {
  let at = heap.length;
  heap.push(value);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]! <= value) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = value;
}

function pop(heap: number[]): void {
  const last = heap.pop()!;
  const { length } = heap;
  if (length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= length) break;
    if (child + 1 < length && heap[child + 1]! < heap[child]!) child++;
    if (heap[child]! >= last) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
}
