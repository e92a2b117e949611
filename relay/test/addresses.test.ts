import type { LookupAddress } from 'node:dns';
import { describe, expect, it, vi } from 'vitest';

import { AddressBook } from '../src/address-book.ts';
import { addressRange, isAddressAllowed, truncateAddress } from '../src/addresses.ts';
import { networkOf } from './support/setup.ts';

describe('ranges', () => {
  it.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is public', (ip) => {
    expect(isAddressAllowed(ip, false)).toBe(true);
    expect(isAddressAllowed(ip, true)).toBe(true);
  });

  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['169.254.169.254', 'linkLocal'],
    ['100.64.0.1', 'carrierGradeNat'],
    ['100.127.255.255', 'carrierGradeNat'],
    ['::1', 'loopback'],
    ['fe80::1', 'linkLocal'],
    ['fe80::1%eth0', 'linkLocal'],
    ['fd00::1', 'uniqueLocal'],
    ['fc00::1', 'uniqueLocal'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:10.0.0.1', 'private'],
    ['::127.0.0.1', 'loopback'],
  ])('%s is %s, and allowed on request', (ip, range) => {
    expect(addressRange(ip)).toBe(range);
    expect(isAddressAllowed(ip, false)).toBe(false);
    expect(isAddressAllowed(ip, true)).toBe(true);
  });

  it.each([
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.250', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['240.0.0.1', 'reserved'],
    ['192.0.2.1', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['::', 'unspecified'],
    ['ff02::1', 'multicast'],
    ['::7f00:1', 'unassigned'],
    ['64:ff9b::7f00:1', 'rfc6052'],
    ['2002:7f00:1::', '6to4'],
    ['fec0::1', 'deprecatedSiteLocal'],
    ['4000::1', 'unassigned'],
  ])('%s is %s, and never allowed', (ip, range) => {
    expect(addressRange(ip)).toBe(range);
    expect(isAddressAllowed(ip, true)).toBe(false);
  });
});

it.each([
  ['203.0.113.77', '203.0.113.0/24'],
  ['::ffff:203.0.113.77', '203.0.113.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
  ['fe80::1%eth0', 'fe80::/48'],
  [undefined, 'unknown'],
  ['nonsense', 'unknown'],
])('logs show %s as %s', (ip, shown) => {
  expect(truncateAddress(ip)).toBe(shown);
});

describe('the address book', () => {
  const network = networkOf([
    { id: 0, host: 'zero.example', port: 50_000 },
    { id: 1, host: 'one.example', port: 50_001 },
  ]);
  const v4 = (address: string): LookupAddress => ({ address, family: 4 });
  const v6 = (address: string): LookupAddress => ({ address, family: 6 });

  function open(answers: Record<string, LookupAddress[] | Error>, allowPrivate = false) {
    const logged: string[] = [];
    const lookup = (host: string): Promise<LookupAddress[]> => {
      const answer = answers[host]!;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    const log = (event: string, fields = {}): unknown =>
      logged.push(`${event} ${JSON.stringify(fields)}`);
    return { book: new AddressBook(network, allowPrivate, log, lookup), answers, logged };
  }

  it('resolves names, IPv4 first, and skips addresses that are not allowed', async () => {
    const { book } = open({
      'zero.example': [v6('2606:4700::1111'), v4('8.8.8.8')],
      'one.example': [v4('10.0.0.1'), v6('2606:4700::2222')],
    });
    await book.start(1000);
    expect(book.get(0)).toEqual({ ip: '8.8.8.8', family: 4, port: 50_000 });
    expect(book.get(1)).toEqual({ ip: '2606:4700::2222', family: 6, port: 50_001 });
    expect(book.get(2)).toBeUndefined();
    book.stop();
  });

  it('does not start with an address that is not allowed, and says what permits it', async () => {
    const answers = { 'zero.example': [v4('8.8.8.8')], 'one.example': [v4('127.0.0.1')] };
    await expect(open(answers).book.start(1000)).rejects.toThrow(
      'servers[1].host: one.example (127.0.0.1) is a loopback address, not a public one; ' +
        '--allow-private permits it',
    );
    const allowed = open(answers, true).book;
    await allowed.start(1000);
    expect(allowed.get(1)?.ip).toBe('127.0.0.1');
    allowed.stop();
    const never = { ...answers, 'one.example': [v4('224.0.0.1')] };
    await expect(open(never, true).book.start(1000)).rejects.toThrow(/multicast.*one$/);
  });

  it('starts without a name that does not resolve, and finds it later', async () => {
    vi.useFakeTimers();
    const failure = Object.assign(new Error('no'), { code: 'ENOTFOUND' });
    const { book, answers, logged } = open({
      'zero.example': [v4('8.8.8.8')],
      'one.example': failure,
    });
    await book.start(1000);
    expect(book.get(1)).toBeUndefined();
    expect(logged).toEqual(['name does not resolve {"raida":1,"code":"ENOTFOUND"}']);
    answers['one.example'] = [v4('9.9.9.9')];
    await vi.advanceTimersByTimeAsync(1000);
    expect(book.get(1)?.ip).toBe('9.9.9.9');
    book.stop();
    vi.useRealTimers();
  });

  it('follows a name, but neither into a private range nor into nothing', async () => {
    vi.useFakeTimers();
    const { book, answers, logged } = open({
      'zero.example': [v4('8.8.8.8')],
      'one.example': [v4('9.9.9.9')],
    });
    await book.start(1000);
    const first = book.get(0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(book.get(0)).toBe(first);
    answers['zero.example'] = [v4('8.8.4.4')];
    answers['one.example'] = [v4('169.254.169.254')];
    await vi.advanceTimersByTimeAsync(1000);
    expect(book.get(0)?.ip).toBe('8.8.4.4');
    expect(book.get(1)?.ip).toBe('9.9.9.9');
    answers['zero.example'] = [];
    await vi.advanceTimersByTimeAsync(1000);
    expect(book.get(0)?.ip).toBe('8.8.4.4');
    expect(logged[0]).toBe('address changed {"raida":0}');
    expect(logged[1]).toContain('one.example (169.254.169.254) is a linkLocal address');
    book.stop();
    vi.useRealTimers();
  });
});
