import { test } from 'vitest';
import { failEvery, manySmallFiles } from '../../testing/fail-every.js';

test('every step of input and output failed once: a typed error, and the next import ends as an unbroken one', async () => {
  await failEvery(1);
}, 1_800_000);

test('the same among many small files', async () => {
  await failEvery(1, manySmallFiles);
}, 1_800_000);
