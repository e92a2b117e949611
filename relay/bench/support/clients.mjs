/** Two ways to the same RAIDA: straight by UDP, and through a relay. Both keep a window full. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { decodeRelayAnswers, encodeRelayRequests, RELAY_SUBPROTOCOL } from '@raida-wallet/protocol';
import { WebSocket } from 'ws';

const DEADLINE_MS = 5000;

/** The frame for a RAIDA, which is all that has to differ. */
function framesFor(servers, frame) {
  return servers.map(({ id }) => {
    const copy = Buffer.from(frame);
    copy[2] = id;
    return copy;
  });
}

/** A connected socket for each RAIDA: the fastest that a program without a relay could be. */
export async function connectStraight(servers) {
  const sockets = await Promise.all(
    servers.map(async ({ host, port }) => {
      const socket = createSocket('udp4');
      socket.connect(port, host);
      await once(socket, 'connect');
      return socket;
    }),
  );
  return {
    run(frame, frames, window) {
      const byRaida = framesFor(servers, frame);
      return new Promise((resolve) => {
        let sent = 0;
        let received = 0;
        const send = () => {
          const raida = sent % servers.length;
          sent += 1;
          sockets[raida].send(byRaida[raida]);
        };
        const receive = () => {
          received += 1;
          if (received === frames) finish();
          else if (sent < frames) send();
        };
        const finish = () => {
          for (const socket of sockets) socket.off('message', receive);
          resolve();
        };
        for (const socket of sockets) socket.on('message', receive);
        while (sent < Math.min(window, frames)) send();
      });
    },
    close: () => sockets.forEach((socket) => socket.close()),
  };
}

/** `share`: whether frames share WebSocket messages, as the wallet's do. */
export async function connectThroughRelay(port, servers, share) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/relay`, [RELAY_SUBPROTOCOL], {
    origin: `http://127.0.0.1:${port}`,
    perMessageDeflate: false,
  });
  await once(socket, 'open');
  return {
    run(frame, frames, window) {
      const byRaida = framesFor(servers, frame);
      return new Promise((resolve, reject) => {
        let sent = 0;
        let received = 0;
        const take = (count) =>
          Array.from({ length: count }, () => {
            const exchange = sent++;
            const raida = exchange % servers.length;
            return { raida, tcp: false, deadlineMs: DEADLINE_MS, exchange, frame: byRaida[raida] };
          });
        const send = (count) => {
          const requests = take(Math.min(count, frames - sent));
          if (requests.length === 0) return;
          if (share) socket.send(encodeRelayRequests(requests));
          else for (const request of requests) socket.send(encodeRelayRequests([request]));
        };
        const receive = (message) => {
          const answers = decodeRelayAnswers(message);
          const failed = answers.find(({ status }) => status !== 'ok');
          if (failed) reject(new Error(`an exchange ended with ${failed.status}`));
          received += answers.length;
          if (received < frames) return send(answers.length);
          socket.off('message', receive);
          resolve();
        };
        socket.on('message', receive);
        send(window);
      });
    },
    close: () => socket.close(),
  };
}
