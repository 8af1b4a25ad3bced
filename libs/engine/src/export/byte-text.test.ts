import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteText } from './byte-text.js';

function written(write: (text: ByteText) => void): string {
  const text = new ByteText();
  write(text);
  return new TextDecoder().decode(text.take());
}

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.integer().map((hundredths) => hundredths / 100),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 0.01, -0.01, 0.1, 0.05, 1.005, 19_999_999.99, 20_000_000, 1e21, 5e-324, 2 ** 53),
);

test('every finite number is read back as the same double', () => {
  fc.assert(
    fc.property(number, (value) => {
      expect(
        JSON.parse(
          written((text) => {
            text.number(value);
          }),
        ),
      ).toBe(value);
    }),
    { numRuns: 5000 },
  );
});

test('every number of hundredths is written as JavaScript writes it', () => {
  const values = Array.from({ length: 110_000 }, (_, hundredths) => [hundredths / 100, -hundredths / 100]).flat();
  expect(
    written((text) => {
      text.numbers(values.map((value) => value + 0));
    }),
  ).toBe(JSON.stringify(values));
});

test('a list of numbers is read back as it is, short and long numbers mixed', () => {
  fc.assert(
    fc.property(fc.array(number, { maxLength: 200, size: 'max' }), (values) => {
      const text = written((out) => {
        out.numbers(values);
      });
      expect(JSON.parse(text)).toEqual(values);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  [9, '9'],
  [10, '10'],
  [99.99, '99.99'],
  [100, '100'],
  [999.5, '999.5'],
  [1000, '1000'],
  [12.5, '12.5'],
  [12.34, '12.34'],
  [0.07, '0.07'],
  [-100, '-100'],
  [1.234, '1.234'],
])('%f is written as people do', (value, text) => {
  expect(
    written((out) => {
      out.number(value);
    }),
  ).toBe(text);
});

test('lists and texts, also longer than the first buffer, and empty after take', () => {
  const lists = [Float64Array.of(1, 2.5), [], Float64Array.from({ length: 50_000 }, (_, at) => at / 4)];
  const text = written((out) => {
    out.text('"ü😀');
    out.lists(lists);
  });
  expect(text.startsWith('"ü😀[[1,2.5],[],[0,0.25,')).toBe(true);
  expect(JSON.parse(text.slice('"ü😀'.length))).toEqual(lists.map((list) => Array.from(list)));
  const reused = new ByteText();
  reused.text('x');
  reused.take();
  expect(reused.length).toBe(0);
});
