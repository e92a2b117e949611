import { describe } from 'vitest';

import { RELAY_ENVELOPE_PROPERTIES } from './properties/relay-envelope.ts';
import { runProperties } from './support/run-properties.ts';

describe('relay-envelope', () => runProperties(RELAY_ENVELOPE_PROPERTIES));
