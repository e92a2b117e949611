import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../../scripts/lib/child.mjs';
import { Control } from './control.ts';

/** A network of 25 RAIDA and a relay that serves the wallet, each a process of its own. */
export interface Stack {
  /** Where the wallet is: `http://127.0.0.1:<port>`. */
  readonly address: string;
  readonly control: Control;
  /** The relay is restarted at the same port; what was on its way is lost. */
  restartRelay(): Promise<void>;
  /** Throws when a process has died meanwhile: then no result of a test means anything. */
  expectAlive(): void;
  stop(): Promise<void>;
}

type Child = Awaited<ReturnType<typeof startChild>>;

/** Every port is whatever is free, so any number of stacks run side by side. */
export async function startStack(): Promise<Stack> {
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
  let relay: Child;
  try {
    relay = watch(await startRelay(networkFile, 0));
  } catch (error) {
    await end(network);
    throw error;
  }
  const port = Number(relay.ready['port']);
  return {
    address: `http://127.0.0.1:${port}`,
    control: new Control(Number(network.ready['controlPort'])),
    async restartRelay() {
      await end(relay);
      relay = watch(await startRelay(networkFile, port));
    },
    expectAlive() {
      if (dead.length > 0) throw new Error(dead.join('\n'));
    },
    async stop() {
      await end(relay);
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

function startRelay(networkFile: string, port: number): Promise<Child> {
  const network = ['--network', networkFile, '--allow-private'];
  const wallet = ['--serve-wallet', 'web/dist'];
  const args = ['relay/dist/main.js', ...network, '--port', `${port}`, ...wallet, '--json-ready'];
  return startChild('The relay', args);
}
