import {
  type AnyCommand,
  COMMANDS,
  type CommandName,
  ENCRYPTION_TYPE,
  encodeReply,
  findCommand,
  isChallengeSealed,
  isCommandGroup,
  openRequestBody,
  PROTOCOL_VERSION,
  readRequestHeader,
  type ReplyBody,
  REQUEST_HEADER_BYTES,
  RequestError,
  type RequestHeader,
  SIGNATURE_BYTES,
  signatureFor,
  STATUS,
} from '@raida-wallet/protocol';

import { isTokenId } from './commands/judging.ts';
import { SERVE, type Serve } from './commands/registry.ts';
import type { MaybePromise, NodePorts } from './ports.ts';

/**
 * What a RAIDA answers to one request: the checks of PROTOCOL.md section 7 in their order, the
 * command, the reply. No I/O, timers or sockets: everything goes through the ports.
 *
 *   bytes -> header -> key -> body -> challenge -> payload -> command -> reply
 *              |        |      |         |           |           |
 *              +--------+------+         +-----------+-----------+
 *            an error with a zero     an error with the signature that
 *            signature: a hint        is due for the challenge as found
 */

const SERVE_OF: ReadonlyMap<AnyCommand, Serve> = new Map(
  (Object.keys(COMMANDS) as CommandName[]).map((name) => [COMMANDS[name], SERVE[name]]),
);

const EMPTY = new Uint8Array(0);
const NO_SIGNATURE = new Uint8Array(SIGNATURE_BYTES);

/** A request on its way: what a reply to it needs. */
interface Exchange {
  readonly node: NodePorts;
  readonly startedAtMs: number;
  readonly header: RequestHeader;
  /** The AN of the key token before the command ran, or null for encryption type 0. */
  key: Uint8Array | null;
  /** Zero until the body is open. */
  signature: Uint8Array;
}

/**
 * Answers a request, or null when it deserves no answer. The request is the handler's: it is
 * decrypted in place. Never throws and never rejects.
 */
export function handleRequest(
  request: Uint8Array,
  node: NodePorts,
): MaybePromise<Uint8Array | null> {
  if (request.length < REQUEST_HEADER_BYTES) return null;
  const header = readRequestHeader(request);
  const startedAtMs = node.now();
  const exchange: Exchange = { node, startedAtMs, header, key: null, signature: NO_SIGNATURE };
  try {
    const served = serve(request, exchange);
    if (!(served instanceof Promise)) return reply(exchange, served);
    return served.then(
      (body) => reply(exchange, body),
      (error: unknown) => replyError(exchange, error),
    );
  } catch (error) {
    return replyError(exchange, error);
  }
}

function serve(request: Uint8Array, exchange: Exchange): MaybePromise<ReplyBody> {
  const { node, header } = exchange;
  const command = checkHeader(header, node);
  const key = keyOf(header, node);
  const { challenge, payload } = openRequestBody(request, header, key);
  exchange.key = key;
  exchange.signature = signatureFor(challenge, key);
  if (!isChallengeSealed(challenge)) {
    throw new RequestError(STATUS.badCrc, 'the CRC of the challenge is wrong, or the key is');
  }
  const answer: unknown = SERVE_OF.get(command)!(command.decodeRequest(payload), node);
  if (answer instanceof Promise) return answer.then((later) => command.encodeReply(later));
  return command.encodeReply(answer);
}

/** Section 7, the header: returns the command that it names. */
function checkHeader(header: RequestHeader, node: NodePorts): AnyCommand {
  const { config } = node;
  expect(header.version === PROTOCOL_VERSION, STATUS.routing, 'the version');
  expect(header.splitId === 0, STATUS.badSplitId, 'the split id');
  expect(header.raida === config.raida, STATUS.badRaidaId, 'the RAIDA id');
  expect(isCommandGroup(header.group), STATUS.badCommandGroup, 'the command group');
  expect(header.shardId === 0, STATUS.badShardId, 'the shard id');
  const command = findCommand(header.group, header.code);
  const refusal = command ? node.refusal?.(command) : STATUS.badCommand;
  if (!command || refusal !== undefined) {
    throw new RequestError(refusal ?? STATUS.badCommand, 'the command is unknown');
  }
  expect(header.coinId === config.coinId, STATUS.badCoinId, 'the coin id');
  const known = header.encryptionType <= ENCRYPTION_TYPE.locker;
  expect(known, STATUS.badEncryptionCode, 'the encryption type');
  return command;
}

function expect(holds: boolean, status: number, what: string): void {
  if (!holds) throw new RequestError(status, `${what} is not one of this node`);
}

/**
 * The key of the body, null for type 0. This node keeps no lockers, so type 2 is a known way of
 * encryption with a key that it does not have: 34, as for a token that cannot exist. A token
 * that could exist, but is not known here, is 25 (section 4).
 */
function keyOf(header: RequestHeader, node: NodePorts): Uint8Array | null {
  if (header.encryptionType === ENCRYPTION_TYPE.none) return null;
  const token = { dn: header.keyDn, sn: header.keySn };
  const isToken = header.encryptionType === ENCRYPTION_TYPE.token && isTokenId(token);
  if (!isToken) throw new RequestError(STATUS.encryption, 'there is no such key');
  const an = node.store.read(token);
  if (!an) throw new RequestError(STATUS.keyTokenNotFound, 'the key token is unknown');
  return an;
}

function reply(exchange: Exchange, { status, body }: ReplyBody): Uint8Array {
  const { node, header, key, signature } = exchange;
  const executionMicroseconds = Math.round((node.now() - exchange.startedAtMs) * 1000);
  const fields = {
    raida: node.config.raida,
    status,
    group: header.group,
    echo: header.echo,
    executionMicroseconds,
    signature,
  };
  const cipher = key && {
    key,
    nonce: header.nonce,
    requestBodyBytes: header.bodyBytes,
    counterMode: node.counterMode(),
  };
  return encodeReply(fields, body, cipher);
}

function replyError(exchange: Exchange, error: unknown): Uint8Array {
  if (error instanceof RequestError) return reply(exchange, { status: error.status, body: EMPTY });
  exchange.node.report(error);
  return reply(exchange, { status: STATUS.internal, body: EMPTY });
}
