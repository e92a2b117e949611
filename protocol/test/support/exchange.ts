import { expect } from 'vitest';

import {
  type AnyCommand,
  type CounterMode,
  cryptReplyBody,
  encodeReply,
  encodeRequest,
  type Encryption,
  findCommand,
  isChallengeSealed,
  judgeReply,
  openRequestBody,
  readReply,
  readRequestHeader,
  type ReplyBody,
  signatureFor,
  STATUS,
  sumAns,
  toHex,
} from '@raida-wallet/protocol';

import { type ExchangeVector, hex, type TokenVector } from './vectors.ts';

/**
 * Everything that `vectors/README.md` demands of one exchange, as one function that fails for any
 * vector in which as much as one byte is wrong (but for the server's execution time).
 */
export function verifyExchange(vector: ExchangeVector): void {
  const command = findCommand(vector.group, vector.code);
  if (!command) throw new Error(`no command ${vector.group}/${vector.code}`);
  verifyClientRequest(command, vector);
  verifyServerRequest(command, vector);
  verifyReply(command, vector, vector.reply, 'restart');
  if (vector.replyContinue !== undefined) {
    verifyReply(command, vector, vector.replyContinue, 'continue');
  }
}

function keyOf(vector: ExchangeVector): Uint8Array | null {
  return vector.key ? hex(vector.key.an) : null;
}

function encryptionOf(vector: ExchangeVector): Encryption {
  expect(vector.encryption).toBe(vector.key ? 1 : 0);
  if (!vector.key) return { kind: 'none' };
  return { kind: 'token', token: vector.key, key: hex(vector.key.an) };
}

/** Whether the entry holds all that its request was made of; some error entries do not. */
export function hasInputs(vector: ExchangeVector): boolean {
  const command = findCommand(vector.group, vector.code);
  return command !== undefined && requestOf(command, vector) !== null;
}

/** The request that these inputs ask for, or null for the few entries that do not hold them all. */
function requestOf(command: AnyCommand, vector: ExchangeVector): object | null {
  const { tokens = [], claimant, ticket, tickets, pg } = vector;
  const withSecrets = tokens.map(({ dn, sn, an, pan }) => ({
    dn,
    sn,
    ...(an !== undefined && { an: hex(an) }),
    ...(pan !== undefined && { pan: hex(pan) }),
  }));
  switch (command.name) {
    case 'echo':
    case 'version':
      return {};
    case 'detect':
    case 'get ticket':
    case 'pown':
    case 'find':
      return tokens.length === 0 ? null : { tokens: withSecrets };
    case 'detect sum':
      return { tokens: tokens.map(idOf), sum: sumAns(tokens.map(({ an }) => hex(an!))) };
    case 'validate ticket':
      return ticket === undefined ? null : { claimant, ticket: hex(ticket) };
    case 'fix':
      if (pg === undefined || !tickets) return null;
      return { tokens: tokens.map(idOf), pg: hex(pg), tickets: tickets.map(ticketOf) };
    default:
      throw new Error(`no inputs for ${command.name}`);
  }
}

function idOf({ dn, sn }: TokenVector) {
  return { dn, sn };
}

function ticketOf(text: string): Uint8Array | null {
  return text === '00000000' ? null : hex(text);
}

function encode(command: AnyCommand, request: unknown, vector: ExchangeVector): string {
  return toHex(
    encodeRequest(command, request, {
      raida: vector.raida,
      coinId: vector.coinId,
      encryption: encryptionOf(vector),
      challenge: hex(vector.challenge),
      nonce: hex(vector.nonce),
    }),
  );
}

function verifyClientRequest(command: AnyCommand, vector: ExchangeVector): void {
  const request = requestOf(command, vector);
  if (request !== null) expect(encode(command, request, vector)).toBe(vector.request);
}

/** Statuses that a server finds in the shape of the payload, before it looks at any token. */
const SHAPE_STATUSES: readonly number[] = [
  STATUS.emptyRequest,
  STATUS.badPacketLength,
  STATUS.badDivision,
];

function verifyServerRequest(command: AnyCommand, vector: ExchangeVector): void {
  const frame = hex(vector.request);
  const header = readRequestHeader(frame);
  expect(header).toMatchObject({
    version: 1,
    splitId: 0,
    raida: vector.raida,
    shardId: 0,
    group: vector.group,
    code: vector.code,
    coinId: vector.coinId,
    encryptionType: vector.encryption,
    keyDn: vector.key?.dn ?? 0,
    keySn: vector.key?.sn ?? 0,
    bodyBytes: frame.length - 32,
    echo: Number.parseInt(vector.nonce.slice(-4), 16),
  });
  expect(toHex(header.nonce)).toBe(vector.nonce);
  const { challenge, payload } = openRequestBody(frame, header, keyOf(vector));
  expect(toHex(challenge)).toBe(vector.challenge);
  expect(isChallengeSealed(challenge)).toBe(true);
  if (SHAPE_STATUSES.includes(vector.means.status)) {
    expect((): unknown => command.decodeRequest(payload)).toThrow(
      expect.objectContaining({ name: 'RequestError', status: vector.means.status }),
    );
    return;
  }
  const decoded: unknown = command.decodeRequest(payload);
  const request = requestOf(command, vector);
  if (request !== null) expect(decoded).toEqual(request);
  expect(encode(command, decoded, vector)).toBe(vector.request);
}

/** What the reply must be decoded to. */
function meaningOf(command: AnyCommand, { means, ...vector }: ExchangeVector): unknown {
  const count = vector.tokens?.length ?? 0;
  const refused = { kind: 'refused', status: means.status };
  const passes = passesOf(means, count);
  switch (command.name) {
    case 'echo':
      return means.status === STATUS.success ? { kind: 'echo' } : refused;
    case 'version':
      return { kind: 'version', text: means.text };
    case 'detect':
    case 'pown':
    case 'fix':
      return passes ? { kind: 'passes', passes } : refused;
    case 'detect sum':
      return { kind: 'sum', matches: means.status === STATUS.allPass };
    case 'get ticket':
      return { kind: 'ticket', passes, ticket: means.ticket ? hex(means.ticket) : null };
    case 'validate ticket':
      return means.tokens ? { kind: 'covered', tokens: means.tokens } : refused;
    case 'find':
      return foundOf(means, count) ?? refused;
    default:
      throw new Error(`no meaning for ${command.name}`);
  }
}

function passesOf(means: ExchangeVector['means'], count: number): Uint8Array | null {
  const { allPass, allFail, mixed } = STATUS;
  const indexes = means.status === mixed ? means.passes : undefined;
  if (means.status === allPass) return new Uint8Array(count).fill(1);
  if (means.status === allFail) return new Uint8Array(count);
  if (!indexes) return null;
  return Uint8Array.from({ length: count }, (_, i) => (indexes.includes(i) ? 1 : 0));
}

function foundOf(means: ExchangeVector['means'], count: number) {
  const whole = means.status - STATUS.findNeither;
  const found = means.found ? Uint8Array.from(means.found) : new Uint8Array(count).fill(whole);
  return whole >= 0 && whole <= 3 ? { kind: 'found', found } : null;
}

function verifyReply(
  command: AnyCommand,
  vector: ExchangeVector,
  replyHex: string,
  counterMode: CounterMode,
): void {
  const challenge = hex(vector.challenge);
  const key = keyOf(vector);
  const { header, body } = readReply(hex(replyHex));
  const expectation = { raida: vector.raida, group: vector.group, challenge, key };
  const echo = Number.parseInt(vector.request.slice(60, 64), 16);
  const holdsOurKey = vector.means.status !== STATUS.badCrc;
  expect(judgeReply(header, { ...expectation, echo })).toBe(holdsOurKey ? 'authentic' : 'hint');
  expect(header.status).toBe(vector.means.status);
  const cipher = key && {
    key,
    nonce: hex(vector.nonce),
    requestBodyBytes: vector.request.length / 2 - 32,
    counterMode,
  };
  if (cipher) cryptReplyBody(body, cipher);
  const reply: ReplyBody = { status: header.status, body };
  const meaning = meaningOf(command, vector);
  const bitOrder = 'least-significant-first';
  const tokenCount = vector.tokens?.length ?? 0;
  expect(command.decodeReply(reply, { tokenCount, bitOrder })).toEqual(meaning);

  const isRefused = (meaning as { kind: string }).kind === 'refused';
  const again: ReplyBody = isRefused
    ? { status: vector.means.status, body: new Uint8Array(0) }
    : command.encodeReply(meaning);
  const fields = {
    raida: vector.raida,
    status: again.status,
    group: vector.group,
    echo,
    executionMicroseconds: header.executionMicroseconds,
    signature: holdsOurKey ? signatureFor(challenge, key) : signatureUnderOtherKey(vector),
  };
  expect(toHex(encodeReply(fields, again.body, cipher))).toBe(replyHex);
}

/**
 * What a server that holds another AN than the request's key signs: whatever that AN makes of the
 * challenge's ciphertext. The vector names it as the AN of its token.
 */
function signatureUnderOtherKey(vector: ExchangeVector): Uint8Array {
  const held = hex(vector.tokens![0]!.an!);
  const frame = hex(vector.request);
  const { challenge } = openRequestBody(frame, readRequestHeader(frame), held);
  return signatureFor(challenge, held);
}
