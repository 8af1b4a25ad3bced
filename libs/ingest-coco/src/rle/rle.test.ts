import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMask, encodeMask, mergeMasks } from './mask.js';
import { polygonsToRle, polygonToRle } from './polygon.js';
import { decodeCounts, encodeCounts, fromCoco, rleArea, rleBbox, toCoco } from './rle.js';
import type { Rle } from './rle.js';

interface Expected {
  readonly counts: string;
  readonly area: number;
  readonly bbox: readonly number[];
}
interface Vector {
  readonly size: readonly [number, number];
  readonly polygons: readonly [number[], number[]];
  readonly first: Expected;
  readonly second: Expected;
  readonly union: Expected;
  readonly intersection: Expected;
}

const vectors = JSON.parse(
  readFileSync(new URL('../../testing/rle-vectors.json', import.meta.url), 'utf8'),
) as Vector[];

function described(rle: Rle): Expected {
  return { counts: encodeCounts(rle.counts), area: rleArea(rle), bbox: rleBbox(rle) };
}

describe('as cocoapi (testing/rle-vectors.c)', () => {
  test.each(vectors.map((vector, i) => [i, vector] as const))('polygons and merges %d', (_i, vector) => {
    const [height, width] = vector.size;
    const [first, second] = vector.polygons.map((polygon) => polygonToRle(polygon, height, width)) as [Rle, Rle];
    expect(described(first)).toEqual(vector.first);
    expect(described(second)).toEqual(vector.second);
    expect(described(mergeMasks([first, second], 'union'))).toEqual(vector.union);
    expect(described(mergeMasks([first, second], 'intersection'))).toEqual(vector.intersection);
    expect(described(polygonsToRle(vector.polygons, height, width))).toEqual(vector.union);
  });
});

describe('runs, text and pixels', () => {
  const masks = fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
    .chain(([height, width]) =>
      fc.record({
        height: fc.constant(height),
        width: fc.constant(width),
        mask: fc.array(fc.nat(1), { minLength: height * width, maxLength: height * width }),
      }),
    );

  test('pixels to runs and back', () => {
    fc.assert(
      fc.property(masks, ({ mask, height, width }) => {
        const rle = encodeMask(mask, height, width);
        expect([...decodeMask(rle)]).toEqual(mask);
        expect(rleArea(rle)).toBe(mask.filter(Boolean).length);
        const inside = mask.flatMap((value, i) => (value ? [[i % width, Math.floor(i / width)] as const] : []));
        const xs = inside.map(([x]) => x);
        const ys = inside.map(([, y]) => y);
        const [x, y] = [Math.min(...xs), Math.min(...ys)];
        const box = [x, y, Math.max(...xs) - x + 1, Math.max(...ys) - y + 1];
        // cocoapi gives a box beyond the edge where the last run is empty of pixels but starts a column.
        if (inside.length > 0 && rle.counts.length % 2 === 0) expect(rleBbox(rle)).toEqual(box);
      }),
    );
  });

  test('runs to text and back', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 28), { maxLength: 20 }), (counts) => {
        expect([...decodeCounts(encodeCounts(counts))]).toEqual(counts);
      }),
    );
  });

  test('union and intersection, pixel by pixel', () => {
    fc.assert(
      fc.property(
        masks,
        fc.array(fc.nat(1), { minLength: 144, maxLength: 144 }),
        ({ mask, height, width }, noise) => {
          const a = encodeMask(mask, height, width);
          const b = encodeMask(noise.slice(0, mask.length), height, width);
          expect([...decodeMask(mergeMasks([a, b], 'union'))]).toEqual(mask.map((v, i) => v | (noise[i] ?? 0)));
          expect([...decodeMask(mergeMasks([a, b], 'intersection'))]).toEqual(
            mask.map((v, i) => v & (noise[i] ?? 0)),
          );
        },
      ),
    );
  });

  test('a COCO value, in both forms', () => {
    const rle = fromCoco({ size: [2, 3], counts: [1, 3, 2] });
    expect(fromCoco(toCoco(rle))).toEqual(rle);
    expect(toCoco(rle, false)).toEqual({ size: [2, 3], counts: [1, 3, 2] });
    // Column by column: the second pixel of the first column, then the second column.
    expect([...decodeMask(rle)]).toEqual([0, 1, 0, 1, 1, 0]);
  });

  test.each([
    ['runs that do not fill the mask', { size: [2, 3], counts: [1, 3] }],
    ['a negative run', { size: [2, 3], counts: [-1, 7] }],
    ['half a pixel', { size: [2, 3], counts: [1.5, 4.5] }],
    ['a text that ends in a run', { size: [2, 3], counts: 'o' }],
    ['characters that are none', { size: [2, 3], counts: '6é' }],
    ['no size', { size: [], counts: [6] }],
  ])('%s: a typed error', (_name, value) => {
    expect(() => fromCoco(value)).toThrow(expect.objectContaining({ code: 'DATAVIS_INGEST_RLE' }) as Error);
  });

  test('a huge size takes no memory', () => {
    expect(() => decodeMask(fromCoco({ size: [100_000, 40_000], counts: [4e9 - 1, 1] }))).toThrow(
      /4000000000 pixels/,
    );
  });
});
