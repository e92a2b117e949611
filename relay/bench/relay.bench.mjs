/**
 * What a relay costs: frames a second and round trip through it, against straight UDP to the same
 * 25 sockets, in interleaved rounds of one run. RAIDA and relay are processes of their own; on a
 * machine with fewer than four processors they and the client take time from each other.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { COMMANDS, encodeRequest, makeChallenge } from '@raida-wallet/protocol';
import { connectStraight, connectThroughRelay } from './support/clients.mjs';

const COIN_ID = 6;
const WINDOW = 250;
const ROLE = fileURLToPath(new URL('support/role.mjs', import.meta.url));

const envelope = {
  raida: 0,
  coinId: COIN_ID,
  encryption: { kind: 'token', token: { dn: 0, sn: 1 }, key: new Uint8Array(16) },
  challenge: makeChallenge(new Uint8Array(12)),
  nonce: new Uint8Array(8),
};
const token = { dn: 0, sn: 1, an: new Uint8Array(16).fill(1), pan: new Uint8Array(16).fill(2) };
const FRAMES = {
  echo: encodeRequest(COMMANDS.echo, {}, envelope),
  pown36: encodeRequest(COMMANDS.pown, { tokens: Array(36).fill(token) }, envelope),
};

async function startRole(...args) {
  const child = fork(ROLE, args);
  const [ready] = await once(child, 'message');
  const cpuMicroseconds = async () => {
    child.send('cpu');
    const [{ cpu }] = await once(child, 'message');
    return cpu.user + cpu.system;
  };
  return { ...ready, cpuMicroseconds, stop: () => child.disconnect() };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

async function secondsFor(work) {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** One round of each way, for each measure. */
async function measureRound(ways, relay, frame, { frames, trips }) {
  const round = {};
  for (const [name, client] of Object.entries(ways)) {
    const before = await relay.cpuMicroseconds();
    const seconds = await secondsFor(() => client.run(frame, frames, WINDOW));
    const used = (await relay.cpuMicroseconds()) - before;
    const tripSeconds = await secondsFor(() => client.run(frame, trips, 1));
    round[name] = {
      framesPerSecond: frames / seconds,
      relayCpuMicrosecondsPerFrame: used / frames,
      roundTripMs: (tripSeconds / trips) * 1000,
    };
  }
  return round;
}

function summarize(rounds) {
  const of = (way, measure) => median(rounds.map((round) => round[way][measure]));
  const ways = Object.keys(rounds[0]);
  const byWay = ways.map((way) => [
    way,
    {
      framesPerSecond: Math.round(of(way, 'framesPerSecond')),
      roundTripMs: Number(of(way, 'roundTripMs').toFixed(4)),
      relayCpuMicrosecondsPerFrame: Number(of(way, 'relayCpuMicrosecondsPerFrame').toFixed(2)),
    },
  ]);
  const ratio = (way) =>
    median(rounds.map((round) => round[way].framesPerSecond / round.straight.framesPerSecond));
  const added = median(rounds.map((round) => round.relay.roundTripMs - round.straight.roundTripMs));
  return {
    ...Object.fromEntries(byWay),
    throughputToStraightUdp: Number(ratio('relay').toFixed(3)),
    throughputToStraightUdpOneFrameAMessage: Number(ratio('relayOneFrameAMessage').toFixed(3)),
    addedRoundTripMs: Number(added.toFixed(4)),
  };
}

export async function run({ quick, log }) {
  const size = quick ? { frames: 5000, trips: 300 } : { frames: 40_000, trips: 2000 };
  const rounds = quick ? 3 : 7;
  const raida = await startRole('raida');
  const { servers } = raida;
  const network = { name: 'bench', coinId: COIN_ID, quorum: 13, udpMaxBytes: 1400, servers };
  const relay = await startRole('relay', JSON.stringify(network));
  const ways = {
    straight: await connectStraight(servers),
    relay: await connectThroughRelay(relay.port, servers, true),
    relayOneFrameAMessage: await connectThroughRelay(relay.port, servers, false),
  };
  const results = { window: WINDOW, rounds, framesPerRound: size.frames };
  for (const [name, frame] of Object.entries(FRAMES)) {
    // The first round warms everything up and does not count.
    await measureRound(ways, relay, frame, size);
    const measured = [];
    for (let i = 0; i < rounds; i++) {
      measured.push(await measureRound(ways, relay, frame, size));
      log(`${name}: round ${i + 1} of ${rounds}`);
    }
    results[name] = { frameBytes: frame.length, ...summarize(measured) };
  }
  for (const way of Object.values(ways)) way.close();
  relay.stop();
  raida.stop();
  return results;
}

export function describe({ echo, pown36 }) {
  return [echo, pown36]
    .map(
      (one) =>
        `${one.frameBytes} bytes: ${one.relay.framesPerSecond} frames/s through the relay, ` +
        `${one.straight.framesPerSecond} straight (ratio ${one.throughputToStraightUdp}); ` +
        `${one.addedRoundTripMs} ms added to a round trip of ${one.straight.roundTripMs} ms; ` +
        `${one.relay.relayCpuMicrosecondsPerFrame} us of processor a frame`,
    )
    .join('\n');
}
