import {
  DEFAULT_COIN_ID,
  QUORUM,
  RAIDA_COUNT,
  readCoinFile,
  tokenUnits,
  totalUnits,
} from '@raida-wallet/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Ledger } from '../../src/wallet/ledger.ts';
import { apply } from '../../src/wallet/ledger-apply.ts';
import { check } from '../../src/wallet/ledger-check.ts';
import { composeSend, planSend } from '../../src/wallet/send.ts';
import { secretAt } from '../../src/wallet/secrets.ts';
import type { TokenRecord } from '../../src/wallet/token-record.ts';
import { armEntry, CLAIMED_AT, settledLedger } from '../support/ledgers.ts';

const AT = CLAIMED_AT;
const ALL = Array.from({ length: RAIDA_COUNT }, (_, raida) => raida);
const nobody = () => false;

/** A ledger whose coins of these denominations are settled on all servers. */
const settled = (dns: readonly number[]) => settledLedger(dns.map((dn, sn) => ({ dn, sn })));

/** Every amount that some of these coins make, with the fewest coins for it. */
function amountsOf(dns: readonly number[]): Map<bigint, number> {
  const fewest = new Map<bigint, number>([[0n, 0]]);
  for (const dn of dns) {
    for (const [units, count] of [...fewest]) {
      const more = units + tokenUnits(dn);
      fewest.set(more, Math.min(fewest.get(more) ?? Infinity, count + 1));
    }
  }
  return fewest;
}

test('exact with the fewest coins, or the nearest below and above: as trying all of them says', () => {
  const dns = fc.array(fc.integer({ min: -8, max: -5 }), { maxLength: 9 });
  fc.assert(
    fc.property(dns, fc.integer({ min: 0, max: 9_999 }), (coins, amount) => {
      const units = BigInt(amount);
      const possible = amountsOf(coins);
      const plan = planSend(settled(coins), units, nobody);
      const exact = units > 0n && possible.has(units);
      expect(plan.exact).toBe(exact);
      const count = plan.denominations.reduce((sum, one) => sum + one.count, 0);
      if (exact) expect(count).toBe(possible.get(units));
      else expect(count).toBe(0);
      const below = [...possible.keys()].filter((one) => one > 0n && one < units);
      const above = [...possible.keys()].filter((one) => one > units);
      const least = above.reduce<bigint | null>((a, b) => (a === null || b < a ? b : a), null);
      const most = below.reduce<bigint | null>((a, b) => (a === null || b > a ? b : a), null);
      expect(plan.below).toBe(exact ? null : most);
      expect(plan.above).toBe(exact || units === 0n ? null : least);
    }),
    { numRuns: 60 },
  );
});

function compose(ledger: Ledger, units: bigint, isBusy: (token: TokenRecord) => boolean = nobody) {
  return composeSend(ledger, { units, memo: 'rent', coinId: DEFAULT_COIN_ID }, isBusy, AT);
}

test('the file holds what every server was proven to hold, and its name says what is in it', () => {
  const ledger = settled([0, -8]);
  const { entry, tokens } = compose(ledger, totalUnits([{ dn: 0 }, { dn: -8 }] as TokenRecord[]));
  apply(ledger, entry);
  expect(entry.name).toContain('rent');
  const read = readCoinFile(entry.bytes, { coinId: DEFAULT_COIN_ID }).tokens;
  expect(read).toHaveLength(2);
  read.forEach(({ ans }, i) => {
    ans.forEach((an, raida) => {
      const token = tokens[i]!;
      expect(an).toEqual(secretAt(token, token.proven[raida]!, raida));
    });
  });
});

test('nothing is sent twice, while something is open, by 12 servers, or that an operation has in hand', () => {
  const ledger = settled([0, 0, 0, 0]);
  const [sent, open, fracked, busy] = [...ledger.tokens.values()];
  const one = tokenUnits(0);
  apply(ledger, { ...compose(ledger, one, (token) => token !== sent).entry });
  apply(ledger, armEntry(open!, [3]));
  const lost = ALL.slice(QUORUM - 1).reduce((mask, raida) => mask | (1 << raida), 0);
  const { ids } = compose(ledger, one, (token) => token !== fracked).entry;
  apply(ledger, { kind: 'lapse', groups: [{ ids, raidas: lost }] });
  expect(() => compose(ledger, one, (token) => token === busy)).toThrow(/Choose another/);
  for (const token of [sent!, open!, fracked!]) {
    const entry = compose(settled([0, 0, 0, 0]), one, ({ sn }) => sn !== token.sn).entry;
    expect(() => check(ledger, { ...entry, operation: 9 })).toThrow(/I10/);
  }
  expect(planSend(ledger, one, nobody)).toMatchObject({ exact: true, spendable: one });
});
