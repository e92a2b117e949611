import fc from 'fast-check';
import { test } from 'vitest';

import type { NamedProperty } from '../properties/property.ts';

/** Far beyond what a busy machine needs; a property has no reason to wait for anything. */
const TIMEOUT_MS = 60_000;

/** One test a property; a failure prints its seed and the smallest case. */
export function runProperties(properties: readonly NamedProperty[]): void {
  for (const { name, property, testRuns } of properties) {
    test(name, { timeout: TIMEOUT_MS }, () => fc.assert(property, { numRuns: testRuns }));
  }
}
