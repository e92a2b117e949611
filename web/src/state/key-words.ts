import { PasskeyError } from '../ports/passkey.ts';
import { doorTexts } from '../texts-door.ts';
import { wordsFor } from './requests.ts';

/** What to tell the person when a passphrase or a passkey did not do. */
export function keyWords(error: unknown): string {
  return error instanceof PasskeyError ? doorTexts.passkeys[error.problem] : wordsFor(error);
}
