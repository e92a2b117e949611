/** A part of the page that is loaded when it is first needed, and stays. */
export class OnDemand<Part> {
  part = $state.raw<Part | null>(null);
  /** Whether loading failed; asking again tries again. */
  failed = $state(false);

  readonly #load: () => Promise<Part>;
  #loading: Promise<void> | null = null;

  constructor(load: () => Promise<Part>) {
    this.#load = load;
  }

  /** Loads it unless it is here or on its way. Never rejects: `failed` tells. */
  need(): Promise<void> {
    this.#loading ??= this.#load().then(
      (part) => {
        this.part = part;
        this.failed = false;
      },
      () => {
        this.failed = true;
        this.#loading = null;
      },
    );
    return this.#loading;
  }
}
