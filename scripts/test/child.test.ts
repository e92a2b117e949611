import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { ROOT, startChild } from '../lib/child.mjs';
import { isAlive, temporaryFolder, until } from './support.ts';

function script(text: string): string {
  const file = join(temporaryFolder(), 'child.mjs');
  writeFileSync(file, text);
  return file;
}

/** Says that it is ready, and then does nothing but live. */
const PATIENT = `console.log('{"ready":true,"port":7}'); setInterval(() => {}, 1e6);`;

test('a child is ready when it says so, and ends when it is asked to', async () => {
  const child = await startChild('It', [
    script(`console.log('{"level":"info"}'); console.log('{ not json'); ${PATIENT}`),
  ]);
  expect(child.ready).toEqual({ ready: true, port: 7 });
  expect(isAlive(child.pid)).toBe(true);
  expect(await child.stop()).toEqual({ code: null, signal: 'SIGTERM' });
  expect(isAlive(child.pid)).toBe(false);
});

test('a child that stops in order gives its own exit code', async () => {
  const child = await startChild('It', [
    script(`process.on('SIGTERM', () => process.exit(0)); ${PATIENT}`),
  ]);
  expect(await child.stop()).toEqual({ code: 0, signal: null });
});

test('a child that dies before it is ready is reported with its last words', async () => {
  const file = script(`console.error('the disk is full'); process.exit(3);`);
  await expect(startChild('The relay', [file])).rejects.toThrow(
    'The relay ended with code 3. It wrote last:\nthe disk is full',
  );
});

test('a child that never gets ready is killed', async () => {
  const file = script(`console.log(process.pid); setInterval(() => {}, 1e6);`);
  let pid = 0;
  const starting = startChild('It', [file], {
    readyMs: 4_000,
    onLine: (line) => (pid = Number(line)),
  });
  await expect(starting).rejects.toThrow('It was not ready after 4 s');
  expect(pid).toBeGreaterThan(0);
  expect(isAlive(pid)).toBe(false);
});

test('a start can be called off', async () => {
  const calledOff = new AbortController();
  const file = script(`console.log(process.pid); setInterval(() => {}, 1e6);`);
  let pid = 0;
  const starting = startChild('It', [file], {
    signal: calledOff.signal,
    onLine: (line) => {
      pid = Number(line);
      calledOff.abort();
    },
  });
  await expect(starting).rejects.toThrow('It was stopped before it was ready');
  expect(isAlive(pid)).toBe(false);
});

test('a child does not outlive a parent that is killed', async () => {
  const child = script(`console.log(JSON.stringify({ ready: true, pid: process.pid }));
    setInterval(() => {}, 1e6);`);
  const parent =
    script(`import { startChild } from ${JSON.stringify(`${ROOT}scripts/lib/child.mjs`)};
    console.log((await startChild('It', [${JSON.stringify(child)}])).ready.pid);`);
  const running = spawn(process.execPath, [parent], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void running.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: running.stdout }), 'line')) as [string];
  const pid = Number(line);
  expect(isAlive(pid)).toBe(true);
  running.kill('SIGKILL');
  await until(() => !isAlive(pid));
});
