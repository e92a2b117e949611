import {
  type CommandName,
  COMMANDS,
  fromHex,
  isDenomination,
  isSerialNumber,
  MAX_DENOMINATION,
  MIN_DENOMINATION,
  RAIDA_COUNT,
  SECRET_BYTES,
} from '@raida-wallet/protocol';
import * as v from 'valibot';

import { CONTROL_TOKENS, MAX_FAULT_DELAY_MS, MAX_TICKET_LIFETIME_MS } from '../limits.ts';
import { ControlError } from './control-error.ts';

/** The bodies of control requests. */

const integer = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`;
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
};

const denomination = v.custom<number>(
  (value) => isDenomination(value as number),
  `must be a whole number from ${MIN_DENOMINATION} to ${MAX_DENOMINATION}`,
);

const serialNumber = v.custom<number>(
  (value) => isSerialNumber(value as number),
  'must be a whole number from 0 to 4294967295',
);

const ANS_MESSAGE = `must be ${2 * SECRET_BYTES} hex digits, or null`;

/** Hex to 16 bytes; null stands for no AN. The message never repeats what was sent. */
const an = v.nullable(
  v.pipe(
    v.string(ANS_MESSAGE),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const bytes = fromHex(dataset.value);
      if (bytes?.length === SECRET_BYTES) return bytes;
      addIssue({ message: ANS_MESSAGE });
      return NEVER;
    }),
  ),
);

const tokens = <Item extends v.GenericSchema>(item: Item) =>
  v.pipe(
    v.array(item, 'must be a list'),
    v.minLength(1, 'must name at least one token'),
    v.maxLength(CONTROL_TOKENS, `must name at most ${CONTROL_TOKENS} tokens`),
  );

export const Coins = v.union(
  [
    v.strictObject({
      tokens: tokens(v.strictObject({ dn: denomination, count: integer(1, CONTROL_TOKENS) })),
    }),
    v.strictObject({ preset: v.literal('mix') }),
  ],
  'must be {"tokens":[{"dn":0,"count":3}, ...]} with counts from 1 to 65535, or {"preset":"mix"}',
);

export const TokenIds = v.strictObject({
  tokens: tokens(v.strictObject({ dn: denomination, sn: serialNumber })),
});

const AN_OR_ANS = 'must have either an (for every chosen node) or ans (25, by node)';

export const TokenAns = v.strictObject({
  tokens: tokens(
    v.pipe(
      v.strictObject({
        dn: denomination,
        sn: serialNumber,
        an: v.exactOptional(an),
        ans: v.exactOptional(
          v.pipe(v.array(an, 'must be a list'), v.length(RAIDA_COUNT, 'must have 25 entries')),
        ),
      }),
      v.check((token) => (token.an === undefined) !== (token.ans === undefined), AN_OR_ANS),
    ),
  ),
});

const probability = v.pipe(
  v.number('must be a number from 0 to 1'),
  v.minValue(0, 'must be a number from 0 to 1'),
  v.maxValue(1, 'must be a number from 0 to 1'),
);

const delay = integer(0, MAX_FAULT_DELAY_MS);

/** What is left out stays as it is. */
export const FaultChanges = v.strictObject({
  delayMs: v.exactOptional(
    v.pipe(
      v.strictTuple([delay, delay], 'must be [min, max]'),
      v.check(([min, max]) => min <= max, 'must be [min, max], the smaller one first'),
    ),
  ),
  dropRequests: v.exactOptional(probability),
  dropReplies: v.exactOptional(probability),
  duplicate: v.exactOptional(probability),
  reorder: v.exactOptional(probability),
  refuse: v.exactOptional(
    v.record(
      v.picklist(
        Object.keys(COMMANDS) as CommandName[],
        `must be one of ${Object.keys(COMMANDS).join(', ')}`,
      ),
      integer(1, 255),
      'must be an object of statuses by command',
    ),
  ),
});

export const Stop = v.strictObject({
  silent: v.optional(v.boolean('must be true or false'), false),
});

export const CounterModeChange = v.strictObject({
  mode: v.picklist(['restart', 'continue'], 'must be "restart" or "continue"'),
});

export const TicketChange = v.strictObject({
  lifetimeMs: integer(1, MAX_TICKET_LIFETIME_MS),
});

export const Nothing = v.strictObject({});

/** Checks a body. Throws ControlError, naming the field: `tokens[3].dn: must be ...`. */
export function check<Schema extends v.GenericSchema>(
  schema: Schema,
  body: Uint8Array,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, parseJson(body), { abortEarly: true });
  if (parsed.success) return parsed.output;
  throw new ControlError(400, describe(parsed.issues[0]));
}

/** No body is the empty object. */
function parseJson(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new ControlError(400, 'the body: must be JSON');
  }
}

function describe(issue: v.BaseIssue<unknown>): string {
  const path = (issue.path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  const what = path === '' ? 'the body' : path;
  if (issue.type !== 'strict_object') return `${what}: ${issue.message}`;
  if (issue.expected === 'never') return `${what}: is not a field of this request`;
  return issue.expected === 'Object' ? `${what}: must be an object` : `${what}: is missing`;
}
