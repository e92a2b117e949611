import { describe } from 'vitest';

import { FRAME_PROPERTIES } from './properties/frames.ts';
import { runProperties } from './support/run-properties.ts';

describe('frames', () => runProperties(FRAME_PROPERTIES));
