import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalNetwork, type LocalNetworkOptions } from '../../src/network/local-network.ts';

export const HOST = '127.0.0.1';

/** How long an answer may take on a busy machine. Nothing waits this long when all is well. */
const PATIENCE_MS = 10_000;

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'raida-network-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** A network in this process, at ports that the system chooses. */
export async function startNetwork(
  options: Partial<LocalNetworkOptions> = {},
): Promise<{ network: LocalNetwork; stop: () => Promise<void> }> {
  const folder = options.dataFolder ?? temporaryFolder();
  const network = await LocalNetwork.start({ dataFolder: folder, basePort: 0, ...options });
  return {
    network,
    async stop() {
      await network.close();
      removeFolder(folder);
    },
  };
}

/** Sends a datagram and gives the answers that come until there are `count`, or time is up. */
export async function udpAnswers(
  port: number,
  frame: Uint8Array,
  count: number,
  withinMs = PATIENCE_MS,
): Promise<Uint8Array[]> {
  const socket = createSocket('udp4');
  const answers: Uint8Array[] = [];
  try {
    socket.connect(port, HOST);
    await once(socket, 'connect');
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, withinMs);
      socket.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      socket.on('message', (answer) => {
        answers.push(new Uint8Array(answer));
        if (answers.length < count) return;
        clearTimeout(timer);
        resolve();
      });
      socket.send(frame);
    });
  } finally {
    socket.close();
  }
  return answers;
}

/** Sends a datagram and gives the answer. Rejects when the port is closed or silent. */
export async function udp(port: number, frame: Uint8Array): Promise<Uint8Array> {
  const [answer] = await udpAnswers(port, frame, 1);
  if (!answer) throw new Error('no answer by UDP');
  return answer;
}

/** Sends parts over one connection and gives all that came back until it was closed. */
export function tcp(port: number, ...parts: readonly Uint8Array[]): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect({ port, host: HOST, noDelay: true });
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('no answer by TCP')));
    socket.on('error', reject);
    socket.on('data', (part) => received.push(part));
    socket.on('close', () => resolve(new Uint8Array(Buffer.concat(received))));
    socket.on('connect', () => {
      const sendNext = (i: number): void => {
        const part = parts[i];
        if (part) socket.write(part, () => setImmediate(() => sendNext(i + 1)));
      };
      sendNext(0);
    });
  });
}
