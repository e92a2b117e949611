/** How long nobody has touched the page, or it was hidden. */
export class Idle {
  readonly #steadyMs: () => number;
  readonly #deviceMs: () => number;
  #since: readonly [number, number];
  #hidden: readonly [number, number] | null = null;

  constructor(steadyMs: () => number, deviceMs: () => number) {
    this.#steadyMs = steadyMs;
    this.#deviceMs = deviceMs;
    this.#since = this.#now();
  }

  touch(): void {
    this.#since = this.#now();
  }

  visible(visible: boolean): void {
    this.#hidden = visible ? null : (this.#hidden ?? this.#now());
  }

  /**
   * By whichever clock ran further: one of them may stand still while the device sleeps, the other may
   * be set.
   */
  isOver(minutes: number): boolean {
    if (minutes === 0) return false;
    const limitMs = minutes * 60_000;
    const [steadyMs, deviceMs] = this.#now();
    return [this.#since, this.#hidden].some(
      (from) => from !== null && Math.max(steadyMs - from[0], deviceMs - from[1]) >= limitMs,
    );
  }

  #now(): readonly [number, number] {
    return [this.#steadyMs(), this.#deviceMs()];
  }
}
