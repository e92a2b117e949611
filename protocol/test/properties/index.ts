import { CODEC_PROPERTIES } from './codecs.ts';
import { COIN_FILE_PROPERTIES } from './coin-files.ts';
import { COMMAND_PROPERTIES } from './commands.ts';
import { FRAME_PROPERTIES } from './frames.ts';
import type { NamedProperty } from './property.ts';
import { RELAY_ENVELOPE_PROPERTIES } from './relay-envelope.ts';

/** Everything that `npm run fuzz` runs long. */
export const PROPERTIES: readonly NamedProperty[] = [
  ...CODEC_PROPERTIES,
  ...COMMAND_PROPERTIES,
  ...FRAME_PROPERTIES,
  ...RELAY_ENVELOPE_PROPERTIES,
  ...COIN_FILE_PROPERTIES,
];
