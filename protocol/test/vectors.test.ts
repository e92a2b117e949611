import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { COMMANDS, derivePanOfFix, toHex } from '@raida-wallet/protocol';

import { hasInputs, verifyExchange } from './support/exchange.ts';
import { EXCHANGES, type ExchangeVector, hex } from './support/vectors.ts';

test('there are 124 exchanges, of every command that live nodes have', () => {
  expect(EXCHANGES).toHaveLength(124);
  const seen = new Set(EXCHANGES.map(({ group, code }) => `${group}/${code}`));
  const known = Object.values(COMMANDS).map(({ group, code }) => `${group}/${code}`);
  expect(known.filter((one) => !seen.has(one))).toEqual(['2/41']);
  expect(EXCHANGES.filter(({ replyContinue }) => replyContinue !== undefined)).toHaveLength(17);
});

describe('requests and replies, byte for byte', () => {
  EXCHANGES.forEach((vector, i) => {
    const under = vector.encryption === 0 ? 'in the clear' : 'encrypted';
    test(`${i}: ${vector.name}, ${under}`, () => verifyExchange(vector));
  });
});

describe('the ANs that Fix derived at a live node are the ones that we derive', () => {
  const fixes = EXCHANGES.filter(({ name, pg }) => name.startsWith('fix') && pg !== undefined);
  test('there are four', () => expect(fixes).toHaveLength(4));
  for (const fix of fixes) {
    const detect = EXCHANGES[EXCHANGES.indexOf(fix) + 1]!;
    test(`${fix.name}, RAIDA ${fix.raida}, encryption ${fix.encryption}`, () => {
      expect(detect.name).toContain('under the ANs that Fix derived');
      expect(detect.means.status).toBe(241);
      const derived = fix.tokens!.map((token) => derivePanOfFix(fix.raida, token, hex(fix.pg!)));
      expect(derived.map(toHex)).toEqual(detect.tokens!.map(({ an }) => an));
    });
  }
});

describe('an altered vector is noticed', { timeout: 60_000 }, () => {
  /** Bytes 12 to 15 of a reply are the server's execution time, which nothing foretells. */
  const isExecutionTime = (field: Field, byte: number) =>
    field !== 'request' && byte >= 12 && byte < 16;
  type Field = 'request' | 'reply' | 'replyContinue' | 'challenge' | 'nonce';

  function flip(text: string, byte: number, bit: number): string {
    const bytes = hex(text);
    bytes[byte]! ^= 1 << bit;
    return toHex(bytes);
  }

  test('one flipped bit anywhere', () => {
    const alteration = fc
      .constantFrom(...EXCHANGES)
      .chain((vector) =>
        fc.tuple(
          fc.constant(vector),
          fc.constantFrom<Field>(
            ...(hasInputs(vector) ? (['request'] as const) : []),
            'reply',
            'challenge',
            'nonce',
            ...(vector.replyContinue === undefined ? [] : (['replyContinue'] as const)),
          ),
          fc.nat(),
          fc.nat(7),
        ),
      );
    fc.assert(
      fc.property(alteration, ([vector, field, position, bit]) => {
        const text = vector[field]!;
        const byte = position % (text.length / 2);
        fc.pre(!isExecutionTime(field, byte));
        const altered: ExchangeVector = { ...vector, [field]: flip(text, byte, bit) };
        expect(() => verifyExchange(altered)).toThrow();
      }),
      { numRuns: 400 },
    );
  });

  test('another meaning', () => {
    for (const vector of EXCHANGES) {
      const { means } = vector;
      const altered = { ...vector, means: { ...means, status: means.status ^ 1 } };
      expect(() => verifyExchange(altered), vector.name).toThrow();
    }
  });
});
