/**
 * A process of the benchmark. `raida`: 25 UDP sockets that answer every request with 32 bytes.
 * `relay`: a relay for the network in the next argument. Tells its parent when it is ready, and
 * how much processor time it has used whenever it is asked.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { startRelay } from '../../dist/index.js';

const RAIDA_COUNT = 25;
const REPLY_BYTES = 32;

async function startRaida(id) {
  const socket = createSocket('udp4');
  socket.on('message', (request, { port, address }) => {
    const reply = Buffer.alloc(REPLY_BYTES);
    reply[0] = id;
    reply[2] = 250;
    request.copy(reply, 6, 30, 32);
    socket.send(reply, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { id, host: '127.0.0.1', port: socket.address().port };
}

async function start([role, network]) {
  if (role === 'raida') {
    const ids = Array.from({ length: RAIDA_COUNT }, (_, id) => id);
    return { servers: await Promise.all(ids.map(startRaida)) };
  }
  const relay = await startRelay({ network: JSON.parse(network), port: 0, allowPrivate: true });
  return { port: relay.port };
}

process.on('disconnect', () => process.exit());
process.on('message', () => process.send({ cpu: process.cpuUsage() }));
process.send(await start(process.argv.slice(2)));
