/**
 * The client of the benchmark, in a process of its own: sends ready-made frames by UDP and counts
 * answers. It does next to nothing for a frame, so that the node is what is measured.
 *
 * A slot has one request on its way, ever: as soon as it is answered it sends its next frame, and
 * begins again after its last. Slots are told apart by the echo (bytes 30-31 of a frame).
 */
import { createSocket } from 'node:dgram';

/** Datagrams get lost when a socket's buffer is full; a slot without an answer sends again. */
const RESEND_MS = 250;
const ALL_PASS = 241;
const REPLY_STATUS_OFFSET = 2;
const REPLY_ECHO_OFFSET = 6;
const REQUEST_ECHO_OFFSET = 30;

/**
 * @typedef {object} Slot
 * @property {number} port
 * @property {Buffer[]} frames
 * @property {number} next index of the frame that is on its way
 * @property {number} sentAtMs
 * @property {import('node:dgram').Socket} socket
 */

/**
 * @param {{ seconds: number, slots: { port: number, frames: string[] }[], echoes: boolean }} job
 *   `echoes`: the other side sends back what it gets, as a bare server does
 */
async function run({ seconds, slots: given, echoes }) {
  const echoOffset = echoes ? REQUEST_ECHO_OFFSET : REPLY_ECHO_OFFSET;
  /** @type {Map<number, import('node:dgram').Socket>} */
  const sockets = new Map();
  /** @type {Map<string, Slot>} */
  const byEcho = new Map();
  const counts = { answers: 0, failures: 0, resent: 0 };
  let over = false;

  /** @param {Slot} slot */
  const send = (slot) => {
    slot.sentAtMs = performance.now();
    slot.socket.send(slot.frames[slot.next]);
  };
  for (const port of new Set(given.map((slot) => slot.port))) {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1024 * 1024 });
    await new Promise((resolve) => socket.connect(port, '127.0.0.1', () => resolve(undefined)));
    sockets.set(port, socket);
    socket.on('message', (answer) => {
      const slot = byEcho.get(`${port} ${answer.readUInt16BE(echoOffset)}`);
      if (over || !slot) return;
      if (echoes || answer[REPLY_STATUS_OFFSET] === ALL_PASS) counts.answers += 1;
      else counts.failures += 1;
      slot.next = (slot.next + 1) % slot.frames.length;
      send(slot);
    });
  }
  for (const { port, frames } of given) {
    const buffers = frames.map((frame) => Buffer.from(frame, 'base64'));
    const slot = { port, frames: buffers, next: 0, sentAtMs: 0, socket: sockets.get(port) };
    for (const frame of buffers) {
      byEcho.set(`${port} ${frame.readUInt16BE(REQUEST_ECHO_OFFSET)}`, slot);
    }
  }
  const all = new Set(byEcho.values());
  const startedAt = performance.now();
  for (const slot of all) send(slot);
  const resend = setInterval(() => {
    const overdue = performance.now() - RESEND_MS;
    for (const slot of all) {
      if (slot.sentAtMs > overdue) continue;
      counts.resent += 1;
      send(slot);
    }
  }, RESEND_MS);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  over = true;
  const elapsedSeconds = (performance.now() - startedAt) / 1000;
  clearInterval(resend);
  for (const socket of sockets.values()) socket.close();
  return { ...counts, requestsPerSecond: counts.answers / elapsedSeconds };
}

process.on('message', (job) => {
  void run(/** @type {Parameters<typeof run>[0]} */ (job)).then((result) => process.send?.(result));
});
