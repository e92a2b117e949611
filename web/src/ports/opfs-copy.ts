import { decodeCopy, encodeCopy, encodeJournalRecord } from '../vault/copy-file.ts';
import {
  unbrokenEnd,
  type JournalRecord,
  type SecondCopy,
  type StoredRecords,
} from '../vault/records.ts';

/**
 * The second copy, in the origin's private file system: another mechanism of the browser than
 * IndexedDB, so that what one of them loses the other may still have. One file at a time grows with the
 * journal; another tab that takes over begins a file of its own, because an open file is locked.
 */
const FOLDER = 'raida-wallet';

const NAME = /^copy-(\d{1,15})$/;

interface OpenFile {
  readonly number: number;
  readonly handle: FileSystemSyncAccessHandle;
  end: number;
}

export class OpfsCopy implements SecondCopy {
  #state: SecondCopy['state'] = 'kept';
  #file: OpenFile | null = null;
  /** Files that were read here: of all others it is not known what they hold, so they stay. */
  readonly #known = new Set<number>();
  #hasUnread = false;

  get state(): SecondCopy['state'] {
    return this.#state;
  }

  get hasUnread(): boolean {
    return this.#hasUnread;
  }

  async read(): Promise<readonly StoredRecords[]> {
    this.#hasUnread = false;
    const copies: StoredRecords[] = [];
    try {
      const folder = await openFolder();
      for (const number of folder ? await listNumbers(folder) : []) {
        const copy = await this.#readFile(folder!, number);
        if (copy) copies.push(copy);
      }
    } catch {
      this.#hasUnread = true;
    }
    return copies.sort(byReach);
  }

  async begin(records: StoredRecords, replaces = false): Promise<void> {
    try {
      const folder = await openFolder();
      if (folder) await this.#begin(folder, records, replaces);
      else this.#state = 'unavailable';
    } catch {
      this.#state = 'failed';
      this.close();
    }
  }

  async #begin(folder: FileSystemDirectoryHandle, records: StoredRecords, replaces: boolean) {
    const earlier = await listNumbers(folder);
    const number = Math.max(0, ...earlier) + 1;
    const begun = await writeFile(folder, number, records);
    if (!begun && !replaces && this.#file) return;
    this.close();
    this.#file = begun;
    this.#state = begun ? 'kept' : 'failed';
    if (begun) this.#known.add(number);
    if (!begun && !replaces) return;
    await removeAll(
      folder,
      earlier.filter((one) => replaces || this.#known.has(one)),
    );
  }

  append(record: JournalRecord): Promise<void> {
    if (this.#file) {
      try {
        write(this.#file, encodeJournalRecord(record));
        this.#file.handle.flush();
      } catch {
        // What was written so far stays: it is whole up to some commit.
        this.#state = 'failed';
        this.close();
      }
    }
    return Promise.resolve();
  }

  close(): void {
    closeFile(this.#file);
    this.#file = null;
  }

  /** Null for what is no copy. */
  async #readFile(folder: FileSystemDirectoryHandle, number: number) {
    try {
      const file = await (await folder.getFileHandle(nameOf(number))).getFile();
      const copy = decodeCopy(new Uint8Array(await file.arrayBuffer()));
      this.#known.add(number);
      return copy;
    } catch {
      this.#hasUnread = true;
      return null;
    }
  }
}

/** The furthest first. */
function byReach(one: StoredRecords, other: StoredRecords): number {
  const [end, otherEnd] = [unbrokenEnd(one), unbrokenEnd(other)];
  return end === otherEnd ? other.base.generation - one.base.generation : otherEnd - end;
}

/** Null when it could not be written, and then there is nothing of it. */
async function writeFile(
  folder: FileSystemDirectoryHandle,
  number: number,
  records: StoredRecords,
): Promise<OpenFile | null> {
  let file: OpenFile | null = null;
  try {
    const entry = await folder.getFileHandle(nameOf(number), { create: true });
    file = { number, handle: await entry.createSyncAccessHandle(), end: 0 };
    for (const frame of encodeCopy(records)) write(file, frame);
    file.handle.flush();
    return file;
  } catch {
    closeFile(file);
    // It would take the room that the first copy needs.
    await removeAll(folder, [number]);
    return null;
  }
}

function write(file: OpenFile, bytes: Uint8Array): void {
  const written = file.handle.write(bytes, { at: file.end });
  if (written < bytes.length) throw new Error('the file system has no room left');
  file.end += written;
}

function closeFile(file: OpenFile | null): void {
  try {
    file?.handle.close();
  } catch {
    // It is not used any more.
  }
}

async function openFolder(): Promise<FileSystemDirectoryHandle | null> {
  // Older browsers have neither.
  if (typeof FileSystemFileHandle === 'undefined') return null;
  if (!('createSyncAccessHandle' in FileSystemFileHandle.prototype)) return null;
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(FOLDER, { create: true });
}

async function listNumbers(folder: FileSystemDirectoryHandle): Promise<number[]> {
  const numbers: number[] = [];
  for await (const name of folder.keys()) {
    const match = NAME.exec(name);
    if (match) numbers.push(Number(match[1]));
  }
  return numbers;
}

async function removeAll(folder: FileSystemDirectoryHandle, numbers: readonly number[]) {
  for (const number of numbers) {
    // Another tab may not have let go of its file yet; whoever begins the next one removes it.
    await folder.removeEntry(nameOf(number)).catch(() => undefined);
  }
}

function nameOf(number: number): string {
  return `copy-${number}`;
}
