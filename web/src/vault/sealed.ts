import { decrypt, deriveKey, encrypt, NONCE_BYTES, TAG_BYTES } from './aes-gcm.ts';
import { VaultError } from './vault-error.ts';

const FORMAT = 1;
const HEAD_BYTES = 1 + NONCE_BYTES;
/** What a sealed record has more than its plain text. */
export const SEAL_BYTES = HEAD_BYTES + TAG_BYTES;

const PURPOSE = 'raida-wallet/v1/records';
const CONTEXT = 'raida-wallet/v1/';

/**
 * Seals what is stored: `format (1) || nonce (12) || ciphertext || tag (16)`, AES-256-GCM under a key
 * that HKDF gives of the vault key. The nonce is random: a key that seals 2^32 records, which no wallet
 * reaches, still repeats none but with a chance of 2^-32. A record opens in its own context only (where
 * it lies), so that none can stand for another one.
 */
export class RecordCipher {
  readonly #key: CryptoKey;

  /** `key`: for AES-GCM, to encrypt and to decrypt. */
  constructor(key: CryptoKey) {
    this.#key = key;
  }

  /** `vaultKey`: 32 bytes, not needed any more afterwards. */
  static async fromVaultKey(vaultKey: Uint8Array): Promise<RecordCipher> {
    return new RecordCipher(await deriveKey(vaultKey, PURPOSE));
  }

  async seal(plain: Uint8Array, context: string): Promise<Uint8Array> {
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const ciphertext = await encrypt(this.#key, nonce, plain, boundTo(context));
    const sealed = new Uint8Array(HEAD_BYTES + ciphertext.length);
    sealed[0] = FORMAT;
    sealed.set(nonce, 1);
    sealed.set(ciphertext, HEAD_BYTES);
    return sealed;
  }

  /**
   * Rejects with VaultError when it is damaged. That goes for a format that is not known, too: a version
   * that brings another one says so in the header, which is read first.
   */
  async open(sealed: Uint8Array, context: string): Promise<Uint8Array> {
    const nonce = sealed.subarray(1, HEAD_BYTES);
    const isWhole = sealed[0] === FORMAT && sealed.length >= SEAL_BYTES;
    const plain =
      isWhole && (await decrypt(this.#key, nonce, sealed.subarray(HEAD_BYTES), boundTo(context)));
    if (!plain) {
      throw new VaultError('damaged', 'A record of this wallet is damaged. Nothing was changed.');
    }
    return plain;
  }
}

function boundTo(context: string): Uint8Array {
  return new TextEncoder().encode(CONTEXT + context);
}
