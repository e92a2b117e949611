import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../../scripts/lib/child.mjs';
import { Control } from './control.ts';

/** A network of 25 RAIDA and its relays, each a process of its own. The first serves the wallet. */
export interface Stack {
  /** Where the wallet is: `http://127.0.0.1:<port>`. */
  readonly address: string;
  readonly control: Control;
  /** All relays that the wallet is to use, the first one included. */
  readonly relays: readonly string[];
  /** The first relay is restarted at the same port; what was on its way is lost. */
  restartRelay(): Promise<void>;
  /** The first relay serves this build of the page from now on; null for the usual one. */
  deploy(folder: string | null): Promise<void>;
  /** SIGKILL: connections end without a word. */
  killRelay(relay: number): Promise<void>;
  /** SIGSTOP: connections stay open, and nothing comes through them. To be killed in the end. */
  haltRelay(relay: number): void;
  /** At the same port as before. */
  startRelay(relay: number): Promise<void>;
  /** Throws when a process has died meanwhile: then no result of a test means anything. */
  expectAlive(): void;
  stop(): Promise<void>;
}

/** The built page; another one where it is named, so that a build does not disturb a running test. */
const WALLET = process.env['E2E_WALLET'] ?? 'web/dist';

type Child = Awaited<ReturnType<typeof startChild>>;

/** Every port is whatever is free, so any number of stacks run side by side. */
export async function startStack(relayCount = 1): Promise<Stack> {
  const data = await mkdtemp(join(tmpdir(), 'raida-e2e-'));
  const dead: string[] = [];
  const stopping = new Set<Child>();
  const watch = (child: Child): Child => {
    void child.exited.then(() => {
      if (!stopping.has(child)) dead.push(`${child.name} died.\n${child.output()}`);
    });
    return child;
  };
  const end = async (child: Child): Promise<void> => {
    stopping.add(child);
    await child.stop();
  };

  const network = watch(await startNetwork(data));
  const networkFile = String(network.ready['networkFile']);
  const ports = await freePorts(relayCount);
  const origins = ports.map((port) => `http://127.0.0.1:${port}`);
  const relays: Child[] = [];
  let served = WALLET;
  const start = async (relay: number): Promise<void> => {
    relays[relay] = watch(await startRelay(relay, networkFile, origins, served));
  };
  try {
    for (const relay of ports.keys()) await start(relay);
  } catch (error) {
    await Promise.all([...relays, network].map(end));
    throw error;
  }
  return {
    address: origins[0]!,
    control: new Control(Number(network.ready['controlPort'])),
    relays: origins,
    async restartRelay() {
      await end(relays[0]!);
      await start(0);
    },
    async deploy(folder) {
      served = folder ?? WALLET;
      await end(relays[0]!);
      await start(0);
    },
    async killRelay(relay) {
      stopping.add(relays[relay]!);
      await relays[relay]!.kill();
    },
    haltRelay(relay) {
      process.kill(relays[relay]!.pid, 'SIGSTOP');
    },
    startRelay: start,
    expectAlive() {
      if (dead.length > 0) throw new Error(dead.join('\n'));
    },
    async stop() {
      await Promise.all(relays.map(end));
      await end(network);
      await rm(data, { recursive: true, force: true });
    },
  };
}

function startNetwork(data: string): Promise<Child> {
  const ports = ['--base-port', '0', '--control-port', '0'];
  const args = ['raida/dist/main.js', ...ports, '--data', data, '--json-ready'];
  return startChild('The local network', args);
}

function startRelay(
  relay: number,
  networkFile: string,
  origins: readonly string[],
  wallet: string,
): Promise<Child> {
  const network = ['--network', networkFile, '--allow-private'];
  const port = ['--port', new URL(origins[relay]!).port];
  const others = origins.length === 1 ? [] : origins.map((origin) => `--wallet-relay=${origin}`);
  const role =
    relay === 0 ? ['--serve-wallet', wallet, ...others] : ['--allow-origin', origins[0]!];
  const args = ['relay/dist/main.js', ...network, ...port, ...role, '--json-ready'];
  return startChild(`Relay ${relay}`, args);
}

/** Relays must know each other's ports before they start. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
