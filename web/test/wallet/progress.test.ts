import { RAIDA_COUNT, tokenKey } from '@raida-wallet/protocol';
import { expect, test } from 'vitest';

import { apply } from '../../src/wallet/ledger-apply.ts';
import { confirmedServers } from '../../src/wallet/token-record.ts';
import { importEntry, ledgerOf, planEntry, proveEntry, SEED } from '../support/ledgers.ts';

// A large deposit is moved some coins at a time: the count once ran from 0 to 25 for each part.
test('servers that have confirmed only grow, and are 25 when every coin is confirmed everywhere', () => {
  const ids = Array.from({ length: 7 }, (_, sn) => ({ dn: 0, sn }));
  const ledger = ledgerOf([{ kind: 'seed', seed: SEED }, importEntry(1, ids)]);
  const tokens = ids.map((id) => ledger.tokens.get(tokenKey(id))!);
  let before = confirmedServers(tokens);
  expect(before).toBe(0);
  for (const token of tokens) {
    apply(ledger, planEntry([token]));
    for (let raida = 0; raida < RAIDA_COUNT; raida++) {
      expect(confirmedServers(tokens)).toBeLessThan(RAIDA_COUNT);
      apply(ledger, proveEntry(token, [[raida, token.ownRow]], 5_000));
      const now = confirmedServers(tokens);
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
    }
  }
  expect(before).toBe(RAIDA_COUNT);
  expect(confirmedServers([])).toBe(0);
});
