import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One process a data folder: two would each decide over what the other has changed meanwhile. The
 * file holds the owner's process number, so that the lock of a process that was killed is seen
 * to be stale.
 */

const FILE = 'running.pid';

/** The folders that this very process holds. */
const held = new Set<string>();

/** Takes the folder for this process. Returns what gives it back. Throws when it is taken. */
export function lockFolder(folder: string): () => void {
  const file = join(folder, FILE);
  if (held.has(file)) throw new Error(`${folder} is in use by this process already`);
  if (!tryToCreate(file)) {
    const owner = ownerOf(file);
    if (owner !== null) {
      throw new Error(
        `${folder} is in use by process ${owner}. Stop it first, or choose another folder ` +
          `(if that process is something else, delete ${file})`,
      );
    }
    rmSync(file, { force: true });
    if (!tryToCreate(file)) throw new Error(`${folder} has just been taken by another process`);
  }
  held.add(file);
  return () => {
    held.delete(file);
    rmSync(file, { force: true });
  };
}

function tryToCreate(file: string): boolean {
  try {
    const descriptor = openSync(file, 'wx');
    writeSync(descriptor, `${process.pid}\n`);
    closeSync(descriptor);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The process that holds the lock, or null when it is gone. */
function ownerOf(file: string): number | null {
  const owner = Number.parseInt(readFileSync(file, 'utf8'), 10);
  // Our own number is that of an earlier process that had it, as happens in containers.
  if (!(owner > 0) || owner === process.pid) return null;
  try {
    process.kill(owner, 0);
    return owner;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? owner : null;
  }
}
