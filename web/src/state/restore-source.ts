/** What a person brings to come back: words as typed, and a list of coins from anywhere. */

export const WORDS = 24;

/** 10,000 coins make a list of less than 200 kB. */
export const MAX_LIST_BYTES = 2 * 1024 * 1024;

/** The words of a text, whatever is between them: numbers, points, lines. */
export function findWords(text: string): readonly string[] {
  return (
    text
      .toLowerCase()
      .normalize('NFKD')
      .match(/\p{L}+/gu) ?? []
  );
}

/** The part of a File that is used, so that tests need no browser. */
export interface ListFile {
  readonly size: number;
  readonly type: string;
  text(): Promise<string>;
}

export type ListReading =
  | { readonly kind: 'list'; readonly text: string }
  | { readonly kind: 'problem'; readonly problem: 'noCode' | 'tooLarge' | 'unreadable' };

/** The text of a list: of a file, or of the QR code in a picture. */
export async function readListFile<File extends ListFile>(
  file: File,
  readCode: (picture: File) => Promise<string | null>,
): Promise<ListReading> {
  const picture = file.type.startsWith('image/');
  if (!picture && file.size > MAX_LIST_BYTES) return { kind: 'problem', problem: 'tooLarge' };
  try {
    const text = picture ? await readCode(file) : await file.text();
    if (text === null) return { kind: 'problem', problem: 'noCode' };
    return { kind: 'list', text: text.trim() };
  } catch {
    return { kind: 'problem', problem: 'unreadable' };
  }
}
