import { createHash } from 'node:crypto';
import {
  COMMANDS,
  type CounterMode,
  encodeRequest,
  type Encryption,
  judgeReply,
  makeChallenge,
  readReply,
  cryptReplyBody,
  type Command,
  type ReplyWorth,
  type TokenId,
  type TokenAn,
} from '@raida-wallet/protocol';
import {
  DEFAULT_TRUST,
  handleRequest,
  type MaybePromise,
  MemoryTokenStore,
  type NodePorts,
  TicketTable,
  type Trust,
} from '../../src/node/index.ts';

/** A node in memory with a clock and a random source that the test holds. */
export interface TestNode extends NodePorts {
  readonly store: MemoryTokenStore;
  readonly clock: { ms: number };
  readonly reported: unknown[];
  /** What the others answer to Validate Ticket. */
  votes: (issuer: number, ticket: Uint8Array) => Promise<readonly TokenId[] | null>;
  mode: CounterMode;
}

export interface TestNodeOptions {
  readonly raida?: number;
  readonly coinId?: number;
  readonly trust?: Trust;
  readonly random?: (bytes: number) => Uint8Array;
}

export function testNode(options: TestNodeOptions = {}): TestNode {
  const clock = { ms: 0 };
  const reported: unknown[] = [];
  const random = options.random ?? countingRandom();
  return {
    config: {
      raida: options.raida ?? 3,
      coinId: options.coinId ?? 6,
      version: '20250323',
      trust: options.trust ?? DEFAULT_TRUST,
    },
    store: new MemoryTokenStore(),
    tickets: new TicketTable({ now: () => clock.ms, random }),
    clock,
    reported,
    mode: 'restart',
    counterMode() {
      return this.mode;
    },
    now: () => clock.ms,
    votes: () => Promise.resolve(null),
    validateTicket(issuer, ticket) {
      return this.votes(issuer, ticket);
    },
    report: (error) => reported.push(error),
  };
}

/** Bytes that never repeat, the same in every run. */
export function countingRandom(seed = 'raida'): (bytes: number) => Uint8Array {
  let count = 0;
  return (bytes) =>
    new Uint8Array(createHash('sha256').update(`${seed} ${count++}`).digest().subarray(0, bytes));
}

/** A secret of 16 bytes that this text names. */
export function secret(name: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(name).digest().subarray(0, 16));
}

export function token(sn: number, name = `an ${sn}`, dn = 0): TokenAn {
  return { dn, sn, an: secret(name) };
}

const nextRandom = countingRandom('requests');

export interface FrameOptions {
  readonly raida?: number;
  readonly coinId?: number;
  /** Encryption type 1 under this token. */
  readonly key?: TokenAn;
}

/** A whole, good request. */
export function frameOf<Request>(
  command: Command<Request, unknown>,
  request: Request,
  { raida = 3, coinId = 6, key }: FrameOptions = {},
): Uint8Array {
  const encryption: Encryption = key
    ? { kind: 'token', token: key, key: key.an }
    : { kind: 'none' };
  const challenge = makeChallenge(nextRandom(12));
  return encodeRequest(command, request, {
    raida,
    coinId,
    encryption,
    challenge,
    nonce: nextRandom(8),
  });
}

export interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
  readonly worth: ReplyWorth;
}

/** Reads a reply as the sender of `frame` would; `frame` is what was sent, not yet decrypted. */
export function readAnswer(
  reply: Uint8Array,
  frame: Uint8Array,
  key?: TokenAn,
  counterMode: CounterMode = 'restart',
): Answer {
  const { header, body } = readReply(reply.slice());
  const nonce = frame.slice(24, 32);
  const challenge = frame.slice(32, 48);
  if (key) cryptReplyBody(challenge, cipherOf(frame, key, 'restart'));
  if (key && body.length > 0) cryptReplyBody(body, cipherOf(frame, key, counterMode));
  const worth = judgeReply(header, {
    raida: frame[2]!,
    group: frame[4]!,
    echo: (nonce[6]! << 8) | nonce[7]!,
    challenge,
    key: key?.an ?? null,
  });
  return { status: header.status, body, signature: header.signature, worth };
}

function cipherOf(frame: Uint8Array, key: TokenAn, counterMode: CounterMode) {
  return {
    key: key.an,
    nonce: frame.slice(24, 32),
    requestBodyBytes: frame.length - 32,
    counterMode,
  };
}

/** Sends a frame to a node in memory. Throws when it gives no answer. */
export async function send(
  node: NodePorts,
  frame: Uint8Array,
  key?: TokenAn,
  counterMode?: CounterMode,
): Promise<Answer> {
  const reply = await handle(node, frame);
  if (!reply) throw new Error('no answer');
  return readAnswer(reply, frame, key, counterMode);
}

/** The handler takes a request over, so it gets a copy. */
export function handle(node: NodePorts, frame: Uint8Array): MaybePromise<Uint8Array | null> {
  return handleRequest(frame.slice(), node);
}

/** A request with any numbers and any payload. */
export function rawFrame(
  group: number,
  code: number,
  payload: Uint8Array,
  options: FrameOptions = {},
): Uint8Array {
  const command = {
    ...COMMANDS.echo,
    group,
    code,
    payloadBytes: () => payload.length,
    encodeRequest: (_: object, target: Uint8Array) => target.set(payload),
  };
  return frameOf(command, {}, options);
}
