import { CIPHER_PROPERTIES } from './cipher.ts';
import { CODEC_PROPERTIES } from './codecs.ts';
import { COIN_FILE_PROPERTIES } from './coin-files.ts';
import { COMMAND_PROPERTIES } from './commands.ts';
import type { NamedProperty } from './property.ts';
import { RELAY_ENVELOPE_PROPERTIES } from './relay-envelope.ts';
import { REPLY_PROPERTIES } from './replies.ts';
import { REQUEST_PROPERTIES } from './requests.ts';

/** Everything that `npm run fuzz` runs long. */
export const PROPERTIES: readonly NamedProperty[] = [
  ...CODEC_PROPERTIES,
  ...COMMAND_PROPERTIES,
  ...CIPHER_PROPERTIES,
  ...REQUEST_PROPERTIES,
  ...REPLY_PROPERTIES,
  ...RELAY_ENVELOPE_PROPERTIES,
  ...COIN_FILE_PROPERTIES,
];
