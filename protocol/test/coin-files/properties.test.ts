import { describe } from 'vitest';

import { COIN_FILE_PROPERTIES } from '../properties/coin-files.ts';
import { runProperties } from '../support/run-properties.ts';

describe('coin files', () => runProperties(COIN_FILE_PROPERTIES));
