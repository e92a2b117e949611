import { describe, expect, it } from 'vitest';
import { Clock, formatRemaining } from '../src/state/clock.ts';
import {
  announceDeposit,
  depositName,
  describeDeposit,
  describeFinished,
  describeSettling,
} from '../src/state/deposits.ts';
import { formatAmount, formatCount, formatDenomination, splitAmount } from '../src/state/format.ts';
import { deposit } from './page-view.ts';

describe('numbers for people', () => {
  it('shows amounts exactly, large and small', () => {
    expect(formatAmount(125_005_000_000n)).toBe('1,250.05');
    expect(formatAmount(1n)).toBe('0.00000001');
    expect(formatAmount(0n)).toBe('0');
    expect(formatAmount(9_007_199_254_740_993n * 100_000_000n)).toBe('9,007,199,254,740,993');
    expect(formatDenomination(6)).toBe('1,000,000');
    expect(formatDenomination(-8)).toBe('0.00000001');
    expect(formatCount(12_345)).toBe('12,345');
  });

  it('splits an amount without losing a digit', () => {
    expect(splitAmount(125_005_000_000n)).toEqual({ whole: '1,250', fraction: '.05' });
    expect(splitAmount(200_000_000n)).toEqual({ whole: '2', fraction: '' });
  });

  it('counts down in minutes, then in seconds, and never too early', () => {
    expect(formatRemaining(360_000, 0)).toBe('6 min');
    expect(formatRemaining(240_001, 0)).toBe('5 min');
    expect(formatRemaining(90_001, 0)).toBe('2 min');
    expect(formatRemaining(90_000, 0)).toBe('90 s');
    expect(formatRemaining(1, 0)).toBe('1 s');
    expect(formatRemaining(0, 0)).toBeNull();
    expect(formatRemaining(0, 50)).toBeNull();
  });

  it('asks for the time whenever it is read', () => {
    let nowMs = 5;
    const clock = new Clock(() => nowMs);
    expect(clock.nowMs).toBe(5);
    nowMs = 6;
    expect(clock.nowMs).toBe(6);
  });
});

describe('a deposit in words', () => {
  const words = (
    changes: Parameters<typeof deposit>[0],
    connection: 'online' | 'offline' = 'online',
  ) => describeDeposit(deposit(changes), 1_000, connection).detail.join(' ');

  it('says how many servers confirmed', () => {
    expect(words({ stage: 'moving', confirmedServers: 21 })).toBe(
      '21 of 25 servers confirmed. You can close this page. It continues when you open it again.',
    );
  });

  it('says what is missing while it waits, and when it tries again', () => {
    const waiting = { stage: 'waiting', answeringServers: 12, retryAtMs: 21_000 } as const;
    expect(words(waiting)).toBe(
      '12 of 25 servers answer. At least 13 are needed. Your coins are safe; trying again in 20 s.',
    );
    expect(words({ ...waiting, retryAtMs: 1_000 })).toMatch(/trying again now\.$/);
    expect(words({ ...waiting, answeringServers: 20 })).toMatch(/no clear answer yet/);
    expect(words(waiting, 'offline')).toMatch(/when the connection is back\.$/);
  });

  it('counts no answers before there is one', () => {
    expect(words({ stage: 'checking', answeringServers: 0 })).not.toMatch(/0 of 25/);
    expect(words({ stage: 'checking', answeringServers: 3 })).toMatch(/^3 of 25 servers answer\./);
    expect(words({ stage: 'waiting', answeringServers: 0 })).toMatch(/^0 of 25 servers answer\./);
  });

  it('offers to try now only where that can help', () => {
    const retry = (stage: 'waiting' | 'moving', connection: 'online' | 'offline') =>
      describeDeposit(deposit({ stage }), 0, connection).canRetry;
    expect(retry('waiting', 'online')).toBe(true);
    expect(retry('waiting', 'offline')).toBe(false);
    expect(retry('moving', 'online')).toBe(false);
  });

  it('never calls coins lost or counterfeit while servers are silent', () => {
    for (const stage of ['checking', 'waiting', 'moving', 'settling'] as const) {
      const {
        stage: word,
        detail,
        warning,
      } = describeDeposit(deposit({ stage, answeringServers: 0 }), 0, 'offline');
      expect([word, ...detail, warning ?? ''].join(' ')).not.toMatch(
        /lost|counterfeit|not received/i,
      );
    }
  });

  it('says what came of it', () => {
    const finished = (changes: Parameters<typeof deposit>[0]) =>
      describeFinished(deposit({ stage: 'done', ...changes }));
    expect(finished({ claimed: 12 })).toEqual({ result: '12 coins', warning: null });
    expect(finished({ claimed: 11, unrecognised: 1 })).toEqual({
      result: '11 of 12 coins',
      warning: '1 coin was not recognised and is set aside. Ask the sender about it.',
    });
    expect(finished({ claimed: 0, unrecognised: 12 }).result).toBe('Nothing received');
  });

  it('is named after its files', () => {
    expect(depositName(deposit({ names: ['a.bin', 'b.bin', 'c.bin'] }))).toBe('a.bin +2');
    expect(announceDeposit(deposit({ stage: 'settling' }))).toBe('one.bin: Yours, settling');
    expect(announceDeposit(undefined)).toBe('');
  });

  it('says when it settles, for one deposit and for several', () => {
    const at = (firstMs: number, lastMs: number, connection: 'online' | 'offline' = 'online') =>
      describeSettling({ firstMs, lastMs }, 0, connection);
    expect(at(230_000, 230_000)).toBe('settles in 4 min');
    expect(at(100_000, 230_000)).toBe('all settled in 4 min');
    expect(at(0, 0)).toBe('settles any moment');
    expect(at(0, 0, 'offline')).toBe('settles when the connection is back');
  });
});
