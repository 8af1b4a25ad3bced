import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { negotiate } from './accept.js';
import { etagOf, matchesEtag } from './etag.js';
import { parseRange } from './range.js';

describe('parseRange', () => {
  test.each([
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=2-', { start: 2, end: 10 }],
    ['bytes=-3', { start: 7, end: 10 }],
    ['bytes=-100', { start: 0, end: 10 }],
    ['bytes=5-999', { start: 5, end: 10 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-2', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,3-4', undefined],
    ['items=0-1', undefined],
    ['bytes=a-b', undefined],
    ['bytes=99999999999999999999-', undefined],
    [undefined, undefined],
  ] as const)('%s of 10 bytes', (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });
  test('any text gives a range inside the body or none', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^bytes=\d{0,18}-\d{0,18}$/)),
        fc.nat(1000),
        (header, size) => {
          const range = parseRange(header, size);
          if (range === undefined || range === 'unsatisfiable') return;
          expect(range.start).toBeGreaterThanOrEqual(0);
          expect(range.end).toBeGreaterThan(range.start);
          expect(range.end).toBeLessThanOrEqual(size);
        },
      ),
    );
  });
});

describe('negotiate', () => {
  const offers = ['image/webp', 'image/jpeg', 'image/avif'] as const;
  test.each([
    [undefined, 'image/webp'],
    ['*/*', 'image/webp'],
    ['image/avif,image/webp,image/apng,*/*;q=0.8', 'image/webp'],
    ['image/jpeg', 'image/jpeg'],
    ['image/*;q=0.5, image/jpeg', 'image/jpeg'],
    ['image/webp;q=0, image/*', 'image/jpeg'],
    ['IMAGE/AVIF', 'image/avif'],
    ['text/html', undefined],
    ['image/webp;q=0', undefined],
    ['image/webp;q=abc', undefined],
  ])('%s', (accept, expected) => {
    expect(negotiate(accept, offers)).toBe(expected);
  });
  test('takes any text in time', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 5000 }), (accept) => {
        expect([undefined, ...offers]).toContain(negotiate(accept, offers));
      }),
    );
  });
});

describe('entity tags', () => {
  test('parts do not run together', () => {
    expect(etagOf('ab', 'c')).not.toBe(etagOf('a', 'bc'));
  });
  test.each([
    ['"x"', true],
    ['W/"x"', true],
    ['"a", "x"', true],
    ['*', true],
    ['"y"', false],
    ['x', false],
    [undefined, false],
  ])('%s', (header, expected) => {
    expect(matchesEtag(header, '"x"')).toBe(expected);
  });
});
