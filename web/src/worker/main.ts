import { IdbStore } from '../ports/idb-store.ts';
import { FIRST_RECONNECT_MS, MAX_RECONNECT_MS } from '../ports/limits.ts';
import { fetchNetwork, fetchTestCoins, type Network, NetworkError } from '../ports/network.ts';
import type { Relay } from '../ports/relay-pool.ts';
import { RelayTransport } from '../ports/relay-transport.ts';
import { systemClock, systemRandom } from '../ports/system.ts';
import { Wallet } from '../wallet/wallet.ts';
import type { FromWorker, NetworkView, ToWorker } from '../wallet/messages.ts';

/**
 * The worker: the only place that has keys. It opens the wallet under a lock, so that one tab at a
 * time writes, finds the network, and carries out what the page asks for.
 */

const LOCK = 'raida-wallet';
/** The page is told of changes at most this often; less often when there is much to tell. */
const VIEW_EVERY_MS = 150;
const VIEW_MS_PER_COIN = 0.1;
const VIEW_AT_LEAST_EVERY_MS = 1_000;
const TEST_COINS_NAME = 'Test coins';

let wallet: Wallet | null = null;
let network: Network | null = null;
let connection: NetworkView['connection'] = 'connecting';
let transport: Relay | null = null;
let viewPending = false;
let coinsInView = 0;
let isConnected = false;
/** Requests that came before the relay had answered, and wait until it is known whether it does. */
const waiting: (() => void)[] = [];

function post(message: FromWorker): void {
  postMessage(message);
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : 'Something went wrong. Reload the page.';
  post({ kind: 'lifecycle', phase: 'failed', message });
}

function postNetwork(): void {
  post({
    kind: 'network',
    network: {
      name: network?.name ?? '',
      connection,
      testCoins: (network?.testCoinsUrl ?? null) !== null,
      answering: wallet?.answeringServers() ?? null,
      ...(transport?.remark === undefined ? {} : { remark: transport.remark }),
    },
  });
}

function networkChanged(): void {
  postNetwork();
  for (const goOn of waiting.splice(0)) goOn();
}

/** A person may be quicker than the relay: that is no reason to refuse what was asked for. */
async function untilHere(isHere: () => boolean): Promise<void> {
  while (!isHere()) {
    if (connection === 'offline') {
      throw new Error('The relay has not answered yet. Try again when it is reachable.');
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
}

/** Many changes come at once; the page needs the last of them. */
function postViewSoon(): void {
  if (viewPending) return;
  viewPending = true;
  const pauseMs = Math.max(VIEW_EVERY_MS, coinsInView * VIEW_MS_PER_COIN);
  setTimeout(
    () => {
      viewPending = false;
      if (wallet) postView(wallet);
      postNetwork();
    },
    Math.min(pauseMs, VIEW_AT_LEAST_EVERY_MS),
  );
}

function postView(opened: Wallet): void {
  const view = opened.view();
  coinsInView = view.coins.length;
  post({ kind: 'wallet', wallet: view });
}

/** Waits for the lock while another tab has it; keeps it as long as this tab lives. */
async function open(): Promise<void> {
  post({ kind: 'lifecycle', phase: 'opening', message: null });
  await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (lock) await openLocked();
  });
  post({
    kind: 'lifecycle',
    phase: 'elsewhere',
    message: 'The wallet is open in another tab. Use it there, or close it to go on here.',
  });
  await navigator.locks.request(LOCK, openLocked);
}

async function openLocked(): Promise<never> {
  try {
    const store = await IdbStore.open();
    const ports = { store, clock: systemClock, random: systemRandom };
    wallet = await Wallet.open(ports, { changed: postViewSoon, failed: fail });
    postView(wallet);
    postNetwork();
    post({ kind: 'lifecycle', phase: 'ready', message: null });
    // Ahead of time, so that files can be looked at later without a connection.
    loadFileReader().catch(() => undefined);
    await connect(wallet);
  } catch (error) {
    fail(error);
  }
  return new Promise(() => {});
}

async function connect(opened: Wallet): Promise<void> {
  network = await untilItWorks(() => fetchNetwork(self.location.origin));
  networkChanged();
  transport = await openRelays(network.relays, (online) => {
    connection = online ? 'online' : 'offline';
    if (online) opened.retryNow();
    networkChanged();
  });
  const ports = { transport, clock: systemClock, random: systemRandom };
  // Not needed to show what there is, and a good part of all script.
  const { engine } = await untilItWorks(() => import('../wallet/engine.ts'));
  opened.connect(new engine.Requester(ports, network), engine);
  isConnected = true;
  networkChanged();
  postViewSoon();
}

/** What shares out RAIDA among relays is loaded only by those who have several. */
async function openRelays(
  origins: readonly string[],
  onConnection: (online: boolean) => void,
): Promise<Relay> {
  const [first = '', ...others] = origins;
  if (others.length === 0) return new RelayTransport(first, onConnection);
  const { RelayPool } = await untilItWorks(() => import('../ports/relay-pool.ts'));
  const connect = (...to: ConstructorParameters<typeof RelayTransport>) =>
    new RelayTransport(...to);
  return new RelayPool(origins, connect, onConnection);
}

/** Tries until the origin of the page answers. */
async function untilItWorks<T>(get: () => Promise<T>): Promise<T> {
  for (let pauseMs = FIRST_RECONNECT_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_RECONNECT_MS)) {
    try {
      return await get();
    } catch (error) {
      if (error instanceof NetworkError) throw error;
      connection = 'offline';
      networkChanged();
      await systemClock.sleep(pauseMs);
    }
  }
}

async function handle(message: ToWorker): Promise<void> {
  if (message.kind === 'open') return open();
  if (message.kind === 'network lost') return transport?.networkLost();
  if (!wallet) throw new Error('The wallet is not open yet. Try again in a moment.');
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
      const bytes = await getTestCoins();
      return inspect(wallet, message.request, [{ name: TEST_COINS_NAME, bytes }]);
    }
    case 'repair':
      return post({ kind: 'repairing', request: message.request, coins: await wallet.repair() });
    case 'plan send': {
      await untilHere(() => isConnected);
      const plan = wallet.planSend(message.units);
      return post({ kind: 'send planned', request: message.request, plan });
    }
    case 'send': {
      const { coinId } = await networkHere();
      await untilHere(() => isConnected);
      const send = await wallet.send(message.units, message.memo, coinId);
      // The answer must not come before the view that has the send.
      postView(wallet);
      return post({ kind: 'sent', request: message.request, send });
    }
    case 'hand over': {
      const { name, bytes } = await wallet.handOver(message.send);
      return post({ kind: 'handed over', request: message.request, name, bytes });
    }
    case 'take back':
      await wallet.takeBack(message.send);
      return post({ kind: 'taking back', request: message.request });
    case 'retry now':
      return wallet.retryNow();
  }
}

async function networkHere(): Promise<Network> {
  await untilHere(() => network !== null);
  return network!;
}

async function inspect(
  opened: Wallet,
  request: number,
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): Promise<void> {
  const { coinId } = await networkHere();
  const { inspectFiles } = await loadFileReader();
  const offer = opened.inspect(inspectFiles, files, coinId);
  post({ kind: 'inspected', request, offer });
}

/** What reads coin files is not part of the first load; it comes as soon as the wallet is open. */
function loadFileReader() {
  return import('../wallet/offer.ts').catch(() => {
    throw new Error('A part of this page could not be loaded. Try again, or reload the page.');
  });
}

async function getTestCoins(): Promise<Uint8Array> {
  const { testCoinsUrl } = await networkHere();
  if (!testCoinsUrl) throw new Error('This network does not hand out test coins.');
  try {
    return await fetchTestCoins(testCoinsUrl);
  } catch {
    throw new Error('The network did not hand out test coins. Is it running? Try again.');
  }
}

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  handle(data).catch((error: unknown) => {
    if (!('request' in data)) return fail(error);
    const message = error instanceof Error ? error.message : 'That did not work. Try again.';
    post({ kind: 'failed', request: data.request, message });
  });
});
