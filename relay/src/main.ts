import { ConfigError } from './config-error.ts';
import { withDefaults } from './limits.ts';
import { createLog } from './log.ts';
import { readNetworkFile } from './network-file.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { type Relay, startRelay } from './relay.ts';

/** The command line: `npm run relay -- --network FILE --port N`. */

async function start(options: Options): Promise<Relay> {
  const network = await readNetworkFile(options.networkFile);
  const { logLinesPerSecond } = withDefaults(options.limits);
  const relay = await startRelay({
    network,
    port: options.port,
    host: options.host,
    allowPrivate: options.allowPrivate,
    origins: { allowed: options.allowedOrigins, allowNone: options.allowNoOrigin },
    walletFolder: options.walletFolder,
    walletRelays: options.walletRelays,
    limits: options.limits,
    log: createLog((line) => process.stderr.write(`${line}\n`), logLinesPerSecond),
  });
  const { name, servers } = network;
  const serves = options.walletFolder === undefined ? '' : ', and serves the wallet';
  const ready = options.jsonReady
    ? JSON.stringify({ ready: true, port: relay.port })
    : `The relay for ${name} (${servers.length} RAIDA) listens on ${origin(options, relay)}${serves}.`;
  process.stdout.write(`${ready}\n`);
  return relay;
}

function origin({ host }: Options, { port }: Relay): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The first signal lets open exchanges end; a second one does not wait. */
function stopOnSignals(relay: Relay): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    void relay.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return '--port: is in use by another program';
  if (code === 'EACCES') return '--port: this user may not listen there';
  return message;
}

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(USAGE);
} else {
  try {
    stopOnSignals(await start(parseOptions(args)));
  } catch (error) {
    process.stderr.write(`relay: ${explain(error)}\n`);
    process.exitCode = 1;
  }
}
