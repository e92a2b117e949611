import { beforeEach, describe, expect, it } from 'vitest';
import { makePasskey, readPasskey, type PasskeyPlace } from '../../src/ports/passkey.ts';

const ID = new Uint8Array([251, 255, 190, 7]);
/** As in the options for the PRF: base64url, without padding. */
const NAME = '-_--Bw';
const SECRET = new Uint8Array(32).fill(7);

interface Prf {
  enabled?: boolean;
  results?: { first: BufferSource };
}

let created: PublicKeyCredentialCreationOptions[];
let read: PublicKeyCredentialRequestOptions[];

beforeEach(() => {
  created = [];
  read = [];
});

function credential(prf: Prf | undefined) {
  return {
    rawId: ID.buffer,
    getClientExtensionResults: () => ({ prf }),
  } as unknown as PublicKeyCredential;
}

/** A browser whose authenticator says this of its PRF. */
function place(onCreate: Prf | undefined, onGet?: Prf): PasskeyPlace {
  return {
    hostname: 'wallet.test',
    credentials: {
      create: (options) => {
        created.push(options!.publicKey!);
        return Promise.resolve(credential(onCreate));
      },
      get: (options) => {
        read.push(options!.publicKey!);
        return Promise.resolve(credential(onGet));
      },
    },
  };
}

describe('a new passkey', () => {
  it('belongs to this address, wants the person, and gives its secret at once', async () => {
    const known = { credentialId: new Uint8Array([1]), salt: new Uint8Array(32), addedAtMs: 0 };
    const made = await makePasskey([known], place({ enabled: true, results: { first: SECRET } }));
    expect(made.prf).toEqual(SECRET);
    expect(made.passkey.credentialId).toEqual(ID);
    expect(read).toEqual([]);
    const [options] = created;
    expect(options).toMatchObject({
      rp: { id: 'wallet.test' },
      authenticatorSelection: { userVerification: 'required' },
      excludeCredentials: [{ type: 'public-key', id: known.credentialId }],
    });
    expect(options!.extensions!.prf!.eval!.first).toEqual(made.passkey.salt);
    expect(made.passkey.salt).toHaveLength(32);
  });

  it('is asked once more where the secret does not come with the making', async () => {
    const made = await makePasskey([], place({ enabled: true }, { results: { first: SECRET } }));
    expect(made.prf).toEqual(SECRET);
    expect(read[0]).toMatchObject({
      rpId: 'wallet.test',
      userVerification: 'required',
      allowCredentials: [{ type: 'public-key', id: ID }],
      extensions: { prf: { evalByCredential: { [NAME]: { first: made.passkey.salt } } } },
    });
  });

  it.each([
    ['the browser knows nothing of it', undefined, undefined],
    ['the authenticator has none', { enabled: false }, undefined],
    ['it does not come when asked again', { enabled: true }, {}],
    ['it is too short', { enabled: true, results: { first: new Uint8Array(16) } }, undefined],
  ])('is of no use when %s', async (_, onCreate, onGet) => {
    await expect(makePasskey([], place(onCreate, onGet))).rejects.toMatchObject({
      problem: 'no prf',
    });
  });
});

describe('a passkey that is there', () => {
  const passkey = { credentialId: ID, salt: new Uint8Array(32).fill(3) };

  it('gives what opens the wallet', async () => {
    // Some browsers give a view into something larger.
    const larger = new Uint8Array(64).fill(9, 0, 16).fill(7, 16, 48);
    const first = larger.subarray(16, 48);
    const key = await readPasskey([passkey], place(undefined, { results: { first } }));
    expect(key).toEqual({ kind: 'passkey', credentialId: ID, prf: SECRET });
  });

  it.each([
    ['NotAllowedError', 'cancelled'],
    ['AbortError', 'cancelled'],
    ['InvalidStateError', 'known'],
    ['SecurityError', 'unsupported'],
    ['SomethingNew', 'unsupported'],
  ])('%s is told as %s', async (name, problem) => {
    const get = () => Promise.reject(Object.assign(new Error(), { name }));
    const refusing = { hostname: 'wallet.test', credentials: { get, create: get } };
    await expect(readPasskey([passkey], refusing)).rejects.toMatchObject({ problem });
  });

  it('needs a browser that has passkeys', async () => {
    const without = { hostname: '127.0.0.1', credentials: undefined };
    await expect(readPasskey([passkey], without)).rejects.toMatchObject({
      problem: 'unsupported',
    });
  });
});
