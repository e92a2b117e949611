import { describe } from 'vitest';

import { CODEC_PROPERTIES } from './properties/codecs.ts';
import { runProperties } from './support/run-properties.ts';

describe('codecs', () => runProperties(CODEC_PROPERTIES));
