import { decodeCopy, encodeCopy, encodeJournalRecord } from '../vault/copy-file.ts';
import type { JournalRecord, SecondCopy, StoredRecords } from '../vault/records.ts';

/**
 * The second copy, in the origin's private file system: another mechanism of the browser than
 * IndexedDB, so that what one of them loses the other may still have. One file at a time grows with the
 * journal; another tab that takes over begins a file of its own, because an open file is locked.
 */
const FOLDER = 'raida-wallet';

/** Later files have greater numbers: they were begun later. */
const NAME = /^copy-(\d{1,15})$/;

export class OpfsCopy implements SecondCopy {
  #state: SecondCopy['state'] = 'kept';
  #file: FileSystemSyncAccessHandle | null = null;
  #number = 0;
  #end = 0;

  get state(): SecondCopy['state'] {
    return this.#state;
  }

  async read(): Promise<StoredRecords | null> {
    try {
      const folder = await openFolder();
      if (!folder) return null;
      for (const number of await listNumbers(folder)) {
        const file = await (await folder.getFileHandle(nameOf(number))).getFile();
        const copy = decodeCopy(new Uint8Array(await file.arrayBuffer()));
        if (copy) return copy;
      }
    } catch {
      // What cannot be read is as good as not there: the first copy is the one that counts.
    }
    return null;
  }

  async begin(records: StoredRecords): Promise<void> {
    this.#file?.close();
    this.#file = null;
    try {
      const folder = await openFolder();
      if (!folder) {
        this.#state = 'unavailable';
        return;
      }
      const earlier = await listNumbers(folder);
      this.#number = Math.max(this.#number, ...earlier) + 1;
      const handle = await folder.getFileHandle(nameOf(this.#number), { create: true });
      this.#file = await handle.createSyncAccessHandle();
      this.#end = 0;
      for (const frame of encodeCopy(records)) this.#write(frame);
      this.#file.flush();
      this.#state = 'kept';
      await removeAll(folder, earlier);
    } catch {
      this.#fail();
    }
  }

  append(record: JournalRecord): Promise<void> {
    if (this.#file) {
      try {
        this.#write(encodeJournalRecord(record));
        this.#file.flush();
      } catch {
        this.#fail();
      }
    }
    return Promise.resolve();
  }

  close(): void {
    this.#file?.close();
    this.#file = null;
  }

  #write(bytes: Uint8Array): void {
    const written = this.#file!.write(bytes as Uint8Array<ArrayBuffer>, { at: this.#end });
    if (written < bytes.length) throw new Error('the file system has no room left');
    this.#end += written;
  }

  /** What was written so far stays: it is whole up to some commit. */
  #fail(): void {
    this.#state = 'failed';
    try {
      this.#file?.close();
    } catch {
      // It is not used any more.
    }
    this.#file = null;
  }
}

async function openFolder(): Promise<FileSystemDirectoryHandle | null> {
  if (!('createSyncAccessHandle' in (globalThis.FileSystemFileHandle?.prototype ?? {})))
    return null;
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(FOLDER, { create: true });
}

/** The newest first. */
async function listNumbers(folder: FileSystemDirectoryHandle): Promise<number[]> {
  const numbers: number[] = [];
  for await (const name of folder.keys()) {
    const match = NAME.exec(name);
    if (match) numbers.push(Number(match[1]));
  }
  return numbers.sort((one, other) => other - one);
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
