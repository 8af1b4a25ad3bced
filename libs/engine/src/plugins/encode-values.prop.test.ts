import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFloats, ValidityBuilder } from './encode-values.js';

const value = fc.oneof(
  { weight: 8, arbitrary: fc.float({ noNaN: true }) },
  fc.constantFrom(NaN, Infinity, -Infinity, -0, 3.4028234663852886e38),
);

test('NaN is no value, with 0 in its slot; all else stays as it is', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 70 }), (given) => {
      const validity = new ValidityBuilder(given.length);
      const floats = Float32Array.from(given);
      const expected = Float32Array.from(given, (one) => (Number.isNaN(one) ? 0 : one));
      expect(encodeFloats(floats, given.length, validity)).toEqual(expected);
      const bits = validity.result.validity;
      const isValid = (row: number): boolean =>
        bits === undefined || ((bits[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0;
      expect(given.map((_, row) => isValid(row))).toEqual(given.map((one) => !Number.isNaN(one)));
    }),
    { numRuns: 500 },
  );
});
