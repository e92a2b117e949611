/** AES-256-GCM and the keys for it, by WebCrypto. Nonces have 12 bytes, tags 16, at the end. */

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** `secret`: 32 bytes that are as good as random. The key cannot be read back. */
export function importKey(secret: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', own(secret), 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** HKDF-SHA-256 without a salt: `purpose` keeps keys apart that come from one secret. */
export async function deriveKey(secret: Uint8Array, purpose: string): Promise<CryptoKey> {
  const { subtle } = crypto;
  const material = await subtle.importKey('raw', own(secret), 'HKDF', false, ['deriveKey']);
  const how = {
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: own(new TextEncoder().encode(purpose)),
  };
  const what = { name: 'AES-GCM', length: 256 };
  return subtle.deriveKey(how, material, what, false, ['encrypt', 'decrypt']);
}

/** `bound` is not encrypted, but has to be the same when the result is opened. */
export async function encrypt(
  key: CryptoKey,
  nonce: Uint8Array,
  plain: Uint8Array,
  bound: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const how = { name: 'AES-GCM', iv: own(nonce), additionalData: own(bound) };
  return new Uint8Array(await crypto.subtle.encrypt(how, key, own(plain)));
}

/** What was encrypted; null when anything is not as it was then: key, nonce, `bound` or the bytes. */
export async function decrypt(
  key: CryptoKey,
  nonce: Uint8Array,
  sealed: Uint8Array,
  bound: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const how = { name: 'AES-GCM', iv: own(nonce), additionalData: own(bound) };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(how, key, own(sealed)));
  } catch (error) {
    // Its name for a wrong tag, and for too few bytes to hold one.
    if (error instanceof DOMException && error.name === 'OperationError') return null;
    throw error;
  }
}

/** WebCrypto takes no memory that threads share, and nothing in the wallet is any. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}
