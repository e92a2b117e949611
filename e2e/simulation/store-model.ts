/**
 * What a store does under each fault: what it answers, and what whoever opens it next finds. The
 * simulation draws its faults from here (`mix/durable-store.ts`); `tests/store-model.spec.ts` holds
 * it against IndexedDB in Chromium, in both directions: nothing else happens there, and all of it does.
 */
export type StoreOperation = 'load' | 'append' | 'replace';

export type StoreFault =
  | 'none'
  /** The transaction is aborted before it is committed. */
  | 'aborted'
  /** The browser has closed the database. */
  | 'lost before'
  /** It closes the database while the operation is under way. */
  | 'lost meanwhile'
  /** There is no room left for what is written, however little it is. */
  | 'full'
  /** Somebody else has loaded the wallet since. */
  | 'taken over'
  /** The process ends while the operation is under way. */
  | 'killed'
  /** The same, and what the disk had said it kept is gone. */
  | 'power cut'
  /** A person, or the browser, clears the storage meanwhile. */
  | 'cleared';

/** `silence`: whoever asked is not there any more. The others are why it rejects (`StoreError`). */
export type StoreAnswer = 'done' | 'broken' | 'full' | 'taken over' | 'silence';

export interface StoreOutcome {
  readonly answer: StoreAnswer;
  /**
   * All that was there before, or all that was to be there, and never a part of it. For `load`: whether
   * the wallet has changed hands. `nothing`: there is no wallet.
   */
  readonly found: 'old' | 'new' | 'nothing';
}

const DONE: StoreOutcome = { answer: 'done', found: 'new' };
const NOT_WRITTEN: StoreOutcome = { answer: 'broken', found: 'old' };

const OUTCOMES: Readonly<Record<StoreFault, readonly StoreOutcome[]>> = {
  none: [DONE],
  aborted: [NOT_WRITTEN],
  'lost before': [NOT_WRITTEN],
  'lost meanwhile': [DONE, NOT_WRITTEN, { answer: 'broken', found: 'new' }],
  full: [{ answer: 'full', found: 'old' }],
  'taken over': [{ answer: 'taken over', found: 'old' }],
  killed: [DONE, { answer: 'silence', found: 'old' }, { answer: 'silence', found: 'new' }],
  'power cut': [{ answer: 'done', found: 'old' }],
  cleared: [
    { answer: 'done', found: 'nothing' },
    { answer: 'broken', found: 'nothing' },
  ],
};

export const STORE_OPERATIONS: readonly StoreOperation[] = ['load', 'append', 'replace'];
export const STORE_FAULTS = Object.keys(OUTCOMES) as readonly StoreFault[];

/** Empty when this fault does not exist for this operation. */
export function outcomesOf(operation: StoreOperation, fault: StoreFault): readonly StoreOutcome[] {
  // Whoever loads takes the wallet over himself.
  return operation === 'load' && fault === 'taken over' ? [] : OUTCOMES[fault];
}

export function nameOf(
  operation: StoreOperation,
  fault: StoreFault,
  { answer, found }: StoreOutcome,
): string {
  return `${operation}, ${fault}: ${answer}, ${found}`;
}

/**
 * What the same connection answers to the next write, when nothing else goes wrong: `done` where it can
 * still be used. Null: nobody is there to ask.
 */
export const THEN: Readonly<Record<StoreFault, StoreAnswer | null>> = {
  none: 'done',
  aborted: 'done',
  'lost before': 'broken',
  'lost meanwhile': 'broken',
  full: 'done',
  'taken over': 'taken over',
  killed: null,
  'power cut': null,
  cleared: 'broken',
};

/** What happens in the simulation, and cannot be made to happen in a browser. */
export const NOT_PROVOKED: readonly {
  readonly fault: StoreFault;
  readonly outcome: StoreOutcome;
  readonly why: string;
}[] = [
  {
    fault: 'power cut',
    outcome: { answer: 'done', found: 'old' },
    why:
      'A process that is killed loses nothing that the system has taken over from it. It takes a disk ' +
      'that says "written" of what it then forgets, or a browser that does not do what `strict` asks for.',
  },
  {
    fault: 'lost meanwhile',
    outcome: { answer: 'broken', found: 'new' },
    why:
      'Chromium reports a commit before it closes the connection. It takes a disk that fails the very ' +
      'flush of what is found on it afterwards. The interface promises neither.',
  },
];
