import {
  CoinFileError,
  type CoinFileToken,
  equalBytes,
  readCoinFile,
  tokenKey,
  tokenUnits,
  totalUnits,
} from '@raida-wallet/protocol';

import type { FileView } from './view-types.ts';
import { bringsNews, type Ledger } from './ledger.ts';
import { MAX_FILES } from './limits.ts';
import { packRow, type TokenRecord } from './token-record.ts';

/** Files that were looked at: what they hold, and which of it would be imported. */
export interface Offer {
  readonly files: readonly FileView[];
  readonly names: readonly string[];
  readonly tokens: readonly CoinFileToken[];
}

export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Looks at files without keeping anything. `isClosed`: an operation has the token in hand, or somebody else. */
export function inspectFiles(
  files: readonly NamedFile[],
  coinId: number,
  ledger: Ledger,
  isClosed: (token: TokenRecord) => boolean,
): Offer {
  const chosen = new Map<string, CoinFileToken>();
  const names: string[] = [];
  const views = files.map((file, i) => {
    if (i >= MAX_FILES) return refusedFile(file.name, `More than ${MAX_FILES} files at once.`);
    try {
      const { view, tokens } = inspectFile(file, coinId, ledger, isClosed, chosen);
      for (const token of tokens) chosen.set(tokenKey(token), token);
      if (tokens.length > 0) names.push(file.name);
      return view;
    } catch (error) {
      if (!(error instanceof CoinFileError)) throw error;
      return refusedFile(file.name, error.message);
    }
  });
  return { files: views, names, tokens: [...chosen.values()] };
}

function refusedFile(name: string, problem: string): FileView {
  return { name, format: null, coins: 0, units: 0n, denominations: [], problem, remarks: [] };
}

function inspectFile(
  file: NamedFile,
  coinId: number,
  ledger: Ledger,
  isClosed: (token: TokenRecord) => boolean,
  chosen: ReadonlyMap<string, CoinFileToken>,
): { view: FileView; tokens: CoinFileToken[] } {
  const { format, tokens, repeated } = readCoinFile(file.bytes, { coinId });
  const counts = { repeated, here: 0, sent: 0, elsewhere: 0, conflicting: 0 };
  const fresh = tokens.filter((token) => {
    const other = chosen.get(tokenKey(token));
    const record = ledger.tokens.get(tokenKey(token));
    if (other) {
      if (equalBytes(packRow(other.ans), packRow(token.ans))) counts.elsewhere++;
      else counts.conflicting++;
      return false;
    }
    const closed = record !== undefined && isClosed(record);
    if (record && (closed || !bringsNews(record, packRow(token.ans)))) {
      if (closed && record.sent !== 0) counts.sent++;
      else counts.here++;
      return false;
    }
    return true;
  });
  const view: FileView = {
    name: file.name,
    format,
    coins: fresh.length,
    units: totalUnits(fresh),
    denominations: countDenominations(fresh),
    problem: null,
    remarks: remarksOn(counts),
  };
  return { view, tokens: fresh };
}

function remarksOn(counts: {
  readonly repeated: number;
  readonly here: number;
  readonly sent: number;
  readonly elsewhere: number;
  readonly conflicting: number;
}): string[] {
  const remarks: string[] = [];
  const { repeated, here, sent, elsewhere, conflicting } = counts;
  if (repeated > 0) remarks.push(`${coins(repeated)} repeated in the file, counted once.`);
  if (elsewhere > 0) remarks.push(`${coins(elsewhere)} also in another file, counted once.`);
  if (here > 0) remarks.push(`${coins(here)} already in this wallet, left out.`);
  if (sent > 0) {
    remarks.push(
      `${coins(sent)} left out: in a file that you sent, and not taken yet as far as is known. ` +
        'The servers are asked now. Open the file again in a moment, or take yours back.',
    );
  }
  if (conflicting > 0) {
    remarks.push(
      `${coins(conflicting)} left out: another file holds the same with other secrets. ` +
        'Accept the file that you trust first.',
    );
  }
  return remarks;
}

function coins(count: number): string {
  return count === 1 ? '1 coin' : `${count} coins`;
}

function countDenominations(
  tokens: readonly CoinFileToken[],
): { readonly dn: number; readonly count: number }[] {
  const counts = new Map<number, number>();
  for (const { dn } of tokens) counts.set(dn, (counts.get(dn) ?? 0) + 1);
  return [...counts]
    .map(([dn, count]) => ({ dn, count }))
    .sort((a, b) => (tokenUnits(a.dn) < tokenUnits(b.dn) ? 1 : -1));
}
