import { readUint32, writeUint32 } from '@raida-wallet/protocol';

import type { JournalRecord, StoredRecords } from './records.ts';

/**
 * The file of the second copy: a row of frames, each `kind (1) || length (4) || number (4) || bytes`.
 * First a header, the base and its pages, then the end of the base, and from then on the journal grows.
 * A file whose base never ended is not a copy; a frame that is cut off at the end was never confirmed.
 */
const FRAME_BYTES = 9;
const KIND = { header: 1, base: 2, page: 3, whole: 4, journal: 5 } as const;
type Kind = (typeof KIND)[keyof typeof KIND];

/** Everything up to the journal that there is. */
export function encodeCopy({ header, base, journal }: StoredRecords): Uint8Array[] {
  return [
    frame(KIND.header, base.last, header),
    frame(KIND.base, base.generation, new Uint8Array()),
    ...base.pages.map((page, index) => frame(KIND.page, index, page)),
    ...journal.map(encodeJournalRecord),
    frame(KIND.whole, base.pages.length, new Uint8Array()),
  ];
}

export function encodeJournalRecord({ number, sealed }: JournalRecord): Uint8Array {
  return frame(KIND.journal, number, sealed);
}

function frame(kind: Kind, number: number, bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(FRAME_BYTES + bytes.length);
  framed[0] = kind;
  writeUint32(framed, 1, bytes.length);
  writeUint32(framed, 5, number);
  framed.set(bytes, FRAME_BYTES);
  return framed;
}

/** What the file holds, or null when it is not a whole copy. Its parts are views of `file`. */
export function decodeCopy(file: Uint8Array): StoredRecords | null {
  let header: Uint8Array | null = null;
  let generation = 0;
  let last = 0;
  let isWhole = false;
  const pages: Uint8Array[] = [];
  const journal = new Map<number, Uint8Array>();
  for (const { kind, number, bytes } of frames(file)) {
    if (kind === KIND.header) [header, last] = [bytes, number];
    else if (kind === KIND.base) generation = number;
    else if (kind === KIND.page && number === pages.length) pages.push(bytes);
    else if (kind === KIND.whole) isWhole = number === pages.length;
    else if (kind === KIND.journal) journal.set(number, bytes);
    else break;
  }
  if (!isWhole || !header) return null;
  return {
    header,
    base: { generation, last, pages },
    journal: [...journal].map(([number, sealed]) => ({ number, sealed })),
    unmerged: false,
  };
}

function* frames(file: Uint8Array) {
  for (let at = 0; at + FRAME_BYTES <= file.length;) {
    const length = readUint32(file, at + 1);
    const bytes = file.subarray(at + FRAME_BYTES, at + FRAME_BYTES + length);
    if (bytes.length < length) return;
    yield { kind: file[at], number: readUint32(file, at + 5), bytes };
    at += FRAME_BYTES + length;
  }
}
