import { formatUnits } from '@raida-wallet/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTypedAmount } from '../src/state/typed-amount.ts';

const amount = (units: bigint) => ({ kind: 'amount', units });

describe('a typed amount', () => {
  it.each([
    ['12', 1_200_000_000n],
    ['12.5', 1_250_000_000n],
    ['12,5', 1_250_000_000n],
    ['.5', 50_000_000n],
    ['5.', 500_000_000n],
    ['0', 0n],
    ['0.00000001', 1n],
    ['0.100000000000', 10_000_000n],
    ['0,125', 12_500_000n],
    ['1,2500', 125_000_000n],
    ['1,250.05', 125_005_000_000n],
    ['1,250,000', 125_000_000_000_000n],
    [' 1 250 000,5 ', 125_000_050_000_000n],
    ['1’250.5', 125_050_000_000n],
    ['007', 700_000_000n],
  ])('%j is read', (text, units) => {
    expect(readTypedAmount(text)).toEqual(amount(units));
  });

  it('does not guess whether a comma parts thousands or begins a fraction', () => {
    expect(readTypedAmount('1,250')).toEqual({
      kind: 'two readings',
      readings: [125_000_000_000n, 125_000_000n],
    });
  });

  it.each([
    'abc',
    '1e3',
    '-5',
    '+5',
    '.',
    ',',
    '1.2.3',
    '1,25,000',
    '1.250.000',
    '0x10',
    '٣',
    '1,,5',
  ])('%j is no amount', (text) => {
    expect(readTypedAmount(text)).toEqual({ kind: 'wrong', why: 'not a number' });
  });

  it('is nothing while nothing is typed', () => {
    expect(readTypedAmount('')).toEqual({ kind: 'nothing' });
    expect(readTypedAmount('  ')).toEqual({ kind: 'nothing' });
  });

  it('says when it is finer than the smallest coin, or more than all coins', () => {
    expect(readTypedAmount('0.000000001')).toEqual({ kind: 'wrong', why: 'too fine' });
    expect(readTypedAmount('9'.repeat(30))).toEqual({ kind: 'wrong', why: 'too large' });
    const all = 111_111_111_111_111n << 32n;
    const shown = formatUnits(all).replaceAll(',', '');
    expect(readTypedAmount(shown)).toEqual(amount(all));
    const more = formatUnits(all + 1n).replaceAll(',', '');
    expect(readTypedAmount(more)).toEqual({ kind: 'wrong', why: 'too large' });
  });

  it('takes every amount as this page shows it, without its commas, exactly', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 22n), (units) => {
        expect(readTypedAmount(formatUnits(units).replaceAll(',', ''))).toEqual(amount(units));
      }),
    );
  });

  it('takes amounts with commas as shown, or asks, but never reads another amount', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 22n), (units) => {
        const read = readTypedAmount(formatUnits(units));
        if (read.kind === 'two readings') expect(read.readings).toContain(units);
        else expect(read).toEqual(amount(units));
      }),
    );
  });

  it('never throws, whatever is typed', () => {
    const typed = fc.oneof(fc.string(), fc.stringMatching(/^[\d.,' ]{0,40}$/));
    fc.assert(fc.property(typed, (text) => void readTypedAmount(text)));
  });
});
