/**
 * Preloaded into a child process (`node --import`). The child's standard input is a pipe that
 * nobody writes to: it ends when the parent is gone, however that died, and then the child stops
 * as if it had been asked to. Without it a killed test run would leave 25 servers behind.
 */
const stdin = process.stdin;
stdin.on('end', () => process.kill(process.pid, 'SIGTERM'));
stdin.on('error', () => process.kill(process.pid, 'SIGTERM'));
stdin.resume();
// The pipe alone must not keep the child alive once its own work is done.
/** @type {{ unref?: () => void }} */ (stdin).unref?.();
