import { step } from './operation.ts';
import { Requester } from './requester.ts';
import { backupEntries, listTokens } from './restore.ts';
import { leaveCounters, restoreBackup, restoreList } from './restoring.ts';
import { Runner } from './runner.ts';
import { composeSend, planSend } from './send.ts';

/**
 * What a wallet needs to do anything. A page shows its balance without any of this, so it is
 * loaded after the wallet is open (`import('./engine.ts')`) and handed to `Wallet.load`.
 */
export const engine = {
  step,
  Runner,
  Requester,
  planSend,
  composeSend,
  listTokens,
  backupEntries,
  restoreList,
  restoreBackup,
  leaveCounters,
};

export type Engine = typeof engine;
