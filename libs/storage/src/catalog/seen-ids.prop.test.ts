import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeenIds } from './seen-ids.js';

const column = (ids: readonly bigint[]) => ({ type: 'i64' as const, values: BigInt64Array.from(ids) });
const id = fc.oneof(
  fc.bigInt(-300n, 300n),
  fc.bigInt(-(2n ** 40n), 2n ** 40n),
  fc.bigInt(-(2n ** 53n) + 1n, 2n ** 53n - 1n),
);

test('integers that differ are proven so, and nothing else is', () => {
  fc.assert(
    fc.property(fc.array(fc.array(id, { maxLength: 40 }), { maxLength: 5 }), (batches) => {
      const seen = new SeenIds();
      for (const ids of batches) seen.addAll(column(ids), ids.length);
      const all = batches.flat();
      expect(seen.areUnique).toBe(new Set(all).size === all.length);
    }),
  );
});

test('no proof where an id is missing, larger than a double tells, or ids lie too thin', () => {
  const seen = (ids: readonly bigint[], validity?: Uint32Array): boolean => {
    const one = new SeenIds();
    one.addAll({ ...column(ids), validity }, ids.length);
    return one.areUnique;
  };
  expect(seen([1n, 2n], Uint32Array.of(0b11))).toBe(true);
  expect(seen([1n, 0n], Uint32Array.of(0b01))).toBe(false);
  expect(seen([2n ** 53n])).toBe(false);
  expect(seen(Array.from({ length: 2048 }, (_, at) => BigInt(at) << 16n))).toBe(true);
  expect(seen(Array.from({ length: 2049 }, (_, at) => BigInt(at) << 16n))).toBe(false);
});
