import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IdKeys } from './id-keys.js';

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
        const keys = new IdKeys();
        const column = (values: readonly bigint[]) => ({
          type: 'i64' as const,
          values: BigInt64Array.from(values),
        });
        keys.addAll(column(known), 5, known.length);
        const wanted = [...asked, ...known.slice(-70)];
        const { values = [], validity } = keys.resolve(column(wanted), wanted.length) ?? {};
        wanted.forEach((id, row) => {
          const at = known.indexOf(id);
          const isOne = at >= 0 && known.lastIndexOf(id) === at && id >= BigInt(-INT32) && id < BigInt(INT32);
          expect(((validity?.[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0).toBe(isOne);
          expect(values[row] ?? 0n).toBe(isOne ? BigInt(at + 5) : 0n);
        });
      },
    ),
    { numRuns: 40 },
  );
});

test('an id that comes again after four million images belongs to none of its images', () => {
  const keys = new IdKeys();
  for (let id = 0; id < 4_000_001; id++) keys.add(id, id + 1);
  keys.add(7, 4_000_002);
  const found = keys.resolve({ type: 'i64', values: BigInt64Array.of(6n, 7n, 3_999_999n, 4_000_000n) }, 4);
  expect(found?.validity?.[0]).toBe(0b0101);
});
