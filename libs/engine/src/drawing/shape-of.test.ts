import { encodeMask, toCoco } from '@datavis/ingest-coco/rle';
import { describe, expect, test } from 'vitest';
import { decodeRle, shapeOf, shapesOf, skeletonsOf } from './shape-of.js';

describe('shapeOf', () => {
  test('takes box, outline, keypoints and the skeleton of the category', () => {
    const skeletons = skeletonsOf([{ category_key: 7n, skeleton: '[[1,2]]' }]);
    const row = {
      category: 'person',
      category_key: 7n,
      bbox_x: 1,
      bbox_y: 2,
      bbox_w: 3,
      bbox_h: 4,
      polygons: [new Float64Array([0, 0, 5, 0, 5, 5])],
      keypoints: new Float64Array([1, 1, 2, 4, 4, 1]),
      rle: null,
    };
    expect(shapeOf(row, skeletons)).toEqual({
      category: 'person',
      box: [1, 2, 3, 4],
      polygons: [[0, 0, 5, 0, 5, 5]],
      keypoints: [1, 1, 2, 4, 4, 1],
      skeleton: [[1, 2]],
    });
  });

  test('half a box is none, and no category is no key', () => {
    expect(shapeOf({ bbox_x: 1, bbox_y: 2, bbox_w: null, bbox_h: 4, rle: '{no json' }, new Map())).toEqual({});
  });
});

test.each([['[[1]]'], ['{}'], ['no json'], ['[["a","b"]]'], [null]])('%s is no skeleton', (skeleton) => {
  expect(skeletonsOf([{ category_key: 1n, skeleton }]).size).toBe(0);
});

test('a mask comes back row after row; what is none is nothing to draw', () => {
  const data = new Uint8Array([0, 1, 1, 0, 0, 1]);
  const mask = decodeRle(toCoco(encodeMask(data, 2, 3)));
  expect(mask && { ...mask, data: [...mask.data] }).toEqual({ data: [...data], widthPx: 3, heightPx: 2 });
  expect(decodeRle({ size: [2, 3], counts: 'ÿ' })).toBeUndefined();
  expect(decodeRle('no mask')).toBeUndefined();
});

test('one object in two files is drawn once, with the keypoints of the second', () => {
  const box = { category: 'person', bbox_x: 1, bbox_y: 2, bbox_w: 3, bbox_h: 4 };
  const polygons = [[0, 0, 5, 0, 5, 5]];
  const rows = [
    { ...box, polygons },
    { ...box, polygons, keypoints: [1, 1, 2] },
    { ...box, category: 'dog' },
    { ...box, bbox_w: 9 },
  ];
  expect(shapesOf(rows, new Map())).toEqual([
    { category: 'person', box: [1, 2, 3, 4], polygons },
    { category: 'person', label: '', keypoints: [1, 1, 2] },
    { category: 'dog', box: [1, 2, 3, 4] },
    { category: 'person', box: [1, 2, 9, 4] },
  ]);
});
