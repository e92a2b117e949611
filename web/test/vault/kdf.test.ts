import { argon2id } from '@noble/hashes/argon2.js';
import { toHex } from '@raida-wallet/protocol';
import { expect, test } from 'vitest';

import { stretch } from '../../src/vault/kdf.ts';

test('the library gives the tag of RFC 9106, section 5.3', () => {
  const tag = argon2id(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2), {
    m: 32,
    t: 3,
    p: 4,
    key: new Uint8Array(8).fill(3),
    personalization: new Uint8Array(12).fill(4),
    dkLen: 32,
  });
  expect(toHex(tag)).toBe('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
});

/**
 * What the reference implementation says (Debian's package argon2 0~20171227):
 * `echo -n 'correct horse battery staple' | argon2 0123456789abcdef -id -k KIB -t PASSES -p LANES -l 32`
 */
test.each([
  [19_456, 2, 1, '832e52b959b967b570ee4781f6c7bda7ced019ca266ac781fd2d94d4e853b0cd'],
  [32_768, 3, 4, 'ec98370c015d355e76e88b7d9d3da6fdee7860c22cc60b47774a0ef96ed687ef'],
])('%i KiB, %i passes and %i lanes as the reference has them', (memoryKib, passes, lanes, hash) => {
  const salt = Buffer.from('0123456789abcdef');
  const parameters = { memoryKib, passes, lanes, salt };
  expect(toHex(stretch('correct horse battery staple', parameters))).toBe(hash);
});
