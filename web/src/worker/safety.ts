import { systemClock, systemRandom } from '../ports/system.ts';
import { openBackup, sealBackup } from '../vault/backup-file.ts';
import { encodeCoinList } from '../vault/coin-list.ts';
import {
  addPasskey,
  removePasskey,
  rewrap,
  setLockAfterMinutes,
  type VaultHeader,
} from '../vault/key-wrap.ts';
import { wordsOf } from '../vault/words.ts';
import type { FromWorker, ToWorker } from '../wallet/messages.ts';
import { RequestRefused } from '../wallet/refusal.ts';
import { readBackup } from '../wallet/restore.ts';
import { openVaultKey } from './opening.ts';
import { readSource, startRestore } from './restoring.ts';
import type { Session } from './session.ts';

/** What keeps a wallet safe against the loss of its device, and of its passphrase. */
export type SafetyRequest = Extract<
  ToWorker,
  {
    kind:
      | 'restore'
      | 'show words'
      | 'words written'
      | 'list coins'
      | 'list saved'
      | 'check passphrase'
      | 'make backup'
      | 'test backup'
      | 'change passphrase'
      | 'add passkey'
      | 'remove passkey'
      | 'lock after';
  }
>;

export async function keepSafe(session: Session, message: SafetyRequest): Promise<FromWorker> {
  const { request } = message;
  const done = { kind: 'done', request } as const;
  switch (message.kind) {
    case 'restore': {
      const restore = await startRestore(session.wallet, await readSource(message.source));
      if (restore !== null) return { kind: 'restoring', request, restore };
      throw new RequestRefused(
        'Words alone do not say which coins there are. Add the list of coins, or use a backup file.',
      );
    }
    case 'show words':
      await checkPassphrase(session.header, message.passphrase);
      return { kind: 'words', request, words: wordsOf(session.wallet.seed()) };
    case 'words written':
      await session.wallet.wordsWritten();
      return done;
    case 'list coins': {
      const { list, saved } = session.wallet.listToSave();
      session.listSaved = saved;
      return {
        kind: 'coins listed',
        request,
        text: encodeCoinList(list),
        coins: list.tokens.length,
      };
    }
    case 'list saved':
      await session.listSaved();
      return done;
    case 'check passphrase':
      await checkPassphrase(session.header, message.passphrase);
      return done;
    case 'make backup':
      return makeBackup(session, message);
    case 'test backup':
      return { kind: 'backup read', request, backup: await testBackup(session, message) };
    case 'change passphrase':
      await changeWithPassphrase(session, message.old, (header, vaultKey) =>
        rewrap(header, vaultKey, message.new, systemRandom),
      );
      return done;
    case 'add passkey':
      await changeWithPassphrase(session, message.passphrase, (header, vaultKey) =>
        addPasskey(
          header,
          vaultKey,
          { ...message.passkey, addedAtMs: Math.max(0, systemClock.now()) },
          message.prf,
          systemRandom,
        ),
      );
      return done;
    case 'remove passkey':
      await session.changeHeader((header) =>
        Promise.resolve(removePasskey(header, message.credentialId)),
      );
      return done;
    case 'lock after':
      await session.changeHeader((header) =>
        Promise.resolve(setLockAfterMinutes(header, message.minutes)),
      );
      return done;
  }
}

async function makeBackup(
  session: Session,
  { request, passphrase }: Extract<ToWorker, { kind: 'make backup' }>,
): Promise<FromWorker> {
  await checkPassphrase(session.header, passphrase);
  const { entries, saved } = session.wallet.backupToSave();
  const madeAtMs = systemClock.now();
  const { bytes, digest } = await sealBackup({ madeAtMs, entries }, passphrase);
  await saved(digest);
  return { kind: 'backup made', request, name: backupName(madeAtMs), bytes };
}

async function testBackup(session: Session, message: Extract<ToWorker, { kind: 'test backup' }>) {
  const { entries, madeAtMs, digest } = await openBackup(message.bytes, message.passphrase);
  const { coins, units } = readBackup(entries);
  const newest = await session.wallet.verified(digest);
  return { madeAtMs, coins, units, newest };
}

async function checkPassphrase(header: VaultHeader, passphrase: string): Promise<void> {
  const vaultKey = await openVaultKey(header, { kind: 'passphrase', passphrase });
  vaultKey.fill(0);
}

function changeWithPassphrase(
  session: Session,
  passphrase: string,
  change: (header: VaultHeader, vaultKey: Uint8Array) => Promise<VaultHeader>,
): Promise<void> {
  return session.changeHeader(async (header) => {
    const vaultKey = await openVaultKey(header, { kind: 'passphrase', passphrase });
    try {
      return await change(header, vaultKey);
    } finally {
      vaultKey.fill(0);
    }
  });
}

function backupName(madeAtMs: number): string {
  return `raida-wallet ${new Date(madeAtMs).toISOString().slice(0, 16).replace(':', '.')}.age`;
}
