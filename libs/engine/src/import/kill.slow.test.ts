import { expect, test } from 'vitest';
import { killLoop } from '../../testing/kill-loop.js';

test('acceptance 45: the same at 200 moments', async () => {
  const { kills, broken } = await killLoop(200);
  expect(broken).toEqual([]);
  expect(kills).toBeGreaterThan(100);
}, 3_600_000);
