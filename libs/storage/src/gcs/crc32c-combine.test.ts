import { crc32c } from '@node-rs/crc32';
import { assert, property, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';
import { combineCrc32c } from './crc32c-combine.js';

it('is the checksum of the bytes in one', () => {
  assert(
    property(uint8Array({ maxLength: 300 }), uint8Array({ maxLength: 300 }), (a, b) => {
      expect(combineCrc32c(crc32c(a), crc32c(b), b.length)).toBe(crc32c(Buffer.concat([a, b])));
    }),
  );
});

it('also of more bytes than fit into 31 bits', () => {
  const zeros = new Uint8Array(1_048_576);
  let crc = crc32c(Buffer.from('begin'));
  let many = 0;
  let size = 0;
  for (let i = 0; i < 2_049; i++) {
    crc = crc32c(zeros, crc);
    many = crc32c(zeros, many);
    size += zeros.length;
  }
  expect(combineCrc32c(crc32c(Buffer.from('begin')), many, size)).toBe(crc);
});
