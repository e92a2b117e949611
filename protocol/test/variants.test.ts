import { describe, expect, test } from 'vitest';

import {
  COMMANDS,
  crc32,
  DecodeError,
  DEFAULT_UDP_MAX_BYTES,
  fromHex,
  packBits,
  type ReplyContext,
  requestBytes,
  STATUS,
  sumAns,
  unpackBits,
} from '@raida-wallet/protocol';

import { hex } from './support/vectors.ts';

/** Section 9, row by row: what servers of other descent send, and we accept. */

const LEAST: ReplyContext = { tokenCount: 9, bitOrder: 'least-significant-first' };
const MOST: ReplyContext = { ...LEAST, bitOrder: 'most-significant-first' };
const TICKET = hex('11223344');

function of(tokenCount: number): ReplyContext {
  return { ...LEAST, tokenCount };
}

function flagged(count: number, ...indexes: number[]): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (indexes.includes(i) ? 1 : 0));
}

function ticketOf(first: number): Uint8Array {
  return new Uint8Array(16).fill(first);
}

describe('tickets', () => {
  const { getTicket } = COMMANDS;

  test('live and S2: one ticket of 4 bytes when all pass', () => {
    const reply = { status: STATUS.allPass, body: TICKET };
    const passes = new Uint8Array(9).fill(1);
    expect(getTicket.decodeReply(reply, LEAST)).toEqual({ kind: 'ticket', passes, ticket: TICKET });
  });

  test('live: ceil(N/8) bytes of bitfield, then the ticket, when some pass', () => {
    const reply = { status: STATUS.mixed, body: hex('0501' + '11223344') };
    const passes = flagged(9, 0, 2, 8);
    expect(getTicket.decodeReply(reply, LEAST)).toEqual({ kind: 'ticket', passes, ticket: TICKET });
  });

  test('S3: always 5 bytes of bitfield, then the ticket', () => {
    for (const tokenCount of [1, 8, 9, 24, 32]) {
      const reply = { status: STATUS.mixed, body: hex('0100000000' + '11223344') };
      const passes = flagged(tokenCount, 0);
      const expected = { kind: 'ticket', passes, ticket: TICKET };
      expect(getTicket.decodeReply(reply, of(tokenCount)), `${tokenCount}`).toEqual(expected);
    }
    const reply = { status: STATUS.mixed, body: hex('0100000080' + '11223344') };
    const expected = { kind: 'ticket', passes: flagged(40, 0, 39), ticket: TICKET };
    expect(getTicket.decodeReply(reply, of(40))).toEqual(expected);
    expect(() => getTicket.decodeReply(reply, of(41))).toThrow(DecodeError);
  });

  test('S0: a ticket of 16 bytes for each token when all pass', () => {
    const body = Uint8Array.from([...ticketOf(1), ...ticketOf(2)]);
    expect(getTicket.decodeReply({ status: STATUS.allPass, body }, of(2))).toEqual({
      kind: 'token tickets',
      tickets: [ticketOf(1), ticketOf(2)],
    });
  });

  test('S0: a bitfield, then a ticket of 16 bytes for each token that passed', () => {
    const body = Uint8Array.from([0b101, ...ticketOf(1), ...ticketOf(3)]);
    expect(getTicket.decodeReply({ status: STATUS.mixed, body }, of(3))).toEqual({
      kind: 'token tickets',
      tickets: [ticketOf(1), null, ticketOf(3)],
    });
  });

  test('S0: as many tickets as passes, or it is refused', () => {
    const body = Uint8Array.from([0b111, ...ticketOf(1), ...ticketOf(3)]);
    expect(() => getTicket.decodeReply({ status: STATUS.mixed, body }, of(3))).toThrow(DecodeError);
  });

  test('By Sum at a server that lacks it: status 6 is a value, so that one can fall back', () => {
    const refused = { kind: 'refused', status: STATUS.badCommand };
    const reply = { status: 6, body: new Uint8Array(0) };
    expect(COMMANDS.getTicketBySum.decodeReply(reply, LEAST)).toEqual(refused);
  });
});

describe('POWN and Fix', () => {
  test('live: a POWN is answered with the bitfield alone', () => {
    const reply = { status: STATUS.mixed, body: hex('0501') };
    const expected = { kind: 'passes', passes: flagged(9, 0, 2, 8) };
    expect(COMMANDS.pown.decodeReply(reply, LEAST)).toEqual(expected);
  });

  test('S1: four zero bytes, then the bitfield', () => {
    const reply = { status: STATUS.mixed, body: hex('00000000' + '0501') };
    const expected = { kind: 'passes', passes: flagged(9, 0, 2, 8) };
    expect(COMMANDS.pown.decodeReply(reply, LEAST)).toEqual(expected);
  });

  test('S3: a Fix is answered with 5 bytes of bitfield and a ticket of 4', () => {
    const reply = { status: STATUS.mixed, body: hex('0501000000' + '00000000') };
    const expected = { kind: 'passes', passes: flagged(9, 0, 2, 8) };
    expect(COMMANDS.fix.decodeReply(reply, LEAST)).toEqual(expected);
  });

  test('the ticket slot of a Fix has 4 bytes, not the 5 of S3', () => {
    const tickets = Array.from({ length: 25 }, () => null);
    const request = { tokens: [{ dn: 0, sn: 1 }], pg: new Uint8Array(16), tickets };
    expect(COMMANDS.fix.payloadBytes(request)).toBe(5 + 16 + 25 * 4);
  });
});

describe('bit order', () => {
  const passes = flagged(9, 0, 2, 8);

  test('least significant first, as live servers count', () => {
    expect(packBits(passes)).toEqual(hex('0501'));
    expect(unpackBits(hex('0501'), 9)).toEqual(passes);
  });

  test('most significant first, where the network says so, in every mixed reply', () => {
    expect(packBits(passes, 'most-significant-first')).toEqual(hex('a080'));
    const { detect, pown, fix, getTicket } = COMMANDS;
    for (const command of [detect, pown, fix]) {
      const reply = { status: STATUS.mixed, body: hex('a080') };
      const decoded = command.decodeReply(reply, MOST);
      expect(decoded, command.name).toEqual({ kind: 'passes', passes });
      expect(command.encodeReply({ kind: 'passes', passes }, MOST.bitOrder)).toEqual(reply);
    }
    const reply = { status: STATUS.mixed, body: hex('a080' + '11223344') };
    const ticketReply = { kind: 'ticket', passes, ticket: TICKET } as const;
    expect(getTicket.decodeReply(reply, MOST)).toEqual(ticketReply);
    expect(getTicket.encodeReply(ticketReply, MOST.bitOrder)).toEqual(reply);
  });
});

describe('numbers that the sources print', () => {
  test('CRC-32 of section 2', () => {
    const text = Uint8Array.from('Hello World!', (letter) => letter.charCodeAt(0));
    expect(crc32(text)).toBe(0x1c291ca3);
    expect(crc32(new Uint8Array(12))).toBe(0x7bd5c66f);
  });

  test("S0's token record: DN 1, SN 102205", () => {
    const payload = new Uint8Array(21);
    const an = fromHex('00112233445566778899aabbccddeeff')!;
    COMMANDS.detect.encodeRequest({ tokens: [{ dn: 1, sn: 102205, an }] }, payload);
    expect(payload).toEqual(hex('0100018f3d' + '00112233445566778899aabbccddeeff'));
  });

  test('a sum of no ANs is zero, of one is that one', () => {
    const an = hex('00112233445566778899aabbccddeeff');
    expect(sumAns([])).toEqual(new Uint8Array(16));
    expect(sumAns([an])).toEqual(an);
  });

  test('section 6: how many tokens a datagram of 1400 bytes holds', () => {
    const an = new Uint8Array(16);
    const requests = (count: number) => {
      const tokens = Array.from({ length: count }, (_, sn) => ({ dn: 0, sn, an, pan: an }));
      return { tokens, sum: an };
    };
    const { pown, find, detect, getTicket, detectSum, getTicketBySum } = COMMANDS;
    const most = [
      [pown, 36],
      [find, 36],
      [detect, 64],
      [getTicket, 64],
      [detectSum, 266],
      [getTicketBySum, 266],
    ] as const;
    for (const [command, count] of most) {
      const size = (tokens: number) => requestBytes(command.payloadBytes(requests(tokens)));
      expect(size(count), command.name).toBeLessThanOrEqual(DEFAULT_UDP_MAX_BYTES);
      expect(size(count + 1), command.name).toBeGreaterThan(DEFAULT_UDP_MAX_BYTES);
    }
  });
});
