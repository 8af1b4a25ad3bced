import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ImageKeys } from './image-keys.js';

const INT32 = 2 ** 31;
const ids = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt(-20n, 20n) },
  fc.bigInt(BigInt(-INT32), BigInt(INT32 - 1)),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
);

test('a key for every id of 32 bits that came once, and for no other', () => {
  fc.assert(
    fc.property(
      fc.array(ids, { maxLength: 9000, size: 'max' }),
      fc.array(ids, { maxLength: 70 }),
      (known, asked) => {
        const keys = new ImageKeys();
        const column = (values: readonly bigint[]) => ({
          type: 'i64' as const,
          values: BigInt64Array.from(values),
        });
        keys.addAll(column(known), 5, known.length);
        const wanted = [...asked, ...known.slice(-70)];
        const { values, validity } = keys.resolve(column(wanted), wanted.length);
        wanted.forEach((id, row) => {
          const at = known.indexOf(id);
          const isOne = at >= 0 && known.lastIndexOf(id) === at && id >= BigInt(-INT32) && id < BigInt(INT32);
          expect(((validity?.[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0).toBe(isOne);
          expect(values[row]).toBe(isOne ? BigInt(at + 5) : 0n);
        });
      },
    ),
    { numRuns: 40 },
  );
});
