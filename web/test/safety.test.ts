import { describe, expect, it } from 'vitest';
import { describeRestore } from '../src/state/restores.ts';
import { Safety, describeSection, formatAge, judgeSafety } from '../src/state/safety.svelte.ts';
import type { VaultView } from '../src/wallet/messages.ts';
import { deposit } from './page-view.ts';

const MADE = Date.UTC(2026, 1, 26, 18, 5);
const VERIFIED = { madeAtMs: MADE, verifiedAtMs: MADE + 60_000 };
const UNTESTED = { madeAtMs: MADE, verifiedAtMs: null };

function vault(changes: Partial<VaultView> = {}): VaultView {
  return {
    wordsWritten: true,
    backup: VERIFIED,
    newerCoins: 0,
    lockAfterMinutes: 5,
    passkeys: [],
    secondCopy: 'kept',
    recovered: 0,
    ...changes,
  };
}

describe('how safe the coins are, in one line', () => {
  it.each([
    [{}, true, 'Everything is backed up'],
    // Words and a list of coins are as good as a backup.
    [{ backup: null }, true, 'Everything is backed up'],
    [{ backup: UNTESTED }, false, 'Backup not tested yet'],
    [{ newerCoins: 1 }, false, '1 coin newer than your last backup'],
    [{ newerCoins: 1200, backup: null }, false, '1,200 coins in no backup'],
    [{ wordsWritten: false }, false, '24 words not written down'],
    [
      { wordsWritten: false, newerCoins: 3, backup: null },
      false,
      '24 words not written down, 3 coins in no backup',
    ],
  ] as const)('%o', (changes, good, text) => {
    expect(judgeSafety(vault(changes))).toMatchObject({ good, text });
  });
});

describe('a section, in a few words', () => {
  const calm = { answer: 'promised', forgets: false } as const;
  it.each([
    ['words', {}, calm, 'Written down', false],
    ['words', { wordsWritten: false }, calm, 'Not written down yet', true],
    ['backup', {}, calm, /, verified$/u, false],
    ['backup', { backup: UNTESTED }, calm, /, not tested yet$/u, true],
    ['backup', { backup: null }, calm, 'None yet', false],
    ['backup', { backup: null, newerCoins: 2 }, calm, 'None yet', true],
    ['backup', { newerCoins: 2 }, calm, '2 coins newer than your last backup', true],
    ['lock', { lockAfterMinutes: 1 }, calm, 'Locks itself after 1 minute', false],
    ['lock', { lockAfterMinutes: 0 }, calm, 'Does not lock itself', false],
    ['storage', {}, calm, 'How well it keeps your coins', false],
    ['storage', {}, { ...calm, answer: 'refused' }, /not promised/u, false],
    ['storage', {}, { ...calm, forgets: true }, 'Something to look at', true],
    ['storage', { secondCopy: 'failed' }, calm, 'Something to look at', true],
  ] as const)('%s %o', (section, changes, keeping, text, warns) => {
    const said = describeSection(section, vault(changes), keeping);
    expect(said.text).toMatch(text);
    expect(said.warns).toBe(warns);
  });
});

describe('the age of a backup', () => {
  it.each([
    [0, 'less than an hour'],
    // A clock that was set back.
    [-5, 'less than an hour'],
    [1, '1 hour'],
    [23.9, '23 hours'],
    [24, '1 day'],
    [24 * 40, '40 days'],
  ])('%d hours', (hours, text) => {
    expect(formatAge(MADE, MADE + hours * 3_600_000)).toBe(text);
  });
});

describe('a wallet that was just made', () => {
  it('is offered its words, unless it came from somewhere', () => {
    const safety = new Safety({ storage: undefined, forgets: false });
    safety.created(null);
    expect(safety).toMatchObject({ offersWords: true, restore: null });
    safety.created(9);
    expect(safety).toMatchObject({ offersWords: false, restore: 9 });
  });
});

describe('a restore', () => {
  const none = { coins: 0, units: 0n };
  it('looks, before there is anything to tell', () => {
    const looking = { result: 'Looking for your coins on the servers', complete: false };
    expect(describeRestore(undefined)).toMatchObject(looking);
    expect(describeRestore(deposit())).toMatchObject(looking);
    const report = { found: none, missing: [], waiting: { coins: 2, units: 2n } };
    expect(describeRestore(deposit({ report }))).toMatchObject({
      ...looking,
      waiting: '2 coins are on the way, or wait for servers.',
    });
  });

  it('names what was found and what was not', () => {
    const found = { coins: 3, units: 300_000_000n };
    const report = { found, missing: ['-2:17', '3:4'], waiting: none };
    expect(describeRestore(deposit({ report }))).toEqual({
      result: '3 coins found, worth 3',
      found: true,
      waiting: null,
      missing: ['0.01 No. 17', '1,000 No. 4'],
      complete: true,
    });
  });

  it('says that nothing was found', () => {
    const report = { found: none, missing: [], waiting: none };
    expect(describeRestore(deposit({ report }))).toMatchObject({
      result: 'No coins found',
      found: false,
      complete: true,
    });
  });
});
