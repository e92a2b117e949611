import { describe } from 'vitest';

import { CIPHER_PROPERTIES } from './properties/cipher.ts';
import { REPLY_PROPERTIES } from './properties/replies.ts';
import { REQUEST_PROPERTIES } from './properties/requests.ts';
import { runProperties } from './support/run-properties.ts';

describe('cipher', () => runProperties(CIPHER_PROPERTIES));
describe('requests', () => runProperties(REQUEST_PROPERTIES));
describe('replies', () => runProperties(REPLY_PROPERTIES));
