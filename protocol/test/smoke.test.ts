import { expect, test } from 'vitest';
import { crc32 } from '@raida-wallet/protocol';
test('crc', () => expect(crc32(new Uint8Array(12))).toBe(0x7bd5c66f));
