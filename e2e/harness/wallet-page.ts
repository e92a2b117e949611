import {
  DEFAULT_COIN_ID,
  readCoinFile,
  STATUS,
  type Token,
  type TokenAn,
  type TokenId,
  tokenKey,
} from '@raida-wallet/protocol';
import type { Ledger } from '@raida-wallet/web/wallet/ledger';
import { secretAt } from '@raida-wallet/web/wallet/secrets';
import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';
import type { CoinOrder, Control } from './control.ts';
import { detectAt } from './detect.ts';
import { passTime } from './later.ts';
import { readLedger } from './stored.ts';

/** The wallet's page, as a person uses it: by what can be read and touched. */
export class WalletPage {
  readonly page: Page;
  readonly balance: Locator;
  readonly settling: Locator;
  readonly deposits: Locator;
  readonly coins: Locator;
  readonly offer: Locator;
  readonly health: Locator;
  readonly sends: Locator;

  constructor(page: Page) {
    this.page = page;
    this.balance = page.getByTestId('balance');
    this.settling = page.getByTestId('settling');
    this.deposits = page.getByTestId('deposit');
    this.coins = page.getByTestId('coin');
    this.offer = page.getByTestId('offer');
    this.health = page.getByTestId('health');
    this.sends = page.getByTestId('send');
  }

  /** Chooses files and waits for what the wallet says of them. */
  async choose(...files: readonly { readonly name: string; readonly bytes: Uint8Array }[]) {
    await this.page.locator('input[type=file]').setInputFiles(
      files.map(({ name, bytes }) => ({
        name,
        mimeType: 'application/octet-stream',
        buffer: Buffer.from(bytes),
      })),
    );
    await expect(this.offer).toBeVisible();
  }

  async accept(): Promise<void> {
    await this.offer.getByRole('button', { name: /^Accept/ }).click();
    await expect(this.offer).toBeHidden();
  }

  async receive(name: string, bytes: Uint8Array): Promise<void> {
    await this.choose({ name, bytes });
    await this.accept();
  }

  /** All coins of the newest deposit are ours, on every server that there is. */
  async expectSettling(coins: number, timeout = 30_000): Promise<void> {
    await expect(this.settling).toContainText(coins === 1 ? '1 coin' : `${coins} coins`, {
      timeout,
    });
    const deposit = this.deposits.first();
    await expect(deposit).toHaveAttribute('data-stage', 'settling', { timeout });
    const servers = deposit.getByRole('progressbar');
    await expect(servers).toHaveAccessibleName(/25 of 25 servers confirmed/, { timeout });
  }

  /** Six minutes pass, so that all coins settle. */
  async settle(): Promise<void> {
    await passTime(this.page);
    await expect(this.balance).not.toHaveText('0', { timeout: 30_000 });
    await expect(this.settling).toHaveCount(0, { timeout: 30_000 });
  }

  /** One coin's row in the list, by its number. */
  coin({ dn, sn }: TokenId): Locator {
    return this.page.locator(`[data-testid=coin][data-key="${tokenKey({ dn, sn })}"]`);
  }

  /** The one tap. */
  async repair(): Promise<void> {
    await this.health.getByRole('button', { name: 'Repair', exact: true }).click();
  }

  /** Composes a send and creates its file. The file is not fetched. */
  async send(amount: string, memo = ''): Promise<void> {
    await this.page.getByRole('button', { name: 'Send coins' }).click();
    await this.page.getByLabel('Amount').fill(amount);
    if (memo !== '') await this.page.getByLabel('Note for the other side').fill(memo);
    await this.page.getByRole('button', { name: `Create file with ${amount}` }).click();
    await expect(this.page.getByRole('heading', { name: 'Ready to hand over' })).toBeVisible();
  }

  /** The bytes that the browser saves when this button is pressed, and their name. */
  async save(button: Locator): Promise<{ readonly name: string; readonly bytes: Buffer }> {
    const download = this.page.waitForEvent('download');
    await button.click();
    const file = await download;
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  }

  /** Composes a send, saves its file and closes the sheet. */
  async sendFile(amount: string, memo = '') {
    await this.send(amount, memo);
    const sheet = this.page.getByTestId('send-sheet');
    const file = await this.save(sheet.getByRole('button', { name: 'Save file' }));
    await sheet.getByRole('button', { name: 'Close' }).click();
    await expect(sheet).toBeHidden();
    return file;
  }

  async takeBack(): Promise<void> {
    await this.sends.first().getByRole('button', { name: 'Take back' }).click();
    await this.page.getByTestId('take-back').getByRole('button', { name: 'Take back' }).click();
    await expect(this.page.getByTestId('take-back')).toBeHidden();
  }

  /** What the wallet knows when it is opened the next time: read from its storage, by its rules. */
  storedLedger(): Promise<Ledger> {
    return readLedger(this.page);
  }

  /** The wallet's own secrets of these tokens at one server. */
  async storedAns(tokens: readonly TokenId[], raida: number): Promise<TokenAn[]> {
    const ledger = await this.storedLedger();
    return tokens.map(({ dn, sn }) => {
      const record = ledger.tokens.get(tokenKey({ dn, sn }))!;
      return { dn, sn, an: secretAt(record, record.ownRow, raida) };
    });
  }

  /**
   * The nodes hold exactly what the wallet has stored for these tokens, and none of it is what the
   * file said. At `unmoved` the old secrets must still be there.
   */
  async expectMoved(
    control: Control,
    tokens: readonly Token[],
    unmoved: readonly number[] = [],
  ): Promise<void> {
    const ledger = await this.storedLedger();
    const held = await control.read(tokens);
    const wrong = tokens.flatMap((token, i) => {
      const record = ledger.tokens.get(tokenKey(token));
      if (!record) return [`${tokenKey(token)} is not stored`];
      return token.ans.flatMap((an, raida) => {
        const wanted = unmoved.includes(raida) ? an : secretAt(record, record.ownRow, raida);
        const moved = !Buffer.from(wanted).equals(an);
        const right = held[i]?.[raida] === Buffer.from(wanted).toString('hex');
        return right && moved !== unmoved.includes(raida)
          ? []
          : [`${tokenKey(token)} at RAIDA ${raida}`];
      });
    });
    expect(wrong).toEqual([]);
  }

  /**
   * All 25 nodes hold, for each of these tokens, a secret that the wallet has stored and that was not
   * in the file: as the control interface says, and as the nodes themselves say by their protocol.
   */
  async expectWhole(control: Control, tokens: readonly Token[]): Promise<void> {
    const ledger = await this.storedLedger();
    const held = await control.read(tokens);
    const foreign = tokens.flatMap((token, i) =>
      token.ans.flatMap((an, raida) => {
        const there = held[i]?.[raida] ?? '';
        const record = ledger.tokens.get(tokenKey(token))!;
        const proven = record.proven[raida]!;
        const known = proven >= 0 && hex(secretAt(record, proven, raida)) === there;
        return known && there !== hex(an) ? [] : [`${tokenKey(token)} at RAIDA ${raida}`];
      }),
    );
    expect(foreign).toEqual([]);
    const nodes = await control.nodes();
    const statuses = await Promise.all(
      nodes.map((node) =>
        detectAt(
          node,
          tokens.map(({ dn, sn }) => {
            const record = ledger.tokens.get(tokenKey({ dn, sn }))!;
            return { dn, sn, an: secretAt(record, record.proven[node.id]!, node.id) };
          }),
        ),
      ),
    );
    expect(statuses).toEqual(nodes.map(() => STATUS.allPass));
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

interface OpenWallet {
  readonly wallet: WalletPage;
  readonly tokens: readonly Token[];
}

/** A wallet whose coins are settling: as many of each denomination as is said. */
export async function openSettling(
  page: Page,
  control: Control,
  ...orders: readonly CoinOrder[]
): Promise<OpenWallet> {
  const file = await control.issue(...orders);
  await page.goto('/');
  const wallet = new WalletPage(page);
  await wallet.receive('gift.bin', file);
  const tokens = tokensOf(file);
  await wallet.expectSettling(tokens.length);
  return { wallet, tokens };
}

/** The same once they have all settled. */
export async function openSettled(
  page: Page,
  control: Control,
  ...orders: readonly CoinOrder[]
): Promise<OpenWallet> {
  const open = await openSettling(page, control, ...orders);
  await open.wallet.settle();
  return open;
}

export function tokensOf(file: Uint8Array): readonly Token[] {
  return readCoinFile(file, { coinId: DEFAULT_COIN_ID }).tokens;
}

/** Requests that the nodes have seen of a command, all together. */
export async function countRequests(control: Control, command: string): Promise<number> {
  const nodes = await control.nodes();
  return nodes.reduce((sum, { requests }) => sum + (requests[command] ?? 0), 0);
}

/** A deposit of two coins that has just begun, and takes long enough for something to come between. */
export async function beginSlowDeposit(page: Page, control: Control) {
  const file = await control.issue({ dn: 0, count: 2 });
  await control.setFaults('all', { delayMs: [150, 250] });
  await page.goto('/');
  const wallet = new WalletPage(page);
  await wallet.receive('gift.bin', file);
  return { wallet, tokens: tokensOf(file) };
}
