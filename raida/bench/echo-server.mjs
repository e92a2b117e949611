/** What the machine can do at most: sends every datagram back as it is. */
import { createSocket } from 'node:dgram';

const count = Number(process.argv[2]);
const ports = await Promise.all(
  Array.from({ length: count }, async () => {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1024 * 1024 });
    socket.on('message', (bytes, client) => socket.send(bytes, client.port, client.address));
    await new Promise((resolve) => socket.bind(0, '127.0.0.1', () => resolve(undefined)));
    return socket.address().port;
  }),
);
process.send?.(ports);
