import fc from 'fast-check';

import type {
  BitOrder,
  CounterMode,
  Encryption,
  Token,
  TokenAn,
  TokenAnPan,
  TokenId,
} from '@raida-wallet/protocol';

/** What the properties draw from. */

/** A plain object, as our decoders make them: fast-check also draws such without a prototype. */
export function record<Value extends object>(model: {
  [Key in keyof Value]: fc.Arbitrary<Value[Key]>;
}): fc.Arbitrary<Value> {
  const plain: fc.Arbitrary<unknown> = fc.record(model, { noNullPrototype: true });
  return plain as fc.Arbitrary<Value>;
}

export function bytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

export const anyBytes = fc.uint8Array({ maxLength: 300 });
export const secret = bytes(16);
export const ticket = bytes(4).filter((one) => one.some((byte) => byte !== 0));
export const raida = fc.integer({ min: 0, max: 24 });
export const byte = fc.integer({ min: 0, max: 255 });
export const uint16 = fc.integer({ min: 0, max: 0xffff });
export const uint32 = fc.oneof(
  fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff),
  fc.integer({ min: 0, max: 0xffffffff }),
);
export const bitOrder = fc.constantFrom<BitOrder>(
  'least-significant-first',
  'most-significant-first',
);
export const counterMode = fc.constantFrom<CounterMode>('restart', 'continue');

export const tokenId: fc.Arbitrary<TokenId> = record({
  dn: fc.integer({ min: -8, max: 6 }),
  sn: uint32,
});
/** Also denominations that a token cannot have, as they may come over the wire. */
const wireDn = fc.integer({ min: -128, max: 127 });
export const wireTokenId: fc.Arbitrary<TokenId> = record({
  dn: wireDn,
  sn: uint32,
});
export const tokenAn: fc.Arbitrary<TokenAn> = record({ dn: wireDn, sn: uint32, an: secret });
export const tokenAnPan: fc.Arbitrary<TokenAnPan> = record({
  dn: wireDn,
  sn: uint32,
  an: secret,
  pan: secret,
});

/** One to `maxLength`, often around a multiple of eight, where bitfields begin a byte. */
export function oneOrMore<Value>(
  value: fc.Arbitrary<Value>,
  maxLength = 70,
): fc.Arbitrary<Value[]> {
  return fc.oneof(
    fc.array(value, { minLength: 1, maxLength: 9, size: 'max' }),
    fc.array(value, { minLength: 1, maxLength, size: 'max' }),
  );
}

/** One byte a token, 0 or 1. */
export function flags(count: number): fc.Arbitrary<Uint8Array> {
  const values = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: count, maxLength: count });
  return fc.oneof(
    { weight: 4, arbitrary: values.map((all) => Uint8Array.from(all)) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1).map((one) => new Uint8Array(count).fill(one)) },
  );
}

export const encryption: fc.Arbitrary<Encryption> = fc.oneof(
  fc.constant<Encryption>({ kind: 'none' }),
  record<Encryption & { kind: 'token' }>({
    kind: fc.constant('token' as const),
    token: tokenId,
    key: secret,
  }),
  record<Encryption & { kind: 'locker' }>({
    kind: fc.constant('locker' as const),
    token: tokenId,
    key: secret,
  }),
);

const nonZeroSecret = secret.filter((one) => one.some((byte_) => byte_ !== 0));

const token: fc.Arbitrary<Token> = record({
  dn: fc.integer({ min: -8, max: 6 }),
  sn: uint32,
  ans: fc.array(nonZeroSecret, { minLength: 25, maxLength: 25 }),
});

/** Tokens of which no two are the same. */
export const distinctTokens: fc.Arbitrary<Token[]> = fc.uniqueArray(token, {
  minLength: 1,
  maxLength: 4,
  selector: ({ dn, sn }) => `${dn}:${sn}`,
});
