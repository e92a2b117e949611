import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DEFAULT_TRUST, type Trust, trustFileName, trustOfFileNames } from '../node/trust.ts';

/** The name of a node's folder in the data folder: `raida-07`. */
function nodeFolderName(raida: number): string {
  return `raida-${`${raida}`.padStart(2, '0')}`;
}

/**
 * Reads whom a node trusts from its config folder, `<data>/raida-07/config`. A node that has
 * no such folder yet is new, and gets one that trusts all with 13 votes. Throws TrustError.
 */
export function readTrust(dataFolder: string, raida: number): Trust {
  const folder = join(dataFolder, nodeFolderName(raida), 'config');
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, trustFileName(DEFAULT_TRUST)), '');
  }
  return trustOfFileNames(readdirSync(folder), folder, raida);
}
