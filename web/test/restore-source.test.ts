import { describe, expect, it } from 'vitest';
import { MAX_LIST_BYTES, findWords, readListFile } from '../src/state/restore-source.ts';

const file = (text: string, type = 'text/plain', size = text.length) => ({
  size,
  type,
  text: () => Promise.resolve(text),
});
const noCode = () => Promise.resolve(null);

describe('words as somebody typed them', () => {
  it('are found between numbers, lines and points', () => {
    expect(findWords('1. Abandon\n2. ability,  3) ABLE')).toEqual(['abandon', 'ability', 'able']);
    expect(findWords(' \n12 ')).toEqual([]);
  });
});

describe('a list of coins', () => {
  it('is the text of a file', async () => {
    expect(await readListFile(file(' LIST\n'), noCode)).toEqual({ kind: 'list', text: 'LIST' });
  });

  it('is what the QR code in a picture says', async () => {
    const picture = file('', 'image/png', MAX_LIST_BYTES * 4);
    const read = () => Promise.resolve('LIST');
    expect(await readListFile(picture, read)).toEqual({ kind: 'list', text: 'LIST' });
    expect(await readListFile(picture, noCode)).toEqual({ kind: 'problem', problem: 'noCode' });
  });

  it('says what is wrong with a file', async () => {
    const large = file('x', 'text/plain', MAX_LIST_BYTES + 1);
    expect(await readListFile(large, noCode)).toEqual({ kind: 'problem', problem: 'tooLarge' });
    const gone = { ...file(''), text: () => Promise.reject(new Error('gone')) };
    expect(await readListFile(gone, noCode)).toEqual({ kind: 'problem', problem: 'unreadable' });
    const broken = () => Promise.reject(new Error('no picture'));
    expect(await readListFile(file('', 'image/png'), broken)).toEqual({
      kind: 'problem',
      problem: 'unreadable',
    });
  });
});
