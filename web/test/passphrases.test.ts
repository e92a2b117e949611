import { describe, expect, it } from 'vitest';
import { judgePassphrase } from '../src/state/passphrases.ts';

describe('what a passphrase is worth', () => {
  it.each([
    ['', 'none'],
    ['seven77', 'short'],
    // Counted as people count: two letters, and not four.
    ['😀😀😀😀', 'short'],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', 'weak'],
    ['123456789012345678901234', 'weak'],
    ['password1234', 'weak'],
    ['blueberry', 'weak'],
    ['boat boat boat', 'weak'],
    ['green boat sings', 'fair'],
    ['x7#Kq!92mLp$', 'fair'],
    ['a boat of three', 'strong'],
    ['three green boats sing', 'strong'],
  ] as const)('%j is %s', (passphrase, strength) => {
    expect(judgePassphrase(passphrase)).toBe(strength);
  });
});
