import { expect, test } from 'vitest';
import { cocoFixture } from './fixture.js';

test('same seed, same fixture; another seed, another one', () => {
  expect(cocoFixture({ seed: 7 })).toEqual(cocoFixture({ seed: 7 }));
  expect(cocoFixture({ seed: 7 })).not.toEqual(cocoFixture({ seed: 8 }));
});

test('has as many images and categories as asked for', () => {
  const { images, categories } = cocoFixture({ images: 7, categories: 2 });
  expect([images?.length, categories?.length]).toEqual([7, 2]);
});

test('hard fixtures hold what the docs promise', () => {
  const { annotations = [], images = [] } = cocoFixture({ images: 200, hard: true });
  const has = (test: (record: Readonly<Record<string, unknown>>) => boolean): boolean => annotations.some(test);
  expect(has(({ id }) => typeof id === 'bigint')).toBe(true);
  expect(has(({ id }) => typeof id === 'string')).toBe(true);
  expect(has(({ bbox }) => bbox === undefined)).toBe(true);
  expect(has(({ segmentation }) => typeof segmentation === 'object' && !Array.isArray(segmentation))).toBe(true);
  expect(has(({ image_id }) => image_id === 'nowhere')).toBe(true);
  expect(new Set(images.map(({ id }) => id)).size).toBeLessThan(images.length);
});
