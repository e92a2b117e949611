import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The command line is compiled, as `npm run raida` does, because Node runs what is in dist. */
export function buildRaida(): void {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-b', 'raida'], { cwd: ROOT });
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export interface Ready {
  readonly ready: true;
  readonly networkFile: string;
  readonly controlPort: number | null;
}

/** `npm run raida -- <args>`, without npm. */
export class RaidaProcess {
  readonly child: ChildProcess;
  readonly firstLine: Promise<string>;
  readonly ended: Promise<Ended>;

  constructor(...args: readonly string[]) {
    const main = join(ROOT, 'raida', 'dist', 'main.js');
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    let stderr = '';
    child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal, stderr }));
    });
    this.firstLine = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve);
      void this.ended.then(() => reject(new Error(`it ended: ${stderr}`)));
    });
    // Tests that expect it to end look at `ended` only.
    this.firstLine.catch(() => undefined);
  }

  async ready(): Promise<Ready> {
    return JSON.parse(await this.firstLine) as Ready;
  }

  end(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}
