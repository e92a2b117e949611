import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import {
  CHALLENGE_RANDOM_BYTES,
  DEFAULT_COIN_ID,
  detect,
  encodeRequest,
  judgeReply,
  makeChallenge,
  NONCE_BYTES,
  readReply,
  readUint16,
  ECHO_OFFSET,
  type TokenAn,
} from '@raida-wallet/protocol';

/** Where a node listens, as the control interface lists it. */
interface NodeAddress {
  readonly id: number;
  readonly port: number;
}

/**
 * Asks a node by its own protocol, past the wallet and the control interface, whether these ANs
 * pass. Returns the status of a reply that fits the request. By TCP, which loses nothing.
 */
export async function detectAt(
  { id: raida, port }: NodeAddress,
  tokens: readonly TokenAn[],
): Promise<number> {
  const challenge = makeChallenge(randomBytes(CHALLENGE_RANDOM_BYTES));
  const frame = encodeRequest(
    detect,
    { tokens },
    {
      raida,
      coinId: DEFAULT_COIN_ID,
      encryption: { kind: 'none' },
      challenge,
      nonce: randomBytes(NONCE_BYTES),
    },
  );
  const { header } = readReply(await exchange(port, frame));
  const echo = readUint16(frame, ECHO_OFFSET);
  const expected = { raida, group: detect.group, echo, challenge, key: null };
  const worth = judgeReply(header, expected);
  if (worth !== 'authentic') throw new Error(`RAIDA ${raida} answered something else: ${worth}`);
  return header.status;
}

function exchange(port: number, frame: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(frame));
    socket.on('data', (part: Buffer) => parts.push(part));
    socket.once('error', reject);
    socket.once('close', () => resolve(Buffer.concat(parts)));
  });
}
