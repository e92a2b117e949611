/** Status codes of a reply (section 4). A status is a hint, never a proof (section 3). */
export const STATUS = {
  success: 250,
  allPass: 241,
  allFail: 242,
  mixed: 243,
  findNeither: 208,
  findAllAn: 209,
  findAllPan: 210,
  findMixed: 211,
  badSplitId: 2,
  badRaidaId: 3,
  badShardId: 4,
  badCommandGroup: 5,
  badCommand: 6,
  badCoinId: 7,
  badPacketLength: 16,
  wrongRaida: 18,
  keyTokenNotFound: 25,
  badEncryptionCode: 27,
  badTerminator: 33,
  encryption: 34,
  emptyRequest: 36,
  badCrc: 37,
  admin: 38,
  badDivision: 39,
  badToken: 40,
  noTicketSlot: 42,
  noSuchTicket: 43,
  ticketClaimed: 44,
  tooManyTokens: 45,
  notImplemented: 89,
  rate: 160,
  invalidPan: 199,
  internal: 252,
  network: 253,
  memory: 254,
  routing: 255,
} as const;

export type StatusName = keyof typeof STATUS;

const NAMES: ReadonlyMap<number, StatusName> = new Map(
  Object.entries(STATUS).map(([name, code]) => [code, name as StatusName]),
);

/** The name of a status code, or `status 123` for one that we do not know. */
export function statusName(status: number): string {
  return NAMES.get(status) ?? `status ${status}`;
}
