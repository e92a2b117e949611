/** The origin's private file system in memory: with a quota, exclusive handles, and reads that fail. */
export class FakeOpfs {
  readonly files = new Map<string, Uint8Array>();
  readonly locked = new Set<string>();
  quota = Infinity;
  /** Names of files that cannot be read just now. */
  failsToRead: (name: string) => boolean = () => false;

  get used(): number {
    return [...this.files.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** What a killed worker holds open is let go. */
  unlockAll(): void {
    this.locked.clear();
  }

  install(): void {
    const folder = {
      keys: () => [...this.files.keys()],
      getFileHandle: (name: string, options?: { readonly create?: boolean }) => {
        if (!this.files.has(name)) {
          if (!options?.create) return Promise.reject(new DOMException('none', 'NotFoundError'));
          this.files.set(name, new Uint8Array());
        }
        return Promise.resolve(this.#handleOf(name));
      },
      removeEntry: (name: string) => {
        if (this.locked.has(name)) return Promise.reject(inUse());
        this.files.delete(name);
        return Promise.resolve();
      },
    };
    const root = { getDirectoryHandle: () => Promise.resolve(folder) };
    const storage = { getDirectory: () => Promise.resolve(root) };
    class FileHandle {
      createSyncAccessHandle() {}
    }
    Object.assign(globalThis, { FileSystemFileHandle: FileHandle });
    Object.defineProperty(globalThis, 'navigator', {
      configurable: true,
      writable: true,
      value: { storage },
    });
  }

  #handleOf(name: string) {
    return {
      getFile: () =>
        Promise.resolve({
          arrayBuffer: () =>
            this.failsToRead(name)
              ? Promise.reject(new DOMException('not now', 'NotReadableError'))
              : Promise.resolve(Uint8Array.from(this.files.get(name)!).buffer),
        }),
      createSyncAccessHandle: () => {
        if (this.locked.has(name)) return Promise.reject(inUse());
        this.locked.add(name);
        return Promise.resolve({
          write: (bytes: Uint8Array, { at }: { readonly at: number }) =>
            this.#write(name, bytes, at),
          flush: () => undefined,
          close: () => this.locked.delete(name),
        });
      },
    };
  }

  /** As much as there is room for. */
  #write(name: string, bytes: Uint8Array, at: number): number {
    const before = this.files.get(name)!;
    const grows = Math.max(0, at + bytes.length - before.length);
    const written = bytes.length - Math.max(0, grows - (this.quota - this.used));
    if (written <= 0) return 0;
    const after = new Uint8Array(Math.max(before.length, at + written));
    after.set(before);
    after.set(bytes.subarray(0, written), at);
    this.files.set(name, after);
    return written;
  }
}

function inUse(): DOMException {
  return new DOMException('in use', 'NoModificationAllowedError');
}
