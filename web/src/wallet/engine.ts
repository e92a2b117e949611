import { startAnew, step } from './operation.ts';
import { Requester } from './requester.ts';
import { backupEntries, listTokens, restoreFromBackup, restoreFromSeed } from './restore.ts';
import { composeSend, planSend } from './send.ts';

/**
 * What a wallet needs once it talks to servers. A page shows its balance without any of this, so it is
 * loaded after the wallet is open (`import('./engine.ts')`) and handed to `Wallet.connect`.
 */
export const engine = {
  step,
  startAnew,
  Requester,
  planSend,
  composeSend,
  listTokens,
  backupEntries,
  restoreFromSeed,
  restoreFromBackup,
};

export type Engine = typeof engine;
