/**
 * - `damaged`: not what was written, or not whole.
 * - `newer`: written by a newer version of this page.
 * - `weakened`: somebody made the passphrase cheaper to guess than this page ever does.
 * - `wrong passphrase`, `wrong passkey`: does not open this vault.
 */
export type VaultErrorReason =
  'damaged' | 'newer' | 'weakened' | 'wrong passphrase' | 'wrong passkey';

/** The vault, or a record of it, does not open: why, and what to do. Nothing was changed. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  readonly reason: VaultErrorReason;

  constructor(reason: VaultErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
