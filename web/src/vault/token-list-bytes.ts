import {
  assert,
  isDenomination,
  isSerialNumber,
  MAX_DENOMINATION,
  MIN_DENOMINATION,
} from '@raida-wallet/protocol';

import { RequestRefused } from '../wallet/refusal.ts';
import type { ListedToken, TokenList } from '../wallet/restore.ts';
import { unzigzag, VarintError, VarintReader, VarintWriter, zigzag } from './varints.ts';

/**
 * A list of tokens in few bytes, mostly 4 or 5 a token. All numbers are varints (varints.ts):
 *
 * `panCounter, fixCounter, groups`, then for each denomination, the smallest first: `DN + 8, tokens`,
 * and for each token, by SN: the SN (of the first; of the others, how many numbers were left out before
 * it), then twice the signed step from the counter before (at first from `panCounter`) and 1 more if there
 * are Fixes; then these: how many beyond the first, and each as the signed step from the one before (at
 * first from `fixCounter`).
 */

/** More tokens than a wallet may hold, by far. */
const MAX_TOKENS = 1_000_000;
const MAX_COUNTER = 0xffff_ffff;

/** Not what `writeTokenList` writes. */
export class DamagedList extends Error {
  override readonly name = 'DamagedList';
}

/** Throws RequestRefused for more than a million tokens. */
export function writeTokenList({ panCounter, fixCounter, tokens }: TokenList): Uint8Array {
  if (tokens.length > MAX_TOKENS) {
    throw new RequestRefused('A list holds a million coins at most. Make a backup file instead.');
  }
  const groups = byDenomination(tokens);
  const writer = new VarintWriter();
  writer.unsigned(counted(panCounter));
  writer.unsigned(counted(fixCounter));
  writer.unsigned(groups.length);
  const before = { counter: panCounter, fix: fixCounter };
  for (const group of groups) {
    writer.unsigned(group[0]!.dn - MIN_DENOMINATION);
    writer.unsigned(group.length);
    let nextSn = 0;
    for (const token of group) {
      assert(token.sn >= nextSn, 'a token is listed once');
      writer.unsigned(token.sn - nextSn);
      nextSn = token.sn + 1;
      writeCounters(writer, token, before);
    }
  }
  return writer.finish();
}

/** Throws DamagedList. Takes time and memory by the number of bytes, whatever these say. */
export function readTokenList(bytes: Uint8Array): TokenList {
  try {
    return read(new VarintReader(bytes));
  } catch (error) {
    if (error instanceof VarintError) throw new DamagedList(error.message);
    throw error;
  }
}

/** Counters that the next ones are told from. */
interface Before {
  counter: number;
  fix: number;
}

function writeCounters(writer: VarintWriter, token: ListedToken, before: Before): void {
  const { counter, fixes } = token;
  const hasFixes = fixes.length > 0 ? 1 : 0;
  writer.unsigned(2 * zigzag(counted(counter) - before.counter) + hasFixes);
  before.counter = counter;
  if (!hasFixes) return;
  writer.unsigned(fixes.length - 1);
  for (const fix of fixes) {
    writer.signed(counted(fix) - before.fix);
    before.fix = fix;
  }
}

function read(reader: VarintReader): TokenList {
  const panCounter = checked(reader.unsigned());
  const fixCounter = checked(reader.unsigned());
  const before = { counter: panCounter, fix: fixCounter };
  const tokens: ListedToken[] = [];
  const groups = reader.unsigned();
  let leastDn = MIN_DENOMINATION;
  for (let group = 0; group < groups; group++) {
    const dn = reader.unsigned() + MIN_DENOMINATION;
    if (dn < leastDn || dn > MAX_DENOMINATION) throw new DamagedList('denominations go up');
    leastDn = dn + 1;
    const count = reader.unsigned();
    if (count === 0) throw new DamagedList('a group has tokens');
    if (tokens.length + count > MAX_TOKENS) throw new DamagedList('too many tokens');
    let nextSn = 0;
    for (let i = 0; i < count; i++) {
      const sn = nextSn + reader.unsigned();
      if (!isSerialNumber(sn)) throw new DamagedList('a serial number has 32 bits');
      nextSn = sn + 1;
      tokens.push({ dn, sn, ...readCounters(reader, before) });
    }
  }
  if (reader.left > 0) throw new DamagedList('the bytes go on');
  return { fixCounter, panCounter, tokens };
}

function readCounters(
  reader: VarintReader,
  before: Before,
): Pick<ListedToken, 'counter' | 'fixes'> {
  const head = reader.unsigned();
  before.counter = checked(before.counter + unzigzag(Math.floor(head / 2)));
  const fixes: number[] = [];
  if (head % 2 === 1) {
    for (let left = reader.unsigned(); left >= 0; left--) {
      before.fix = checked(before.fix + reader.signed());
      fixes.push(before.fix);
    }
  }
  return { counter: before.counter, fixes };
}

function byDenomination(tokens: readonly ListedToken[]): ListedToken[][] {
  const groups = new Map<number, ListedToken[]>();
  for (const token of tokens) {
    assert(isDenomination(token.dn) && isSerialNumber(token.sn), 'a token has DN and SN');
    const group = groups.get(token.dn);
    if (group) group.push(token);
    else groups.set(token.dn, [token]);
  }
  const sorted = [...groups.values()].sort((a, b) => a[0]!.dn - b[0]!.dn);
  for (const group of sorted) group.sort((a, b) => a.sn - b.sn);
  return sorted;
}

/** Of ours. */
function counted(counter: number): number {
  assert(isCounter(counter), 'a counter has 32 bits');
  return counter;
}

/** From outside. */
function checked(counter: number): number {
  if (!isCounter(counter)) throw new DamagedList('a counter has 32 bits');
  return counter;
}

function isCounter(counter: number): boolean {
  return Number.isInteger(counter) && counter >= 0 && counter <= MAX_COUNTER;
}
