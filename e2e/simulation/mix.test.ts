import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { beforeAll, describe, expect, test } from 'vitest';

/**
 * The simulation of all operations (docs/simulation.md), as `npm run sim` and `npm run sim:mutants` run
 * it: in processes of its own, because speed is what it lives on.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MINUTE_MS = 60_000;
const SEEDS = 20_000;
const REAL_CRYPTO_SEEDS = 300;

interface SimReport {
  readonly seeds: number;
  readonly steps: number;
  readonly kills: number;
  readonly violations: number;
  readonly missing: readonly string[];
  readonly described: readonly { readonly message: string; readonly shortest: string }[];
}

interface MutantsReport {
  readonly caught: number;
  readonly faults: readonly {
    readonly name: string;
    readonly seeds: number | null;
    readonly invariant: string;
  }[];
}

/** Runs a script, and reads the one JSON object that it prints, whatever its exit code. */
async function run(script: string, ...args: string[]): Promise<unknown> {
  const options = { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 };
  const command = [`scripts/${script}.mjs`, '--json', ...args];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command, options).catch(
    (error: unknown) => error as { stdout: string; stderr: string },
  );
  if (!stdout.startsWith('{')) throw new Error(`${script} printed no report: ${stderr}`);
  return JSON.parse(stdout);
}

function wordsOf({ described }: SimReport): string {
  return described.map(({ message, shortest }) => `${message}\n${shortest}`).join('\n');
}

describe('the mix of all operations', () => {
  test(
    `loses no coin in ${SEEDS} runs, and sees everything that can happen`,
    async () => {
      const report = (await run('sim', '--seeds', `${SEEDS}`)) as SimReport;
      expect(report.violations, wordsOf(report)).toBe(0);
      expect(report.missing).toEqual([]);
      expect(report.seeds).toBe(SEEDS);
      expect(report.kills).toBeGreaterThan(1_000);
    },
    20 * MINUTE_MS,
  );

  test(
    `with the real cipher, in ${REAL_CRYPTO_SEEDS} runs`,
    async () => {
      const args = ['--seeds', `${REAL_CRYPTO_SEEDS}`, '--from', '500001', '--real-crypto'];
      const report = (await run('sim', ...args)) as SimReport;
      expect(report.violations, wordsOf(report)).toBe(0);
      expect(report.seeds).toBe(REAL_CRYPTO_SEEDS);
    },
    10 * MINUTE_MS,
  );

  test(
    'a run is a function of its seed',
    async () => {
      const args = ['--seeds', '40', '--from', '77001', '--jobs', '1'];
      const first = (await run('sim', ...args)) as SimReport;
      const again = (await run('sim', ...args)) as SimReport;
      const fields = ({ steps, kills, violations }: SimReport) => ({ steps, kills, violations });
      expect(fields(again)).toEqual(fields(first));
      expect(first.steps).toBeGreaterThan(1_000);
    },
    10 * MINUTE_MS,
  );
});

describe('deliberate faults', () => {
  let report: MutantsReport;

  beforeAll(async () => {
    report = (await run('sim-mutants')) as MutantsReport;
  }, 30 * MINUTE_MS);

  test('are at least 30', () => {
    expect(report.faults.length).toBeGreaterThanOrEqual(30);
  });

  test('are all caught, within 10,000 runs each', () => {
    const missed = report.faults.filter(({ seeds }) => seeds === null);
    expect(missed.map(({ name }) => name)).toEqual([]);
    expect(report.caught).toBe(report.faults.length);
  });
});
