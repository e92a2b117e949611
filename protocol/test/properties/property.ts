import fc from 'fast-check';

/**
 * A property that both `npm test` (briefly) and `npm run fuzz` (for as long as one likes) hold our
 * code against. It fails by throwing, with node:assert, because it also runs outside of vitest.
 */
export interface NamedProperty {
  /** Unique in its workspace; `npm run fuzz -- --only NAME` takes it, or a part of it. */
  readonly name: string;
  readonly property: fc.IRawProperty<unknown>;
  /** How often `npm test` runs it: fewer where one run looks at every bit or every size. */
  readonly testRuns: number;
}

const TEST_RUNS = 100;

export function named<Value>(
  name: string,
  arbitrary: fc.Arbitrary<Value>,
  predicate: (value: Value) => void,
  testRuns = TEST_RUNS,
): NamedProperty {
  const property = fc.property(arbitrary, predicate) as fc.IRawProperty<unknown>;
  return { name, property, testRuns };
}
