import { expect, test } from 'vitest';
import { killLoop } from '../../testing/kill-loop.js';

test('acceptance 45: killed at 25 random moments and run again, the tables are those of an unbroken import', async () => {
  const { kills, broken } = await killLoop(25);
  expect(broken).toEqual([]);
  // Some moments come too late; most must not.
  expect(kills).toBeGreaterThan(12);
}, 1_200_000);
