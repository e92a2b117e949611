import { expect, it } from 'vitest';

import { createLog } from '../src/log.ts';

it('writes one JSON line an event', () => {
  const lines: string[] = [];
  const log = createLog(
    (line) => lines.push(line),
    10,
    () => 1_700_000_000_000,
  );
  log('connection closed', { client: '203.0.113.0/24', code: 1001 });
  expect(lines).toEqual([
    '{"time":"2023-11-14T22:13:20.000Z","event":"connection closed","client":"203.0.113.0/24","code":1001}',
  ]);
});

it('counts what it leaves out, and says so in the next second', () => {
  const lines: string[] = [];
  let time = 5000;
  const log = createLog(
    (line) => lines.push(line),
    2,
    () => time,
  );
  for (let i = 0; i < 10; i++) log('flood');
  expect(lines).toHaveLength(2);
  time = 6000;
  log('later');
  log('last');
  expect(JSON.parse(lines[2]!)).toMatchObject({ event: 'later', suppressed: 8 });
  expect(JSON.parse(lines[3]!)).not.toHaveProperty('suppressed');
});
