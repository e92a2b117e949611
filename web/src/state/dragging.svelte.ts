/** The parts of a DragEvent that are used. */
export interface DragLike {
  readonly dataTransfer: {
    readonly types: readonly string[];
    readonly files: Iterable<File>;
    dropEffect: string;
  } | null;
  preventDefault(): void;
}

/**
 * The whole page takes files. Entering a child fires `dragenter` before the `dragleave` of its parent,
 * so the two are counted. Without preventDefault a drop would open the file and leave the wallet.
 */
export class Dragging {
  over = $state(false);
  #depth = 0;

  enter(event: DragLike): void {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    this.#depth++;
    this.over = true;
  }

  move(event: DragLike): void {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
  }

  leave(event: DragLike): void {
    if (!carriesFiles(event)) return;
    this.#depth = Math.max(0, this.#depth - 1);
    this.over = this.#depth > 0;
  }

  /** The dropped files, if any. */
  drop(event: DragLike): readonly File[] {
    if (!carriesFiles(event)) return [];
    event.preventDefault();
    this.#depth = 0;
    this.over = false;
    return [...(event.dataTransfer?.files ?? [])];
  }
}

function carriesFiles({ dataTransfer }: DragLike): boolean {
  return dataTransfer?.types.includes('Files') ?? false;
}
