import { IdbRecords } from '../ports/idb-records.ts';
import { FIRST_RECONNECT_MS, MAX_RECONNECT_MS } from '../ports/limits.ts';
import { OpfsCopy } from '../ports/opfs-copy.ts';
import { systemClock } from '../ports/system.ts';
import { decodeHeader, type VaultHeader } from '../vault/key-wrap.ts';
import type { RecordCipher } from '../vault/sealed.ts';
import type { FromWorker, Phase, ToWorker, VaultKeySource } from '../wallet/messages.ts';
import { RequestRefused } from '../wallet/refusal.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { Idle } from './idle.ts';
import type { Link } from './link.ts';
import { Session } from './session.ts';
import { Tabs } from './tabs.ts';

/**
 * The worker: the only place that has keys. It waits until somebody opens the vault, has the wallet
 * under a lock, so that one tab at a time writes, and carries out what the page asks for. Locking ends
 * it, with all that it knew.
 */

/** The page is told of changes at most this often; less often when there is much to tell. */
const VIEW_EVERY_MS = 150;
const VIEW_MS_PER_COIN = 0.1;
const VIEW_AT_LEAST_EVERY_MS = 1_000;
/** How often it is looked whether it is time to lock. */
const LOOK_MS = 1_000;
const TEST_COINS_NAME = 'Test coins';

let phase: Phase = 'opening';
let records: IdbRecords | null = null;
let header: VaultHeader | null = null;
let session: Session | null = null;
let link: Link | null = null;
let shown: Wallet | null = null;
let viewPending = false;
let coinsInView = 0;
let lockWanted = false;
const idle = new Idle(
  () => systemClock.steadyMs(),
  () => systemClock.now(),
);

const tabs = new Tabs({
  taken() {
    if (phase !== 'failed') enterElsewhere();
  },
  told(message) {
    if (phase === 'elsewhere') postMessage(message);
  },
  asked: () => postAll(),
  giveWay: () => void letGo(),
  stolen: () => void letGo(),
});

function post(message: FromWorker): void {
  postMessage(message);
  if (message.kind === 'wallet' || message.kind === 'network' || message.kind === 'vault') {
    tabs.tell(message);
  }
}

function enter(next: Phase, message: string | null = null): void {
  phase = next;
  const passkeys = header?.passkeys.map(({ credentialId, salt, addedAtMs }) => ({
    credentialId: credentialId.slice(),
    salt: salt.slice(),
    addedAtMs,
  }));
  post({ kind: 'lifecycle', phase, message, ...(passkeys ? { passkeys } : {}) });
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : 'Something went wrong. Reload the page.';
  enter('failed', message);
}

const idbEvents = {
  blocked: () => {
    enter(
      'opening',
      'An older version of this page is open in another tab. Close that tab to go on here.',
    );
  },
  outdated: () => {
    enter('outdated', 'A newer version of this page has your wallet. Reload to use it.');
    void session?.close();
    tabs.close();
  },
  lost: () => {
    session?.lost();
  },
};

/** Finds out what there is to open. */
async function look(): Promise<void> {
  enter('opening');
  records ??= await IdbRecords.open(idbEvents);
  header = await readHeader(records);
  if (await tabs.isTaken()) return enterElsewhere();
  const { hasPlain } = await records.glance();
  enter(header ? 'locked' : hasPlain ? 'unprotected' : 'new');
}

/** Where the browser has thrown away the first copy, the second one may be left. */
async function readHeader(from: IdbRecords): Promise<VaultHeader | null> {
  const { header: first } = await from.glance();
  const bytes = first ?? (await new OpfsCopy().read())?.header ?? null;
  return bytes && decodeHeader(bytes);
}

function enterElsewhere(): void {
  enter('elsewhere', 'The wallet is open in another tab. Use it there, or use it here instead.');
  tabs.greet();
  tabs.untilFree().then(
    () => {
      if (phase === 'elsewhere') look().catch(fail);
    },
    (error: unknown) => fail(error),
  );
}

/** The wallet goes to another tab, or is locked: this worker ends, and knows nothing any more. */
async function letGo(): Promise<void> {
  const ending = session;
  session = null;
  shown = null;
  // Whatever is being stored is finished first; nothing new is begun.
  await ending?.close().catch(() => undefined);
  tabs.close();
  records?.close();
  post({ kind: 'let go' });
  close();
}

function lockSoon(): void {
  lockWanted = true;
  enter('locking');
}

function lookAtTime(): void {
  if (!session || phase === 'paused') return;
  if (!lockWanted && idle.isOver(session.header.lockAfterMinutes)) lockSoon();
  if (lockWanted && !session.busy()) void letGo();
}

async function unlock(request: number, key: VaultKeySource): Promise<void> {
  const { openVault } = await loadOpening();
  if (phase === 'locking' && session) {
    await openVault(session.header, key);
    lockWanted = false;
    idle.touch();
    enter('ready');
  } else {
    if (!records) throw new Error('There is nothing to unlock. Reload the page.');
    // The passphrase may have been changed in another tab.
    header = await readHeader(records);
    if (!header) throw new Error('There is nothing to unlock. Reload the page.');
    const opening = newSession(header, await openVault(header, key), records);
    if (phase === 'elsewhere') await tabs.takeOver();
    else if (!(await tabs.take())) throw takenMeanwhile();
    await begin(opening);
  }
  post({ kind: 'opened', request, restore: null });
  postAll();
}

async function create(message: Extract<ToWorker, { kind: 'create' }>): Promise<void> {
  if (!records || (phase !== 'new' && phase !== 'unprotected')) {
    throw new Error('There is a wallet here already. Reload the page to see it.');
  }
  const { makeVault } = await loadOpening();
  const restoring = message.restore && (await loadRestoring());
  const restorable = message.restore && (await restoring!.readSource(message.restore));
  const given = restorable && restoring!.seedEntryFrom(restorable);
  if (!(await tabs.take())) throw takenMeanwhile();
  let made;
  try {
    made = await makeVault(message.passphrase, records, given);
  } catch (error) {
    tabs.release();
    throw error;
  }
  header = made.header;
  const opening = newSession(made.header, made.cipher, records);
  await begin(opening);
  const restore = restorable ? await restoring!.startRestore(opening.wallet, restorable) : null;
  post({ kind: 'opened', request: message.request, restore });
}

function takenMeanwhile(): Error {
  enterElsewhere();
  return new Error('The wallet was opened in another tab meanwhile.');
}

function newSession(of: VaultHeader, cipher: RecordCipher, from: IdbRecords): Session {
  return new Session(of, cipher, from, idbEvents, sessionEvents);
}

const sessionEvents = {
  changed: () => postViewSoon(),
  paused: (message: string) => {
    enter('paused', message);
  },
  resumed: (wallet: Wallet) => {
    enter(lockWanted ? 'locking' : 'ready');
    show(wallet);
  },
  takenOver: () => void letGo(),
  failed: fail,
};

/** From here on the wallet is open. */
async function begin(opening: Session): Promise<void> {
  let wallet: Wallet;
  try {
    wallet = await opening.open();
  } catch (error) {
    tabs.release();
    throw error;
  }
  session = opening;
  idle.touch();
  enter('ready');
  show(wallet);
  // Ahead of time, so that files can be looked at later without a connection.
  loadFileReader().catch(() => undefined);
  const loaded = await loadLink();
  if (opening.diverged) await mergeDiverged(wallet, opening.diverged);
  loaded.open().catch(fail);
}

/** The second copy knows of something that the first one does not, and the other way round. */
async function mergeDiverged(wallet: Wallet, entries: readonly Uint8Array[]): Promise<void> {
  try {
    await wallet.restoreBackup(entries);
  } catch (error) {
    // It has nothing that is not here as well.
    if (!(error instanceof RequestRefused)) throw error;
  }
}

function show(wallet: Wallet): void {
  shown = wallet;
  link?.serve(wallet);
  postAll();
}

function postAll(): void {
  if (!shown) return;
  const view = shown.view();
  coinsInView = view.coins.length;
  const vault = session?.view();
  if (phase !== 'locking') {
    post({ kind: 'wallet', wallet: view });
    if (vault) post({ kind: 'vault', vault });
  }
  postNetwork();
}

function postNetwork(): void {
  const connecting = { name: '', connection: 'connecting', testCoins: false } as const;
  const network = link?.view() ?? connecting;
  post({ kind: 'network', network: { ...network, answering: shown?.answeringServers() ?? null } });
}

/** Many changes come at once; the page needs the last of them. */
function postViewSoon(): void {
  if (viewPending) return;
  viewPending = true;
  const pauseMs = Math.max(VIEW_EVERY_MS, coinsInView * VIEW_MS_PER_COIN);
  setTimeout(
    () => {
      viewPending = false;
      postAll();
    },
    Math.min(pauseMs, VIEW_AT_LEAST_EVERY_MS),
  );
}

let linkLoading: Promise<Link> | null = null;

function loadLink(): Promise<Link> {
  linkLoading ??= untilItLoads(() => import('./link.ts')).then((parts) => {
    link = new parts.Link(() => postNetwork());
    if (shown) link.serve(shown);
    return link;
  });
  return linkLoading;
}

/** Parts that the page needs to go on at all; they come from where the page itself came from. */
async function untilItLoads<T>(load: () => Promise<T>): Promise<T> {
  for (let pauseMs = FIRST_RECONNECT_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_RECONNECT_MS)) {
    try {
      return await load();
    } catch {
      await systemClock.sleep(pauseMs);
    }
  }
}

/** Parts that a person has asked for just now. */
function loadPart<T>(load: () => Promise<T>): Promise<T> {
  return load().catch(() => {
    throw new Error('A part of this page could not be loaded. Try again, or reload the page.');
  });
}

/** What opens a vault, the derivation of its key included. */
const loadOpening = () => loadPart(() => import('./opening.ts'));
const loadRestoring = () => loadPart(() => import('./restoring.ts'));
const loadSafety = () => loadPart(() => import('./safety.ts'));
/** What reads coin files is not part of the first load; it comes as soon as the wallet is open. */
const loadFileReader = () => loadPart(() => import('../wallet/offer.ts'));

function opened(): Session {
  if (session && phase !== 'locking') return session;
  throw new Error(
    phase === 'elsewhere'
      ? 'The wallet is open in another tab. Use it there.'
      : 'The wallet is not open yet. Try again in a moment.',
  );
}

async function handle(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case 'open':
      return look();
    case 'create':
      return create(message);
    case 'unlock':
      return unlock(message.request, message.key);
    case 'lock':
      return session ? lockSoon() : undefined;
    case 'active':
      return idle.touch();
    case 'visible':
      idle.visible(message.visible);
      return lookAtTime();
    case 'network lost':
      return link?.networkLost();
    case 'retry now':
      return session?.retryNow();
    case 'inspect':
    case 'accept':
    case 'dismiss':
    case 'test coins':
    case 'repair':
    case 'plan send':
    case 'send':
    case 'hand over':
    case 'take back':
      return useWallet(opened().wallet, message);
    default: {
      const { keepSafe } = await loadSafety();
      post(await keepSafe(opened(), message));
      return postAll();
    }
  }
}

type Use = Extract<
  ToWorker,
  {
    kind:
      | 'inspect'
      | 'accept'
      | 'dismiss'
      | 'test coins'
      | 'repair'
      | 'plan send'
      | 'send'
      | 'hand over'
      | 'take back';
  }
>;

async function useWallet(wallet: Wallet, message: Use): Promise<void> {
  switch (message.kind) {
    case 'inspect':
      return inspect(wallet, message.request, message.files);
    case 'accept': {
      const deposit = await wallet.accept(message.offer);
      return post({ kind: 'accepted', request: message.request, deposit });
    }
    case 'dismiss':
      return wallet.dismiss(message.offer);
    case 'test coins': {
      const bytes = await (await loadLink()).testCoins();
      return inspect(wallet, message.request, [{ name: TEST_COINS_NAME, bytes }]);
    }
    case 'repair':
      return post({ kind: 'repairing', request: message.request, coins: await wallet.repair() });
    case 'plan send': {
      await loadLink();
      const plan = wallet.planSend(message.units);
      return post({ kind: 'send planned', request: message.request, plan });
    }
    case 'send': {
      const { coinId } = await (await loadLink()).network();
      const send = await wallet.send(message.units, message.memo, coinId);
      // The answer must not come before the view that has the send.
      postAll();
      return post({ kind: 'sent', request: message.request, send });
    }
    case 'hand over': {
      const { name, bytes } = await wallet.handOver(message.send);
      return post({ kind: 'handed over', request: message.request, name, bytes });
    }
    case 'take back':
      await wallet.takeBack(message.send);
      return post({ kind: 'taking back', request: message.request });
  }
}

async function inspect(
  wallet: Wallet,
  request: number,
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): Promise<void> {
  const { coinId } = await (await loadLink()).network();
  const { inspectFiles } = await loadFileReader();
  const offer = wallet.inspect(inspectFiles, files, coinId);
  post({ kind: 'inspected', request, offer });
}

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  handle(data).catch((error: unknown) => {
    if (!('request' in data)) return fail(error);
    const message = error instanceof Error ? error.message : 'That did not work. Try again.';
    post({ kind: 'failed', request: data.request, message });
  });
});
setInterval(lookAtTime, LOOK_MS);
