import { expect, test } from 'vitest';
import { killLoop, manySmallFiles } from '../../testing/kill-loop.js';

test('acceptance 45: the same at 200 moments', async () => {
  const { kills, broken } = await killLoop(200);
  expect(broken).toEqual([]);
  expect(kills).toBeGreaterThan(100);
}, 3_600_000);

test('acceptance 45: the same at 60 moments of an import of many small files', async () => {
  const { kills, broken } = await killLoop(60, manySmallFiles);
  expect(broken).toEqual([]);
  expect(kills).toBeGreaterThan(25);
}, 3_600_000);
