import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of its own for one test, gone afterwards. */
export function temporaryFolder(within = tmpdir()): string {
  const folder = mkdtempSync(join(within, 'raida-wallet-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Asks again until the answer is yes; the test's own time limit ends it. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Whether a process of this number runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The processes that this one started and whose command line contains `part`. */
export function childrenOf(pid: number, part: string): number[] {
  const children = `/proc/${pid}/task/${pid}/children`;
  if (existsSync(children)) {
    const pids = readFileSync(children, 'utf8').trim().split(' ').map(Number);
    return pids.filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes(part));
  }
  const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return all.split('\n').flatMap((line) => {
    const [child, parent, ...command] = line.trim().split(/\s+/);
    return Number(parent) === pid && command.join(' ').includes(part) ? [Number(child)] : [];
  });
}
