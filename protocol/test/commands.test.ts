import { describe } from 'vitest';

import { COMMAND_PROPERTIES } from './properties/commands.ts';
import { runProperties } from './support/run-properties.ts';

/** Every command of the registry, through the one harness of properties/commands.ts. */
describe('commands', () => runProperties(COMMAND_PROPERTIES));
