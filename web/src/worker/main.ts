import { IdbRecords } from '../ports/idb-records.ts';
import { OpfsCopy } from '../ports/opfs-copy.ts';
import { systemClock } from '../ports/system.ts';
import { decodeHeader, type VaultHeader } from '../vault/vault-header.ts';
import type { RecordCipher } from '../vault/sealed.ts';
import { VaultError } from '../vault/vault-error.ts';
import type { FromWorker, Phase, ToWorker, VaultKeySource } from '../wallet/messages.ts';
import { StoreError } from '../wallet/ports.ts';
import { RequestRefused } from '../wallet/refusal.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { Idle } from './idle.ts';
import type { Link } from './link.ts';
import { loadFileReader, loadOpening, loadRestoring, loadSafety, untilItLoads } from './parts.ts';
import { Session } from './session.ts';
import { Tabs } from './tabs.ts';
import { useWallet } from './use.ts';

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
    session = null;
    shown = null;
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

/** Where the browser has thrown away or damaged the first copy, the second one may be left. */
async function readHeader(from: IdbRecords): Promise<VaultHeader | null> {
  const { header: first } = await from.glance();
  const damage = first && problemOf(first);
  if (first && !damage) return decodeHeader(first);
  if (damage?.reason === 'newer') throw damage;
  const copy = new OpfsCopy();
  const second = (await copy.read())[0]?.header ?? null;
  const problem = second && problemOf(second);
  if (second && !problem) return decodeHeader(second);
  if (damage ?? problem) throw damage ?? problem!;
  if (copy.hasUnread) {
    throw new Error('The storage of this browser could not be read just now. Reload the page.');
  }
  return null;
}

function problemOf(bytes: Uint8Array): VaultError | null {
  try {
    decodeHeader(bytes);
    return null;
  } catch (error) {
    if (error instanceof VaultError) return error;
    throw error;
  }
}

function enterElsewhere(): void {
  enter('elsewhere', 'The wallet is open in another tab. Use it there, or use it here instead.');
  tabs.greet();
  void tabs.untilFree().then((free) => {
    if (free && phase === 'elsewhere') look().catch(fail);
  });
}

let leaving: Promise<void> | null = null;

/** The wallet goes to another tab, or is locked: this worker ends, and knows nothing any more. */
function letGo(): Promise<void> {
  leaving ??= leave();
  return leaving;
}

async function leave(): Promise<void> {
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
  if (!session) return;
  if (!lockWanted && idle.isOver(session.header.lockAfterMinutes)) lockSoon();
  if (lockWanted && !session.busy()) void letGo();
}

async function unlock(request: number, key: VaultKeySource): Promise<void> {
  const { openVault } = await loadOpening();
  if (phase === 'locking' && session) {
    await openVault(session.header, key);
    lockWanted = false;
    idle.touch();
    enter(session.isPaused ? 'paused' : 'ready');
  } else {
    if (!records) throw new Error('There is nothing to unlock. Reload the page.');
    // The passphrase may have been changed in another tab.
    header = await readHeader(records);
    if (!header) throw new Error('There is nothing to unlock. Reload the page.');
    const opening = newSession(header, await openVault(header, key), records);
    if (phase === 'elsewhere') {
      phase = 'opening';
      await tabs.takeOver();
    } else if (!(await tabs.take())) throw takenMeanwhile();
    await begin(opening);
  }
  post({ kind: 'opened', request, restore: null });
  postAll();
}

async function create(message: Extract<ToWorker, { kind: 'create' }>): Promise<void> {
  if (!records || (phase !== 'new' && phase !== 'unprotected')) {
    throw new Error('There is a wallet here already. Reload the page to see it.');
  }
  if (phase === 'unprotected' && message.restore) {
    throw new Error('Encrypt the coins that are here first. Then restore others into this wallet.');
  }
  const { makeVault } = await loadOpening();
  const restoring = message.restore && (await loadRestoring());
  const restorable = message.restore && (await restoring!.readSource(message.restore));
  const given = restorable && restoring!.firstEntriesFrom(restorable);
  if (!(await tabs.take())) throw takenMeanwhile();
  let made;
  try {
    made = await makeVault(message.passphrase, records, given?.entries ?? null);
  } catch (error) {
    tabs.release();
    throw error;
  }
  header = made.header;
  await begin(newSession(made.header, made.cipher, records));
  post({ kind: 'opened', request: message.request, restore: given?.restore ?? null });
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
    // One that is to be locked does not show its coins again.
    if (!lockWanted) enter('paused', message);
  },
  resumed: (wallet: Wallet) => {
    if (!lockWanted) enter('ready');
    show(wallet);
    goOn(wallet);
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
    look().catch(fail);
    throw error;
  }
  session = opening;
  idle.touch();
  enter('ready');
  show(wallet);
  // Ahead of time, so that files can be looked at later without a connection.
  loadFileReader().catch(() => undefined);
  goOn(wallet);
}

/** Should the copies have gone their own ways, they are one again before anything is asked or sent. */
function goOn(wallet: Wallet): void {
  const connect = async () => {
    const loaded = await loadLink();
    wallet.load(loaded.engine);
    if (shown !== wallet) return;
    await session?.mergeCopies().catch(ifTold);
    if (shown === wallet) loaded.serve(wallet);
  };
  connect().catch(fail);
}

/** A storage that fails has its own way to be told; what is refused stays as it is in its copy. */
function ifTold(error: unknown): void {
  if (!(error instanceof StoreError) && !(error instanceof RequestRefused)) throw error;
}

function show(wallet: Wallet): void {
  shown = wallet;
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
    link.open().catch(fail);
    return link;
  });
  return linkLoading;
}

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
      // After a long sleep the first touch may come before the clock is looked at.
      lookAtTime();
      return lockWanted ? undefined : idle.touch();
    case 'visible':
      idle.visible(message.visible);
      return lookAtTime();
    case 'network lost':
      return link?.networkLost();
    case 'retry now':
      return session?.retryNow();
    case 'dismiss':
      // The page puts an offer away by itself when the wallet locks.
      return phase === 'ready' ? session?.wallet.dismiss(message.offer) : undefined;
    case 'inspect':
    case 'accept':
    case 'test coins':
    case 'repair':
    case 'plan send':
    case 'send':
    case 'hand over':
    case 'take back':
      return useWallet({ post, postAll, loadLink }, opened().wallet, message);
    default: {
      const { keepSafe } = await loadSafety();
      post(await keepSafe(opened(), message));
      return postAll();
    }
  }
}

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  handle(data).catch((error: unknown) => {
    if (!('request' in data)) return fail(error);
    const message = error instanceof Error ? error.message : 'That did not work. Try again.';
    post({ kind: 'failed', request: data.request, message });
  });
});
setInterval(lookAtTime, LOOK_MS);
