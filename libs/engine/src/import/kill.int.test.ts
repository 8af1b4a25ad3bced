import { expect, test } from 'vitest';
import { killLoop, manySmallFiles } from '../../testing/kill-loop.js';

test('acceptance 45: killed at 25 random moments and run again, the tables are those of an unbroken import', async () => {
  const { kills, broken } = await killLoop(25);
  expect(broken).toEqual([]);
  // Some moments come too late; most must not.
  expect(kills).toBeGreaterThan(12);
}, 1_200_000);

test('acceptance 45: the same at 8 moments of an import of many small files', async () => {
  const { kills, broken } = await killLoop(8, manySmallFiles);
  expect(broken).toEqual([]);
  expect(kills).toBeGreaterThan(3);
}, 1_200_000);
