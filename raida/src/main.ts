import { type Control, startControl } from './control/server.ts';
import { LocalNetwork } from './network/local-network.ts';
import { writeNetworkFile } from './network/network-file.ts';
import { type Options, readOptions, USAGE } from './options.ts';

/** The command line: `npm run raida -- --data DIR --base-port PORT`. */

interface Running {
  readonly network: LocalNetwork;
  readonly control: Control | null;
}

async function start(options: Options): Promise<Running> {
  const network = await LocalNetwork.start({
    dataFolder: options.dataFolder,
    basePort: options.basePort,
    nodeCount: options.nodeCount,
    host: options.host,
    coinId: options.coinId,
    report: (raida, error) => console.error(`RAIDA ${raida}: ${messageOf(error)}`),
  });
  try {
    const { controlPort } = options;
    const control = controlPort === null ? null : await startControl(network, controlPort);
    announce(options, network, control);
    return { network, control };
  } catch (error) {
    await network.close();
    throw error;
  }
}

function announce(options: Options, network: LocalNetwork, control: Control | null): void {
  const controlPort = control?.port ?? null;
  const networkFile = writeNetworkFile(options.dataFolder, network, controlPort);
  const where = control ? `, control at http://127.0.0.1:${control.port}` : '';
  // With --json-ready stdout is for the program that reads it.
  const say = options.jsonReady ? console.error : console.log;
  say(`${network.nodes.length} RAIDA are running; ${networkFile} says where${where}`);
  if (options.jsonReady) console.log(JSON.stringify({ ready: true, networkFile, controlPort }));
}

/** Ends cleanly at the first signal; a second one ends at once, as without this handler. */
function stopOnSignals({ network, control }: Running): void {
  const stop = (): void => {
    for (const signal of SIGNALS) process.off(signal, stop);
    void control?.close();
    network.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  for (const signal of SIGNALS) process.on(signal, stop);
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function fail(error: unknown): never {
  console.error(messageOf(error));
  process.exit(1);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options) stopOnSignals(await start(options));
  else console.log(USAGE);
} catch (error) {
  fail(error);
}
