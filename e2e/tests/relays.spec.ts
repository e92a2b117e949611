import { decodeRelayRequests, QUORUM, RAIDA_COUNT } from '@raida-wallet/protocol';
import { planRelays } from '@raida-wallet/web/wallet/relay-plan';
import { expect, type Page, test as base } from '@playwright/test';
import { answerDoor } from '../harness/door.ts';
import { type Stack, startStack } from '../harness/stack.ts';
import { beginSlowDeposit, tokensOf, WalletPage } from '../harness/wallet-page.ts';

/** With several relays none carries more than 12 RAIDA, failover included (WALLET.md, I8). */

const test = base.extend<{ readonly relayCount: number; readonly stack: Stack }>({
  relayCount: [1, { option: true }],
  stack: [
    async ({ relayCount }, use) => {
      const stack = await startStack(relayCount);
      await use(stack);
      stack.expectAlive();
      await stack.stop();
    },
    { timeout: 120_000 },
  ],
  baseURL: async ({ stack }, use) => use(stack.address),
  page: async ({ page }, use) => {
    await answerDoor(page);
    await use(page);
  },
});

/** Which RAIDA the browser has sent anything for, by relay: read off its WebSockets. */
function watchRelays(page: Page): Map<string, Set<number>> {
  const carried = new Map<string, Set<number>>();
  page.on('websocket', (socket) => {
    const origin = new URL(socket.url()).host;
    const raidas = carried.get(origin) ?? new Set();
    carried.set(origin, raidas);
    socket.on('framesent', ({ payload }) => {
      if (typeof payload === 'string') throw new Error('the wallet sent text');
      for (const { raida } of decodeRelayRequests(payload)) raidas.add(raida);
    });
  });
  return carried;
}

function expectShared(
  carried: ReadonlyMap<string, ReadonlySet<number>>,
  relays: readonly string[],
) {
  const hosts = relays.map((relay) => new URL(relay).host);
  expect([...carried.keys()].sort()).toEqual([...hosts].sort());
  for (const raidas of carried.values()) {
    expect(raidas.size).toBeGreaterThan(0);
    expect(raidas.size).toBeLessThanOrEqual(RAIDA_COUNT - QUORUM);
  }
}

/** A deposit that has begun to move its coins, and what its requests went over. */
async function beginWatched(page: Page, stack: Stack) {
  const carried = watchRelays(page);
  const { wallet, tokens } = await beginSlowDeposit(page, stack.control);
  await expect(wallet.deposits.first()).toHaveAttribute('data-stage', 'moving');
  return { carried, wallet, tokens };
}

/** It ends on all 25 RAIDA, and no relay carried more than it may. */
async function expectEndsWell(
  { carried, wallet, tokens }: Awaited<ReturnType<typeof beginWatched>>,
  stack: Stack,
  withinMs?: number,
) {
  await wallet.expectSettling(2, withinMs);
  await wallet.expectMoved(stack.control, tokens);
  expectShared(carried, stack.relays);
}

/** RAIDA that only this relay may carry. Wallets take relays in the order of their addresses. */
function onlyBy(relay: string, relays: readonly string[]): number[] {
  const place = [...relays].sort().indexOf(relay);
  const plan = planRelays(relays.length);
  return [...plan.keys()].filter((raida) => plan[raida]!.every((one) => one === place));
}

test.describe('three relays', () => {
  test.use({ relayCount: 3 });

  test('one dies in a deposit: the others go on with all that they may, and it ends when it is back', async ({
    page,
    stack,
  }) => {
    const deposit = await beginWatched(page, stack);
    const { carried, wallet, tokens } = deposit;
    await stack.killRelay(1);
    const alone = onlyBy(stack.relays[1]!, stack.relays);
    // 14 RAIDA have one relay each, which is 4 or 5 for a relay.
    expect([4, 5]).toContain(alone.length);
    /** RAIDA that still hold a secret of the file, though another relay can reach them. */
    const behind = async (): Promise<number[]> => {
      const held = await stack.control.read(tokens);
      const unmoved = tokens.flatMap(({ ans }, i) =>
        [...ans.keys()].filter((r) => held[i]![r] === Buffer.from(ans[r]!).toString('hex')),
      );
      return unmoved.filter((raida) => !alone.includes(raida));
    };
    await expect.poll(behind, { timeout: 30_000 }).toEqual([]);
    await expect(wallet.settling).toContainText('2 coins');
    await expect(page.getByText('No connection.')).toBeHidden();

    await stack.startRelay(1);
    await expectEndsWell(deposit, stack);
    expect(new Set([...carried.values()].flatMap((raidas) => [...raidas])).size).toBe(RAIDA_COUNT);
  });
});

test.describe('five relays', () => {
  test.use({ relayCount: 5 });

  test('one dies in a deposit and stays away: it ends on all 25 all the same', async ({
    page,
    stack,
  }) => {
    const deposit = await beginWatched(page, stack);
    await stack.killRelay(3);
    await expectEndsWell(deposit, stack);
  });

  test('one hangs in a deposit with its connection open: others carry in its place', async ({
    page,
    stack,
  }) => {
    const deposit = await beginWatched(page, stack);
    stack.haltRelay(2);
    await expectEndsWell(deposit, stack, 60_000);
    await stack.killRelay(2);
  });
});

test.describe('two relays', () => {
  test.use({ relayCount: 2 });

  test('have no room for the last RAIDA: its coins stay as they were, and are ours on 24', async ({
    page,
    stack,
  }) => {
    const carried = watchRelays(page);
    const file = await stack.control.issue({ dn: 0, count: 2 });
    await page.goto('/');
    const wallet = new WalletPage(page);
    await wallet.receive('gift.bin', file);
    await expect(page.getByText('1 of 25 servers cannot be reached')).toBeVisible();
    const servers = wallet.deposits.first().getByRole('progressbar');
    await expect(servers).toHaveAccessibleName(/24 of 25 servers confirmed/, { timeout: 30_000 });
    await wallet.expectMoved(stack.control, tokensOf(file), [RAIDA_COUNT - 1]);
    expectShared(carried, stack.relays);
  });
});
