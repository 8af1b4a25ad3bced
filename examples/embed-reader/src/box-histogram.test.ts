import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boxHistogram } from './box-histogram.js';

test('counts boxes by category and size, whatever the order of the sections', async () => {
  const annotations = [
    { id: 1, image_id: 1, category_id: 2, bbox: [0, 0, 10, 10] },
    { id: 2, image_id: 1, category_id: 2, bbox: [0, 0, 50, 50] },
    { id: 3, image_id: 1, category_id: 5, bbox: [0, 0, 100, 100] },
  ];
  const file = new Blob([JSON.stringify({ annotations, categories: [{ id: 2, name: 'cat' }] })]);
  assert.deepEqual(Object.fromEntries(await boxHistogram(file)), {
    cat: { small: 1, medium: 1, large: 0 },
    'category 5': { small: 0, medium: 0, large: 1 },
  });
});
