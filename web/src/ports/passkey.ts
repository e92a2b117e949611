import type { PasskeyView, VaultKeySource } from '../wallet/messages.ts';

/**
 * Passkeys that open the vault. Their PRF turns a stored salt into 32 bytes that exist nowhere but in
 * the authenticator; the page hands them to the worker and keeps nothing.
 */

export type PasskeyProblem =
  /** This browser, or this address, has no passkeys. */
  | 'unsupported'
  /** The authenticator has no PRF: it could sign, but not open anything. */
  | 'no prf'
  /** The person, or the browser on his behalf, has left it. */
  | 'cancelled'
  /** It is one of the passkeys that are there already. */
  | 'known';

export class PasskeyError extends Error {
  override readonly name = 'PasskeyError';
  readonly problem: PasskeyProblem;

  constructor(problem: PasskeyProblem, cause?: unknown) {
    super(problem, { cause });
    this.problem = problem;
  }
}

export interface NewPasskey {
  readonly passkey: Omit<PasskeyView, 'addedAtMs'>;
  readonly prf: Uint8Array<ArrayBuffer>;
}

/** The part of the browser that is used, so that tests need none. */
export interface PasskeyPlace {
  readonly credentials: Pick<CredentialsContainer, 'create' | 'get'> | undefined;
  /** The passkey belongs to it. */
  readonly hostname: string;
}

const SALT_BYTES = 32;
const PRF_BYTES = 32;
const CHALLENGE_BYTES = 32;
const USER_ID_BYTES = 16;
/** A person who looks for a security key in a drawer. */
const TIMEOUT_MS = 120_000;
const NAME = 'RAIDA Wallet';
/** EdDSA, ES256, RS256. Nobody checks the signatures: the PRF is what counts. */
const ALGORITHMS = [-8, -7, -257];

const PROBLEMS: Readonly<Record<string, PasskeyProblem>> = {
  AbortError: 'cancelled',
  NotAllowedError: 'cancelled',
  InvalidStateError: 'known',
  NotSupportedError: 'unsupported',
  SecurityError: 'unsupported',
};

export function thisPlace(): PasskeyPlace {
  const supported = typeof PublicKeyCredential === 'function' && isSecureContext;
  return {
    credentials: supported ? navigator.credentials : undefined,
    hostname: location.hostname,
  };
}

export function canUsePasskeys({ credentials }: PasskeyPlace): boolean {
  return credentials !== undefined;
}

/** Makes a passkey and reads its PRF at once; some authenticators have to be asked for that again. */
export async function makePasskey(
  known: readonly PasskeyView[],
  place: PasskeyPlace,
): Promise<NewPasskey> {
  const salt = randomBytes(SALT_BYTES);
  const made = await ask(place, (credentials) =>
    credentials.create({
      publicKey: {
        rp: { id: place.hostname, name: NAME },
        user: { id: randomBytes(USER_ID_BYTES), name: NAME, displayName: NAME },
        challenge: randomBytes(CHALLENGE_BYTES),
        pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        excludeCredentials: known.map(({ credentialId: id }) => ({ type: 'public-key', id })),
        extensions: { prf: { eval: { first: salt } } },
        timeout: TIMEOUT_MS,
      },
    }),
  );
  const { prf } = made.getClientExtensionResults();
  if (prf === undefined || prf.enabled === false) throw new PasskeyError('no prf');
  const passkey = { credentialId: new Uint8Array(made.rawId), salt };
  const first = prf.results?.first;
  const key = first === undefined ? await readPasskey([passkey], place) : { prf: prfBytes(first) };
  return { passkey, prf: key.prf };
}

/** Asks for one of these passkeys, and gives what opens the vault. */
export async function readPasskey(
  passkeys: readonly Omit<PasskeyView, 'addedAtMs'>[],
  place: PasskeyPlace,
): Promise<Extract<VaultKeySource, { kind: 'passkey' }>> {
  const read = await ask(place, (credentials) =>
    credentials.get({
      publicKey: {
        rpId: place.hostname,
        challenge: randomBytes(CHALLENGE_BYTES),
        allowCredentials: passkeys.map(({ credentialId: id }) => ({ type: 'public-key', id })),
        userVerification: 'required',
        extensions: {
          prf: {
            evalByCredential: Object.fromEntries(
              passkeys.map(({ credentialId, salt }) => [base64url(credentialId), { first: salt }]),
            ),
          },
        },
        timeout: TIMEOUT_MS,
      },
    }),
  );
  const first = read.getClientExtensionResults().prf?.results?.first;
  if (first === undefined) throw new PasskeyError('no prf');
  return { kind: 'passkey', credentialId: new Uint8Array(read.rawId), prf: prfBytes(first) };
}

async function ask(
  { credentials }: PasskeyPlace,
  question: (credentials: Pick<CredentialsContainer, 'create' | 'get'>) => Promise<unknown>,
): Promise<PublicKeyCredential> {
  if (credentials === undefined) throw new PasskeyError('unsupported');
  let answer: unknown;
  try {
    answer = await question(credentials);
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    throw new PasskeyError(PROBLEMS[name] ?? 'unsupported', error);
  }
  if (answer === null) throw new PasskeyError('cancelled');
  return answer as PublicKeyCredential;
}

function prfBytes(source: BufferSource): Uint8Array<ArrayBuffer> {
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice()
    : new Uint8Array(source);
  if (bytes.length !== PRF_BYTES) throw new PasskeyError('no prf');
  return bytes;
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/u, '');
}

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}
