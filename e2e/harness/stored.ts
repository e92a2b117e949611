import { decodeHeader, openWithPassphrase } from '@raida-wallet/web/vault/key-wrap';
import { openCopy, reconcile } from '@raida-wallet/web/vault/reconcile';
import { RecordCipher } from '@raida-wallet/web/vault/sealed';
import { decodeEntry } from '@raida-wallet/web/wallet/journal';
import { type Ledger, newLedger } from '@raida-wallet/web/wallet/ledger';
import { apply } from '@raida-wallet/web/wallet/ledger-apply';
import type { Page } from '@playwright/test';
import { PASSPHRASE } from './door.ts';

/** The wallet that lies in the page's IndexedDB, opened with the passphrase like at the next start. */
export async function readLedger(page: Page, passphrase = PASSPHRASE): Promise<Ledger> {
  const { header, generation, last, pages, journal } = await readRecords(page);
  const vaultKey = await vaultKeyOf(bytes(header), passphrase);
  const copy = await openCopy(
    {
      header: bytes(header),
      base: { generation, last, pages: pages.map(bytes) },
      journal: journal.map(({ number, sealed }) => ({ number, sealed: bytes(sealed) })),
      unmerged: false,
    },
    await RecordCipher.fromVaultKey(vaultKey),
  );
  const ledger = newLedger();
  for (const entry of reconcile(copy, null).entries) apply(ledger, decodeEntry(entry));
  return ledger;
}

const vaultKeys = new Map<string, Promise<Uint8Array>>();

/** It takes a while by design, and tests look often. */
function vaultKeyOf(header: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const name = `${passphrase}/${Buffer.from(header).toString('base64')}`;
  const known = vaultKeys.get(name) ?? openWithPassphrase(decodeHeader(header), passphrase);
  vaultKeys.set(name, known);
  return known;
}

function bytes(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'));
}

/** As it lies there; bytes in base64. */
function readRecords(page: Page) {
  return page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('no reason'));
      });
    const base64 = async (part: unknown): Promise<string> => {
      const blob = new Blob([part as Uint8Array<ArrayBuffer>]);
      const url = await new Promise<string>((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result as string);
        reader.readAsDataURL(blob);
      });
      return url.slice(url.indexOf(',') + 1);
    };
    const database = await done(indexedDB.open('raida-wallet'));
    const transaction = database.transaction(['sealed pages', 'sealed journal', 'meta']);
    const [pages, journal, meta] = ['sealed pages', 'sealed journal', 'meta'].map((name) =>
      transaction.objectStore(name),
    ) as [IDBObjectStore, IDBObjectStore, IDBObjectStore];
    const requests = [
      ...['header', 'generation', 'last'].map((key) => done(meta.get(key) as IDBRequest<unknown>)),
      done(pages.getAll() as IDBRequest<unknown>),
      done(journal.getAllKeys() as IDBRequest<unknown>),
      done(journal.getAll() as IDBRequest<unknown>),
    ];
    const [header, generation, last, sealedPages, numbers, sealed] = (await Promise.all(
      requests,
    )) as [unknown, number, number, unknown[], number[], unknown[]];
    database.close();
    return {
      header: await base64(header),
      generation,
      last,
      pages: await Promise.all(sealedPages.map(base64)),
      journal: await Promise.all(
        sealed.map(async (part, i) => ({ number: numbers[i]!, sealed: await base64(part) })),
      ),
    };
  });
}
