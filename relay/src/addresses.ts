import ipaddr from 'ipaddr.js';

/** Which addresses a relay may send to, and how addresses are shown. */

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What `--allow-private` adds. Multicast, broadcast and unspecified are nobody's address. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set([
  'private',
  'loopback',
  'linkLocal',
  'uniqueLocal',
  'carrierGradeNat',
]);

/** The only part of IPv6 that is routed (RFC 4291); `::a.b.c.d` and the like lie outside. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** The name of the special range that an address lies in, or `unicast` for a public one. */
export function addressRange(text: string): string {
  const address = parse(text);
  const range = address.range();
  const outside = address instanceof ipaddr.IPv6 && !address.match(GLOBAL_IPV6);
  return range === 'unicast' && outside ? 'unassigned' : range;
}

export function isAddressAllowed(text: string, allowPrivate: boolean): boolean {
  const range = addressRange(text);
  return range === 'unicast' || (allowPrivate && PRIVATE_RANGES.has(range));
}

/** An address as logs show it: the first 24 bits of IPv4, the first 48 of IPv6. */
export function truncateAddress(text: string | undefined): string {
  if (text === undefined || !ipaddr.isValid(text)) return 'unknown';
  const address = parse(text);
  return address instanceof ipaddr.IPv4
    ? `${ipaddr.IPv4.networkAddressFromCIDR(`${address.toString()}/24`).toString()}/24`
    : `${ipaddr.IPv6.networkAddressFromCIDR(`${address.toNormalizedString()}/48`).toString()}/48`;
}

/** Sees through IPv4 addresses in IPv6 clothes: `::ffff:127.0.0.1` is a loopback address. */
function parse(text: string): Address {
  const [address = ''] = text.split('%');
  return ipaddr.process(address);
}
