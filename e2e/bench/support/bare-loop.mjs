/**
 * What the machine can do at most: sends the same frames, in the same order and to the same nodes,
 * straight from a socket, and does nothing with the answers but count them.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';

/** A datagram that is not answered by then is sent again: the loop must end. */
const RESEND_MS = 250;
const RECEIVE_BUFFER_BYTES = 1024 * 1024;
const REPLY_ECHO_OFFSET = 6;
const REQUEST_ECHO_OFFSET = 30;

/** @typedef {import('./relay-client.mjs').SentFrame} SentFrame */

/**
 * One connected socket for each node, with as many requests on their way as the wallet allows.
 *
 * @param {readonly number[]} ports by RAIDA
 * @param {readonly SentFrame[]} sent
 * @param {number} window requests on their way to one node
 */
export async function runBare(ports, sent, window) {
  const nodes = await Promise.all(
    ports.map(async (port, raida) => {
      const frames = sent.filter((one) => one.raida === raida);
      return { port, frames, socket: await openSocket(port) };
    }),
  );
  const startedAt = performance.now();
  const resent = await Promise.all(nodes.map((node) => drain(node, window)));
  const ms = performance.now() - startedAt;
  for (const { socket } of nodes) socket.close();
  return { ms, resent: resent.reduce((sum, one) => sum + one, 0) };
}

/** @param {number} port */
async function openSocket(port) {
  const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/**
 * Resolves to the number of datagrams that had to be sent again.
 *
 * @param {{ port: number, frames: readonly SentFrame[], socket: import('node:dgram').Socket }} node
 * @param {number} window
 * @returns {Promise<number>}
 */
function drain({ port, frames, socket }, window) {
  /** @type {{ echo: number, frame: Uint8Array, sentAtMs: number }[]} */
  const underWay = [];
  let next = 0;
  let open = 0;
  let resent = 0;
  return new Promise((resolve, reject) => {
    const resend = setInterval(() => {
      const nowMs = performance.now();
      for (const one of underWay) {
        if (nowMs - one.sentAtMs < RESEND_MS) continue;
        one.sentAtMs = nowMs;
        resent += 1;
        socket.send(one.frame);
      }
    }, RESEND_MS);
    const fill = () => {
      while (open < window && next < frames.length) sendNext();
      if (open > 0) return;
      clearInterval(resend);
      resolve(resent);
    };
    const done = () => {
      open -= 1;
      fill();
    };
    const sendNext = () => {
      const { tcp, frame } = /** @type {SentFrame} */ (frames[next]);
      next += 1;
      open += 1;
      if (tcp) return void byTcp(port, frame).then(done, reject);
      const echo = readEcho(frame, REQUEST_ECHO_OFFSET);
      underWay.push({ echo, frame, sentAtMs: performance.now() });
      socket.send(frame);
    };
    socket.on('message', (reply) => {
      const echo = readEcho(reply, REPLY_ECHO_OFFSET);
      const answered = underWay.findIndex((one) => one.echo === echo);
      if (answered < 0) return;
      underWay.splice(answered, 1);
      done();
    });
    fill();
  });
}

/**
 * One request, one answer, one connection.
 *
 * @param {number} port
 * @param {Uint8Array} frame
 */
async function byTcp(port, frame) {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.resume();
  socket.write(frame);
  await once(socket, 'close');
}

/**
 * @param {Uint8Array} bytes
 * @param {number} offset
 */
function readEcho(bytes, offset) {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}
