/**
 * A passphrase as every part of the vault uses it: NFKC, so that the same letters open it whichever
 * keyboard or system they come from (macOS may give é as two characters, others as one).
 */
export function normalizePassphrase(typed: string): string {
  return typed.normalize('NFKC');
}
