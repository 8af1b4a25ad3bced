import { expect, test } from 'vitest';
import { categoryStylesOf } from './category-styles.js';

test('names in the order of the rows, skeletons by key; a category without a name has no colour of its own', () => {
  const { categories, skeletons } = categoryStylesOf([
    { category_key: 1n, name: 'person', skeleton: '[[1,2]]' },
    { category_key: 2n, name: null, skeleton: null },
    { category_key: 3n, name: 'car', skeleton: null },
  ]);
  expect(categories).toEqual(['person', 'car']);
  expect([...skeletons]).toEqual([['1', [[1, 2]]]]);
});
