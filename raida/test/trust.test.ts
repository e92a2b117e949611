import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readTrust } from '../src/network/trust-folder.ts';
import { DEFAULT_TRUST, trustFileName, TrustError, trustOfFileNames } from '../src/node/index.ts';

const ones = Array<number>(25).fill(1).join('.');
const only = (...trusted: number[]) =>
  Array.from({ length: 25 }, (_, i) => (trusted.includes(i) ? 1 : 0)).join('.');

const read = (...names: string[]) => trustOfFileNames(names, '/conf', 3);

describe('the three examples of S2', () => {
  test('all 25, 13 good tickets', () => {
    expect(read(`trusted.${ones}.13.config`)).toEqual(DEFAULT_TRUST);
  });

  test('only RAIDA 0, one good ticket', () => {
    const { trusted, required } = read(`trusted.${only(0)}.1.config`);
    expect(trusted.flatMap((one, i) => (one ? [i] : []))).toEqual([0]);
    expect(required).toBe(1);
  });

  test('all but RAIDA 10', () => {
    const flags = Array.from({ length: 25 }, (_, i) => (i === 10 ? 0 : 1)).join('.');
    expect(read(`trusted.${flags}.13.config`).trusted[10]).toBe(false);
  });
});

test('a name says what it is read as', () => {
  const trust = { trusted: DEFAULT_TRUST.trusted.map((_, i) => i % 3 !== 0), required: 9 };
  expect(read(trustFileName(trust), 'notes.txt')).toEqual(trust);
});

describe('a clear error', () => {
  test.each([
    ['none', [], 'there is no trusted'],
    ['two', [`trusted.${ones}.13.config`, `trusted.${ones}.12.config`], 'there are 2'],
    ['24 flags', [`trusted.${ones.slice(2)}.13.config`], 'not of the form'],
    ['26 flags', [`trusted.1.${ones}.13.config`], 'not of the form'],
    ['a flag of 2', [`trusted.2${ones.slice(1)}.13.config`], 'not of the form'],
    ['no number', [`trusted.${ones}.config`], 'not of the form'],
    ['a negative number', [`trusted.${ones}.-1.config`], 'not of the form'],
    ['another ending', [`trusted.${ones}.13.config.bak`], 'not of the form'],
    ['zero votes', [`trusted.${ones}.0.config`], 'no RAIDA at all'],
    ['more votes than others', [`trusted.${ones}.25.config`], 'trusts only 24 besides itself'],
    ['its own vote counted', [`trusted.${only(1, 3)}.2.config`], 'trusts only 1 besides itself'],
  ])('%s', (_, names, problem) => {
    expect(() => read(...names)).toThrow(TrustError);
    expect(() => read(...names)).toThrow(problem);
    expect(() => read(...names)).toThrow('/conf');
    expect(() => read(...names)).toThrow(trustFileName(DEFAULT_TRUST));
  });

  test('24 others may all be required', () => {
    expect(read(`trusted.${ones}.24.config`).required).toBe(24);
  });
});

describe('the config folder of a node', () => {
  let data: string;
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'raida-trust-'));
  });
  afterEach(() => rmSync(data, { recursive: true }));

  test('a new node trusts all, with 13 votes, and says so in its folder', () => {
    expect(readTrust(data, 7)).toEqual(DEFAULT_TRUST);
    expect(readdirSync(join(data, 'raida-07', 'config'))).toEqual([trustFileName(DEFAULT_TRUST)]);
    expect(readTrust(data, 7)).toEqual(DEFAULT_TRUST);
  });

  test('a folder that somebody emptied is not filled again, but an error that names it', () => {
    const folder = join(data, 'raida-24', 'config');
    mkdirSync(folder, { recursive: true });
    expect(() => readTrust(data, 24)).toThrow(folder);
    writeFileSync(join(folder, `trusted.${only(0, 1)}.2.config`), '');
    expect(readTrust(data, 24).required).toBe(2);
  });
});
