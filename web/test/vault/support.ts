import fc from 'fast-check';
import { randomFillSync } from 'node:crypto';
import { expect } from 'vitest';

import type { VaultErrorReason } from '../../src/vault/vault-error.ts';
import { VaultError } from '../../src/vault/vault-error.ts';
import type { RandomPort } from '../../src/wallet/ports.ts';

export const random: RandomPort = { fill: (bytes) => void randomFillSync(bytes) };

export function bytes(length: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((value) => value.slice());
}

/** A copy with one bit turned over. */
export function flipped(value: Uint8Array, bit: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(value);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

/** A copy with another element in one place. */
export function replaced<Element>(all: readonly Element[], at: number, by: Element): Element[] {
  return all.map((element, i) => (i === at ? by : element));
}

/** That it is refused by a VaultError, with one of these reasons and a sentence. */
export function expectVaultError(error: unknown, ...reasons: VaultErrorReason[]): void {
  expect(error).toBeInstanceOf(VaultError);
  const { reason, message } = error as VaultError;
  expect(reasons).toContain(reason);
  expect(message).toMatch(/^[A-Z].*\.$/s);
}

/** What it rejects with; fails when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const [settled] = await Promise.allSettled([promise]);
  if (settled.status === 'fulfilled') expect.fail('it was not refused');
  return settled.reason;
}

/** What it throws; fails when it does not. */
export function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return expect.fail('it was not refused');
}
